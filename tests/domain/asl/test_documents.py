"""The input of the linter of state machines: templates, the examples in the documents, and arbitrary junk."""

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from approvals.domain.asl.finding import Finding
from approvals.domain.asl.lint import lint
from approvals.domain.asl.source_lines import lines, nearest
from tests.support.aws.asl import CATCH, DOORS, GOOD, GOOD_JSONATA, changed, machine, put, template
from tests.support.wheel import ROOT


@pytest.mark.parametrize("text", [
    lambda text: text,
    lambda text: {"Fn::Sub": text},
    lambda text: {"Fn::Sub": [text, {"Queue": "q"}]},
    lambda text: {"Fn::Join": ["", [text[:300], {"Ref": "Queue"}, text[300:]]]},
])  # fmt: skip
def test_definitions_are_found_in_templates(text: Callable[[str], Any]) -> None:
    state = json.dumps(machine(changed(put(title__=None))))
    document = template("AWS::StepFunctions::StateMachine", DefinitionString=text(state))
    assert [finding.code for finding in lint(document)] == ["no-title"]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ([], "no-machine"), ("text", "no-machine"), ({"Resources": {}}, "no-machine"), ({"States": 3}, "unreadable"),
        (template("AWS::StepFunctions::StateMachine", DefinitionString="{"), "unreadable"),
        (template("AWS::StepFunctions::StateMachine", DefinitionString={"Ref": "X"}), "unreadable"),
        ({"States": {"A": 1, "B": {"Type": "Task"}, "C": {"Type": "Task", "Parameters": [1]}}}, "no-asking-state"),
    ],
)  # fmt: skip
def test_what_is_no_state_machine_is_reported_as_none(document: Any, code: str) -> None:
    assert [finding.code for finding in lint(document)] == [code]


def snippets() -> list[Any]:
    """The states in the documents, and the examples."""
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "examples").rglob("*.md"))]
    blocks = [
        (f"{path.relative_to(ROOT)}-{number}", block)
        for path in documents
        for number, block in enumerate(re.findall(r"```json\n(.*?)```", path.read_text(), re.DOTALL))
        if '"Resource"' in block and "waitForTaskToken" in block
    ]
    files = [(str(path.relative_to(ROOT)), path.read_text()) for path in sorted(ROOT.glob("examples/**/*.asl.json"))]
    return [pytest.param(text, id=name) for name, text in [*blocks, *files]]


@pytest.mark.parametrize("text", snippets())
def test_what_we_show_is_clean(text: str) -> None:
    whole = text if text.lstrip().startswith("{") else f"{{{text}}}"
    document = json.loads(whole)
    states = document if "States" in document else machine({}) | {"States": document}
    assert troubles(lint(states)) == []


def troubles(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity != "info"]


def test_lines_of_json() -> None:
    text = '{\n  "a": [1,\n {"b,}": "x\\"]"},\n [], {}],\n\n "c": {"d":\n null}}'
    value = lines(text)
    assert value[("a",)] == 2
    assert value[("a", 1, "b,}")] == 3
    assert value[("a", 3)] == 4
    assert (value[("c",)], value[("c", "d")]) == (6, 6)
    assert nearest(value, ("a", 9, "x")) == 2
    assert nearest(value, ("z",)) == 1


JUNK = [None, True, -1, 2**70, "", "$$", "{% $x %}", [], [3], [None], {}, {"States": []}, {"": None}]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


def with_junk(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    if not path:
        return junk
    changed = copy.copy(value)
    changed[path[0]] = with_junk(value[path[0]], path[1:], junk)
    return changed


WHOLE = machine(
    {
        "Type": "Parallel",
        "Branches": [machine({**GOOD, "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]})],
        "Catch": CATCH,
    }
)
NESTED = machine({"Type": "Map", "ItemProcessor": machine(GOOD_JSONATA), "Retry": [{"ErrorEquals": ["X"]}]})
TEMPLATE = template("AWS::Serverless::StateMachine", Definition=WHOLE, Type="STANDARD")
EVENTS = machine(DOORS[1])


@pytest.mark.parametrize("document", [WHOLE, NESTED, TEMPLATE, EVENTS], ids=["Parallel", "Map", "template", "events"])
def test_no_document_however_malformed_breaks_the_linter(document: Any) -> None:
    """Each part of a good one is replaced by what does not belong there."""
    for place in places(document):
        for junk in JUNK:
            for finding in lint(with_junk(document, place, junk), names=["approvals"]):
                assert finding.says
                assert finding.fix
