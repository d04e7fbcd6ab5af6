"""A mutation: one change of the code that breaks a guarantee, and the tests that must fail with it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tests.support.wheel import ROOT

LIST = ROOT / "tests/mutants/mutations.yml"


class Mutation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`old` occurs once in `file`; `breaks` says what is no longer true once `new` is in its place."""

    breaks: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    guarantee: str = ""

    def apply(self, root: Path) -> None:
        """Change the file in this copy of the repository."""
        path = root / self.file
        path.write_text(path.read_text(encoding="utf-8").replace(self.old, self.new), encoding="utf-8")


def mutations() -> list[Mutation]:
    """Return the whole list, in its order."""
    found = msgspec.yaml.decode(LIST.read_bytes(), type=dict[str, list[Mutation]])
    return [msgspec.structs.replace(one, guarantee=name) for name, listed in found.items() for one in listed]


def faults(mutation: Mutation) -> Iterator[str]:
    """Yield what is wrong with an entry of the list: found without running anything."""
    code = (ROOT / mutation.file).read_text(encoding="utf-8")
    if (times := code.count(mutation.old)) != 1:
        yield f"“old” occurs {times} times in {mutation.file}: {mutation.old.strip()!r}"
    elif mutation.file.endswith(".py"):
        ast.parse(code.replace(mutation.old, mutation.new))
    if not mutation.tests:
        yield "names no test"
    for test in mutation.tests:
        if not exists(test):
            yield f"there is no test {test}"


def exists(test: str) -> bool:
    """Return whether a file has `tests/x.py::TestY::test_z[sqlite]`; the part in brackets is not checked."""
    file, *names = test.partition("[")[0].split("::")
    path = ROOT / file
    body: list[ast.stmt] = ast.parse(path.read_text(encoding="utf-8")).body if path.is_file() else []
    for name in names:
        named = (one for one in body if isinstance(one, ast.ClassDef | ast.FunctionDef) and one.name == name)
        inner = next(named, None)
        if inner is None:
            return False
        body = inner.body
    return path.is_file() and bool(names)
