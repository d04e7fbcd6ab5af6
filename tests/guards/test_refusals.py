"""The domain refuses with a value; `approvals/presentation/refusals.py` makes the sentence that people read."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from approvals.domain.problems import ApprovalsError

PEOPLE_READ = {
    "Refused", "NotFound", "AlreadySettled", "Stale", "Unreadable", "Unavailable", "NotMigrated", "LinkExpired",
}  # fmt: skip
"""The errors that people read. Those about keys and settings are read by developers, and carry their text."""
PACKAGES = ("approvals/domain", "approvals/entrypoints")


def sentences(source: str) -> Iterator[str]:
    """Yield the texts with a blank in them that an error for people is made from, directly or by a constant."""
    tree = ast.parse(source)
    constants = {
        target.id: node.value
        for node in ast.walk(tree) if isinstance(node, ast.Assign)
        for target in node.targets if isinstance(target, ast.Name)
    }  # fmt: skip
    for node in ast.walk(tree):
        for argument in _arguments(node):
            if _names([argument]) - constants.keys() and (name := ast.unparse(argument)).rpartition(".")[2].isupper():
                yield f"the constant {name} of another module"
            parts = [
                constants.get(part.id, part) if isinstance(part, ast.Name) else part for part in ast.walk(argument)
            ]
            texts = (text.value for part in parts for text in ast.walk(part) if isinstance(text, ast.Constant))
            yield from (text for text in texts if isinstance(text, str) and " " in text)


def _arguments(node: ast.AST) -> list[ast.expr]:
    """Return the arguments of a call that makes such an error, also of `super().__init__` in a subclass."""
    if isinstance(node, ast.ClassDef) and _names(node.bases) & PEOPLE_READ | {node.name} & PEOPLE_READ:
        return [argument for call in ast.walk(node) if _is_super(call) for argument in call.args]
    if isinstance(node, ast.Call) and _names([node.func]) & PEOPLE_READ:
        return [*node.args, *(keyword.value for keyword in node.keywords)]
    return []


def _names(nodes: list[ast.expr]) -> set[str]:
    return {node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in nodes}


def _is_super(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__"


@pytest.mark.parametrize(
    "source",
    [
        'raise Refused("Nobody is asked.")',
        'raise errors.Refused(f"Try again after {at:%H:%M}.")',
        'raise Refused("Others have." if others else None)',
        'NO = "Not for you."\nraise Refused(NO)',
        'WAYS = {"slack": "in Slack"}\nraise Refused(WAYS[one])',
        "raise Refused(answers.NOT_ASKED)",
        "raise Refused(NOT_ASKED)",
        'class ByPage(Refused):\n    def __init__(self):\n        super().__init__("Answer on your page.")',
    ],
)
def test_a_sentence_in_an_error_is_found(source: str) -> None:
    assert list(sentences(source))


@pytest.mark.parametrize("source", ["raise Refused(JustReminded(free))", 'raise Invalid.at("to", "is not a person")'])
def test_a_value_in_an_error_is_none(source: str) -> None:
    assert not list(sentences(source))


@pytest.mark.parametrize("package", PACKAGES)
def test_errors_that_people_read_carry_values_and_no_sentences(package: str) -> None:
    found = {str(path): list(sentences(path.read_text())) for path in sorted(Path(package).rglob("*.py"))}
    assert {path: texts for path, texts in found.items() if texts} == {}


def test_every_error_is_for_people_or_for_developers() -> None:
    links = {"BadLink", "UnknownKey", "LinkFromFuture"}  # their page has its own words
    developers = {"Invalid", "Unauthenticated", "Forbidden", "Misconfigured", "NotArchived", *links}
    assert PEOPLE_READ | developers == {
        cls.__name__ for cls in _subclasses(ApprovalsError) if "domain" in cls.__module__
    }


def _subclasses(cls: type) -> Iterator[type]:
    for sub in cls.__subclasses__():
        yield sub
        yield from _subclasses(sub)
