"""The linter of state machines: each finding has one cause, and disappears once its fix is applied."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from approvals.domain.asl.finding import TOKEN_NAMES
from approvals.domain.asl.lint import lint
from approvals.entrypoints.intake import submission_reader
from tests.support.aws.asl import (
    CATCH,
    GOOD,
    GOOD_JSONATA,
    NO_TOKEN,
    Change,
    body,
    both,
    changed,
    found,
    machine,
    of_state,
    put,
    template,
)
from tests.support.wheel import ROOT


@pytest.mark.parametrize("state", [GOOD, GOOD_JSONATA], ids=["JSONPath", "JSONata"])
def test_nothing_is_found_where_nothing_is_wrong(state: dict[str, Any]) -> None:
    assert found(state) == []


FINDINGS: list[tuple[str, str, Change]] = [
    ("no-token", "error", NO_TOKEN),
    ("token-misnamed", "error", both(NO_TOKEN, put(token__="$$.Task.Token"))),
    ("token-shown", "error", lambda state: body(state)["details"].update({"Token.$": "$$.Task.Token"})),
    ("does-not-wait", "error", of_state(Resource="arn:aws:states:::sqs:sendMessage")),
    ("no-timeout", "warning", of_state(TimeoutSeconds=None)),
    ("deadline-after-state", "error", put(timeoutSeconds=7200)),
    ("no-deadline", "warning", put(timeoutSeconds=None)),
    ("heartbeat-after-timeout", "error", both(of_state(HeartbeatSeconds=3600), put(heartbeatSeconds=3600))),
    ("heartbeat-too-short", "error", both(of_state(HeartbeatSeconds=9), put(heartbeatSeconds=9))),
    ("heartbeat-untold", "error", put(heartbeatSeconds=None)),
    ("heartbeat-differs", "error", put(heartbeatSeconds=900)),
    ("heartbeat-differs", "warning", put(heartbeatSeconds=300)),
    ("heartbeat-differs", "warning", of_state(HeartbeatSeconds=None)),
    ("no-catch-rejected", "warning", of_state(Catch=CATCH[1:])),
    ("no-catch-timed-out", "warning", of_state(Catch=CATCH[:1])),
    ("no-catch-rejected", "info", of_state(Catch=[CATCH[1], {"ErrorEquals": ["States.ALL"], "Next": "Done"}])),
    ("no-catch-timed-out", "info", of_state(Catch=[CATCH[0], {"ErrorEquals": ["States.TaskFailed"], "Next": "Done"}])),
    ("retry-rejected", "error", of_state(Retry=[{"ErrorEquals": ["States.ALL"]}])),
    ("retry-rejected", "error", of_state(Retry=[{"ErrorEquals": ["X"]}, {"ErrorEquals": ["States.TaskFailed"]}])),
    ("retry-rejected", "error", of_state(Retry=[{"ErrorEquals": ["Approval.Rejected"], "MaxAttempts": 1}])),
    ("raw-context", "error", put(details=None, details__="$$")),
    ("raw-context", "error", put(details={"Run.$": "States.JsonToString($$)"})),
    ("raw-context", "error", put(details={"Run.$": "$$.Execution"})),
    ("unknown-field", "error", put(reviwers=["ben@example.com"])),
    ("no-title", "error", put(title__=None)),
    ("bad-value", "error", put(policy={"stages": [{"groups": [{"from": ["a@example.com"], "need": "most"}]}]})),
    ("bad-value", "error", put(risk="High")),
    ("not-evaluated", "error", put(requester="$.clerk")),
    ("not-evaluated", "error", put(tags={"run": "$$.Execution.Name"})),
    ("not-evaluated", "error", put(details={"Orders": ["$.first"]})),
]


@pytest.mark.parametrize(("code", "severity", "change"), FINDINGS, ids=[f"{c}-{s}" for c, s, _ in FINDINGS])
def test_each_finding_comes_by_its_cause_and_alone(code: str, severity: str, change: Change) -> None:
    assert found(changed(change)) == [(code, severity)]


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("no-token", put(taskToken=None, context=None)),
        ("token-misnamed", both(put(taskToken=None, context=None), put(token="{% $states.context.Task.Token %}"))),
        ("token-shown", put(details={"Token": "{% $states.context.Task.Token %}"})),
        ("raw-context", put(details="{% $states.context %}")),
        ("raw-context", put(details={"Run": "{% $merge([$states.context, {'a': 1}]) %}"})),
        ("not-evaluated", put(requester="$states.input.clerk")),
        ("unknown-field", put(tittle="x")),
        ("deadline-after-state", put(timeoutSeconds=7200)),
        ("bad-value", put(need="most")),
    ],
)
def test_the_same_is_found_in_jsonata(code: str, change: Change) -> None:
    assert [code for code, _ in found(changed(change, of=GOOD_JSONATA))] == [code]


@pytest.mark.parametrize(
    "change",
    [
        put(taskToken__=None),  # the context object brings it
        both(NO_TOKEN, put(TaskToken__="$$.Task.Token")),
        both(NO_TOKEN, put(task_token__="$$.Task.Token")),
        both(of_state(TimeoutSeconds=None, TimeoutSecondsPath="$.t"), put(timeoutSeconds=None, timeoutSeconds__="$.t")),
        put(timeoutSeconds=60),
        both(
            of_state(Catch=CATCH[1:]),
            put(
                reviewers=None, policy={"onReject": "succeed", "stages": [{"groups": [{"from": ["ana@example.com"]}]}]}
            ),
        ),
        both(
            of_state(Catch=[], Retry=[{"ErrorEquals": ["States.ALL"]}]),
            put(answers={"rejected": {"success": {"Status": "no"}}, "expired": {"success": None}}),
        ),
        both(
            of_state(Catch=[{"ErrorEquals": ["Late", "No"], "Next": "Done"}]),
            put(answers={"rejected": {"failure": {"error": "No"}}, "expired": {"failure": {"error": "Late"}}}),
        ),
        of_state(Retry=[{"ErrorEquals": ["Approval.Rejected"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}]),
        of_state(Retry=[{"ErrorEquals": ["States.Timeout", "ApiGateway.500"]}]),
        put(details={"Run.$": "$$.Execution.Name"}),
        put(title__=None, title="Costs $5.00: $.20 a piece?"),
    ],
)
def test_what_does_no_harm_is_not_found(change: Change) -> None:
    assert found(changed(change)) == []


def test_a_misspelt_field_reads_what_was_meant() -> None:
    [finding] = lint(machine(changed(put(reviwers=[]))))
    assert finding.fix == "did you mean reviewers?"
    assert finding.path == ("States", "Ask", "Parameters", "MessageBody", "reviwers")


@pytest.mark.parametrize("express", [True, False])
def test_express_cannot_wait(express: bool) -> None:
    expected = [("express", "error")] if express else []
    assert found(GOOD, express=express) == expected
    kind = "EXPRESS" if express else "STANDARD"
    sam = template("AWS::Serverless::StateMachine", Definition=machine(GOOD), Type=kind)
    cfn = template(
        "AWS::StepFunctions::StateMachine", DefinitionString=json.dumps(machine(GOOD)), StateMachineType=kind
    )
    described = {"definition": json.dumps(machine(GOOD)), "type": kind}
    for document in (sam, cfn, described):
        assert [(f.code, f.severity) for f in lint(document)] == expected


def test_the_items_of_a_distributed_map_may_be_express() -> None:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    item = {"Type": "Map", "ItemProcessor": {**machine(GOOD), "ProcessorConfig": config}, "End": True}
    assert found(item) == [("express", "error")]


@pytest.mark.parametrize("wrap", [
    lambda inner: {"Type": "Parallel", "Branches": [machine({"Type": "Pass", "End": True}), inner], "End": True},
    lambda inner: {"Type": "Map", "ItemProcessor": inner, "End": True},
    lambda inner: {"Type": "Map", "Iterator": inner, "End": True},
    lambda inner: {"Type": "Map", "Iterator": machine({"Type": "Parallel", "Branches": [inner]}), "End": True},
])  # fmt: skip
def test_states_are_found_however_deeply_nested(wrap: Callable[[Any], dict[str, Any]]) -> None:
    [finding] = lint(machine(wrap(machine(changed(put(title__=None))))))
    assert (finding.code, finding.state) == ("no-title", "Ask")


def test_what_the_states_around_catch_and_retry_counts() -> None:
    bare = machine(changed(of_state(Catch=None)))
    around = {"Type": "Parallel", "Branches": [bare], "End": True}
    assert [code for code, _ in found(around)] == ["no-catch-rejected", "no-catch-timed-out"]
    assert found({**around, "Catch": CATCH}) == []
    retrying = {**around, "Catch": CATCH, "Retry": [{"ErrorEquals": ["States.ALL"]}]}
    assert found(retrying) == [("retry-rejected", "error")]
    assert found({**retrying, "Branches": [machine(GOOD)]}) == []


def test_the_default_query_language_is_the_machines() -> None:
    state = {key: value for key, value in GOOD_JSONATA.items() if key != "QueryLanguage"}
    assert lint(machine(state, QueryLanguage="JSONata")) == []


@pytest.mark.parametrize(("sweep", "code"), [(60, "heartbeat-too-short"), (1, None)])
def test_a_slow_worker_needs_longer_heartbeats(sweep: int, code: str | None) -> None:
    state = changed(both(of_state(HeartbeatSeconds=120), put(heartbeatSeconds=120)))
    assert [c for c, _ in found(state, sweep_seconds=sweep)] == ([code] if code else [])


def test_every_finding_is_documented() -> None:
    documented = set(
        re.findall(r"^\| `([a-z][a-z-]+)`", (ROOT / "docs/reference/asl-lint.md").read_text(), re.MULTILINE)
    )
    source = "".join(path.read_text() for path in sorted((ROOT / "approvals" / "domain" / "asl").glob("*.py")))
    assert documented == set(re.findall(r'"((?:[a-z]+-)+[a-z]+|express|unreadable)"', source))


def test_the_names_of_the_token_are_those_that_are_read() -> None:
    assert TOKEN_NAMES == submission_reader.TOKEN_NAMES


RETRY = [{"ErrorEquals": ["Approval.Rejected"], "MaxAttempts": 0}, {"ErrorEquals": ["States.Timeout"]}]


def in_map(inner: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": machine(inner), "End": True, **more}


MAPS: list[Callable[[Any], dict[str, Any]]] = [
    in_map,
    lambda state: {"Type": "Map", "Iterator": machine(state), "End": True},
    lambda state: in_map(state, ItemProcessor={**machine(state), "ProcessorConfig": {"Mode": "DISTRIBUTED"}}),
    lambda state: in_map({"Type": "Parallel", "Branches": [machine(state)], "End": True}),
    lambda state: {"Type": "Parallel", "Branches": [machine(in_map(state))], "End": True},
    lambda state: in_map(in_map(state)),
]


@pytest.mark.parametrize("around", MAPS)
@pytest.mark.parametrize("good", [GOOD, GOOD_JSONATA], ids=["JSONPath", "JSONata"])
def test_a_repeated_state_in_a_map_must_name_its_item(
    good: dict[str, Any], around: Callable[[Any], dict[str, Any]]
) -> None:
    repeated = changed(of_state(Retry=RETRY), of=good)
    assert found(around(repeated)) == [("no-map-item", "warning")]
    assert found(around(good)) == []
    for field in ({"mapItem__": "$.index"}, {"mapItem": "{% $states.input.index %}"}, {"mapItem": 3}):
        if ("__" in str(field)) <= (good is GOOD):
            assert "no-map-item" not in [code for code, _ in found(around(changed(put(**field), of=repeated)))]


@pytest.mark.parametrize("good", [GOOD, GOOD_JSONATA], ids=["JSONPath", "JSONata"])
def test_a_retry_around_the_state_repeats_it_too_and_one_of_no_attempts_does_not(good: dict[str, Any]) -> None:
    assert found(in_map(good, Retry=RETRY)) == [("no-map-item", "warning")]
    assert found(in_map(good, Retry=RETRY[:1])) == []


def test_a_repeated_state_outside_of_a_map_needs_no_item() -> None:
    assert found(changed(of_state(Retry=RETRY))) == []


@pytest.mark.parametrize(
    ("good", "around", "fix"),
    [
        (GOOD, in_map, '"mapItem.$": "$.index"'),
        (GOOD_JSONATA, in_map, '"mapItem": "{% $states.input.index %}"'),
        (GOOD, lambda state: in_map(in_map(state)), '"mapItem.$": "States.Array($.outer, $.index)"'),
        (
            GOOD_JSONATA,
            lambda state: in_map(in_map(state)),
            '"mapItem": "{% [$states.input.outer, $states.input.index] %}"',
        ),
    ],
)
def test_the_item_is_named_in_the_query_language_of_the_state(
    good: dict[str, Any], around: Callable[[Any], dict[str, Any]], fix: str
) -> None:
    [finding] = lint(machine(around(changed(of_state(Retry=RETRY), of=good))))
    assert f"and {fix} to the payload" in finding.fix
