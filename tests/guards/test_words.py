"""Lists, moments and counts for people are written in `approvals/presentation` alone, by one function each."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.wheel import ROOT

PACKAGE = ROOT / "approvals"
PRESENTATION = PACKAGE / "presentation"
ALLOWED = {
    "adapters/database/outbox/closing.py": "names and values in a statement",
    "adapters/database/writes": "names and values in a statement",
    "demo/fake_slack": "errors in the words of Slack",
    "demo/slack_ui": "a lookalike of Slack writes moments as Slack does",
    "demo/stepfunctions": "header lines of HTTP",
    "demo/workflow_graph": "labels in a drawing, not sentences",
    "domain": "names that may be written, in problems with a submission or a file: for those who write these",
    "entrypoints/api/docs_page.py": "the type of a value with its limits, in the documentation of the API",
    "entrypoints/http/problems.py": "a header line of HTTP",
    "entrypoints/lambdas.py": "the error of a deployment with a wrong handler, before anything is imported",
    "settings": "names that may be written, in problems with a setting: for operators",
}
"""Where lists may be joined by hand, and why."""
DATES = {"demo/slack_ui"}
"""Of these, where moments may be formatted."""
CONJUNCTION = re.compile(r",? (?:and|or) ")
COMMAS = re.compile(r"[,;] ")
ONE = "compares with 1 to choose a word: use lists.counted or a sentence of presentation"
IN_TEMPLATES = re.compile(
    r"""["'],? (?:and|or) ["']|join\(["'][,;] |["'][,;] ["'] if not loop|(?:==|!=) 1\b|strftime"""
)


def found_in(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The kind and the text of each place where words for people are formatted or joined."""
    for node in ast.walk(tree):
        match node:
            case ast.FormattedValue(format_spec=ast.JoinedStr(values=[ast.Constant(value=str(spec)), *_])) if (
                "%" in spec
            ):
                yield "date", spec
            case ast.Attribute(attr="strftime"):
                yield "date", "strftime"
            case ast.Constant(value=str(text)) if CONJUNCTION.fullmatch(text):
                yield "list", text
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="join")) if COMMAS.fullmatch(
                text
            ):
                yield "list", text
            case ast.IfExp(
                test=ast.Compare(comparators=[ast.Constant(value=1)]),
                body=ast.Constant(value=str(one)),
                orelse=ast.Constant(value=str(more)),
            ):
                yield "count", f"{one} / {more}"


def allowed(path: Path, kind: str) -> bool:
    name = path.relative_to(PACKAGE).as_posix()
    places = {"date": DATES, "list": ALLOWED, "count": ()}[kind]
    return any(name == place or name.startswith(f"{place}/") for place in places)


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if not path.is_relative_to(PRESENTATION))
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt"))


def test_no_module_beside_presentation_writes_lists_moments_or_counts_for_people() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {kind} {text!r}"
        for path in MODULES
        for kind, text in found_in(ast.parse(path.read_text()))
        if not allowed(path, kind)
    ]
    assert wrong == [], "call the function of approvals/presentation: listed, moment, counted, …"


def test_no_template_writes_lists_moments_or_counts() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in TEMPLATES
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        for match in IN_TEMPLATES.finditer(line)
    ]
    assert wrong == [], "call a function of approvals/presentation"


def test_no_mail_template_chooses_a_part_of_a_sentence() -> None:
    """A mail's first words come whole from `presentation/messages`."""
    glued = re.compile(r"""\{\{[^}]*(?:" [a-z][^"]*"|"[^"]*[a-z] ") (?:if|else|~)[^}]*\}\}""")
    wrong = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in TEMPLATES
        if path.is_relative_to(ROOT / "templates" / "mail")
        for match in glued.finditer(path.read_text())
    ]
    assert wrong == [], "write whole sentences in approvals/presentation/messages"


def test_no_template_decides_by_a_label() -> None:
    """A label may be translated, and what decides has a name of its own."""
    wrong = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in TEMPLATES
        for match in re.finditer(r"""[=!]= ["'][A-Z][^"']*["']""", path.read_text())
    ]
    assert wrong == [], "let the model or the view of the template say it"


@pytest.mark.parametrize("place", [*ALLOWED, *DATES])
def test_every_exception_is_used(place: str) -> None:
    files = [path for path in MODULES if path.relative_to(PACKAGE).as_posix().startswith(place)]
    kinds = {kind for path in files for kind, _ in found_in(ast.parse(path.read_text()))}
    assert ("date" if place in DATES else "list") in kinds, "remove it from the exceptions"


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ('f"{at:%d %B}"', ["date"]),
        ('at.strftime("%d")', ["date"]),
        ('" and ".join(names)', ["list"]),
        ('"; ".join(names)', ["list"]),
        ("f\"{n} {'answer' if n == 1 else 'answers'}\"", ["count"]),
        ('",".join(scopes)', []),
        ('f"{ratio:.2f}"', []),
        ("x if n == 1 else y", []),
    ],
)
def test_the_guard_finds_what_it_forbids(source: str, kinds: list[str]) -> None:
    assert [kind for kind, _ in found_in(ast.parse(source))] == kinds
