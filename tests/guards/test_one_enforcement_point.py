"""One enforcement point: only `domain.lifecycle.decide.decide` makes a decision, and only `flows.gateway` calls it.

Only one place writes decisions. What each entry point answers is covered by tests/entrypoints/test_every_door.py.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.wheel import ROOT

PACKAGE = ROOT / "approvals"
DECISIONS_ARE_MADE_IN = {
    "domain/lifecycle/decide.py": "the enforcement point",
    "adapters/database/rows.py": "reads what was recorded",
    "entrypoints/cli/adapter.py": "shows what a workflow would get; nothing is kept",
    "entrypoints/cli/slack.py": "shows how a message would look; nothing is kept",
}


def test_only_the_enforcement_point_makes_decisions() -> None:
    """By a call of the class, or of a function that is given the class to make."""
    made = {name for name, tree in sources() for call in calls(tree) if "Decision" in (called(call), *given(call))}
    assert made == set(DECISIONS_ARE_MADE_IN)


def given(call: ast.Call) -> list[str]:
    return [argument.id for argument in call.args if isinstance(argument, ast.Name)]


def test_nobody_else_asks_it() -> None:
    """Under whatever name it is imported."""
    askers = {name for name, tree in sources() if "approvals.domain.lifecycle.decide.decide" in imported(tree)}
    assert askers == set(), "call the module's function by its full name, so that this test sees it"
    assert {name for name, tree in sources() if "decide.decide" in spelled(tree)} == {"flows/gateway.py"}
    importers = {name for name, tree in sources() if "approvals.domain.lifecycle.decide" in imported(tree)}
    assert importers == {"flows/gateway.py"}, "under whatever name"


def test_only_the_one_writer_writes_them() -> None:
    """`apply(change)`; a change with a decision comes from deciding and from what settles in the same breath."""
    writers = {name for name, tree in sources() if "tables.decisions" in spelled(tree)}
    readers = {"adapters/database/loading.py", "adapters/database/retention/record_lines.py"}
    assert writers == {"adapters/database/writes/row_batch.py", *readers}
    loading = "".join((PACKAGE / name).read_text() for name in readers)
    assert not any(verb in loading for verb in (".insert(", ".update(", ".delete("))
    changed = {name for name, tree in sources() if {"Change(decision=)", "replace(decision=)"} & named(tree)}
    assert changed <= {"domain/lifecycle/decide.py", "domain/lifecycle/settle.py", "domain/lifecycle/schedule.py"}


def test_a_person_who_reaches_into_the_store_from_a_door_only_reads() -> None:
    """Transactions and changes are the flows' matter."""
    doors = [(name, tree) for name, tree in sources() if name.startswith(("entrypoints/", "demo/"))]
    reaching = {
        name for name, tree in doors if spelled(tree) & {"store.transaction", "store.attempt", "store.add", "tx.apply"}
    }
    assert reaching == set()


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), parsed(path)


def calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def called(call: ast.Call) -> str:
    return last(call.func)


def last(node: ast.AST) -> str:
    """The last word of a dotted name."""
    return str(getattr(node, "attr", getattr(node, "id", "")))


def imported(tree: ast.AST) -> set[str]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {f"{node.module}.{name.name}" for node in found for name in node.names}


@cache
def spelled(tree: ast.AST) -> set[str]:
    """The last two words of each dotted name."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return {f"{last(node.value)}.{node.attr}" for node in found}


def named(tree: ast.AST) -> set[str]:
    return {f"{called(call)}({word.arg}=)" for call in calls(tree) for word in call.keywords}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())
