"""The linter of state machines: each finding appears by its cause alone, and goes when its mend is followed."""

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from approvals.domain.asl_findings import TOKEN_NAMES, Finding
from approvals.domain.asl_lint import lint
from approvals.entrypoints import envelopes
from approvals.entrypoints.json_lines import lines, nearest
from tests.support.wheel import ROOT

Change = Callable[[dict[str, Any]], None]
QUEUE = "https://sqs.eu-central-1.amazonaws.com/123456789012/approvals"
CATCH = [
    {"ErrorEquals": ["Approval.Rejected"], "Next": "Done"},
    {"ErrorEquals": ["Approval.TimedOut"], "Next": "Done"},
]
GOOD: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "TimeoutSeconds": 3600,
    "HeartbeatSeconds": 600,
    "Parameters": {
        "QueueUrl": QUEUE,
        "MessageBody": {
            "taskToken.$": "$$.Task.Token",
            "context.$": "$$",
            "timeoutSeconds": 3600,
            "heartbeatSeconds": 600,
            "title.$": "States.Format('Refund {}', $.order)",
            "details": {"Order.$": "$.order", "Price": "$5"},
            "reviewers": ["ana@example.com"],
        },
    },
    "Catch": CATCH,
    "Next": "Done",
}
GOOD_JSONATA: dict[str, Any] = {
    **{key: value for key, value in GOOD.items() if key != "Parameters"},
    "QueryLanguage": "JSONata",
    "Arguments": {
        "QueueUrl": QUEUE,
        "MessageBody": {
            "taskToken": "{% $states.context.Task.Token %}",
            "context": "{% $states.context %}",
            "timeoutSeconds": 3600,
            "heartbeatSeconds": 600,
            "title": "{% 'Refund ' & $states.input.order %}",
            "details": {"Order": "{% $states.input.order %}"},
            "reviewers": ["ana@example.com"],
        },
    },
}


def machine(state: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"StartAt": "Ask", "States": {"Ask": state, "Done": {"Type": "Succeed"}}, **more}


def changed(change: Change, *, of: dict[str, Any] = GOOD) -> dict[str, Any]:
    state = copy.deepcopy(of)
    change(state)
    return state


def found(state: dict[str, Any], **options: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in lint(machine(state), **options)]


def body(state: dict[str, Any]) -> dict[str, Any]:
    arguments = state["Arguments" if "Arguments" in state else "Parameters"]
    return arguments["MessageBody"]  # type: ignore[no-any-return]


def put(**fields: Any) -> Change:
    """Fields of the payload; `title__` stands for `title.$`, None takes one away."""

    def change(state: dict[str, Any]) -> None:
        for name, value in fields.items():
            key = name.replace("__", ".$")
            body(state).pop(key, None) if value is None else body(state).update({key: value})

    return change


def of_state(**fields: Any) -> Change:
    def change(state: dict[str, Any]) -> None:
        state.update(fields)
        for name in [name for name, value in fields.items() if value is None]:
            del state[name]

    return change


def both(*changes: Change) -> Change:
    def change(state: dict[str, Any]) -> None:
        for one in changes:
            one(state)

    return change


@pytest.mark.parametrize("state", [GOOD, GOOD_JSONATA], ids=["JSONPath", "JSONata"])
def test_nothing_is_found_where_nothing_is_wrong(state: dict[str, Any]) -> None:
    assert found(state) == []


NO_TOKEN = put(taskToken__=None, context__=None)
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


def test_a_misspelt_field_is_told_what_was_meant() -> None:
    [finding] = lint(machine(changed(put(reviwers=[]))))
    assert finding.mend == "did you mean reviewers?"
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


def waiting(integration: str, **arguments: Any) -> dict[str, Any]:
    return {**copy.deepcopy(GOOD), "Resource": f"arn:aws:states:::{integration}", "Parameters": arguments}


PAYLOAD = body(GOOD)
DOORS = [
    waiting("sns:publish.waitForTaskToken", TopicArn="arn:t", Message=PAYLOAD),
    waiting("events:putEvents.waitForTaskToken", Entries=[{"Detail": PAYLOAD, "EventBusName": "b"}]),
    waiting("lambda:invoke.waitForTaskToken", FunctionName="f", Payload=PAYLOAD),
    waiting("apigateway:invoke.waitForTaskToken", ApiEndpoint="a", RequestBody=PAYLOAD),
    waiting("aws-sdk:sqs:sendMessage.waitForTaskToken", QueueUrl="q", MessageBody=PAYLOAD),
    {**GOOD, "Resource": "arn:aws:states:eu-central-1:123456789012:activity:ask", "Parameters": {
        key: value for key, value in PAYLOAD.items() if key != "taskToken.$"}},
    {**GOOD, "Resource": "${AskActivity}", "Parameters": PAYLOAD},
]  # fmt: skip


@pytest.mark.parametrize("state", DOORS, ids=lambda state: state["Resource"])
def test_every_door_is_known(state: dict[str, Any]) -> None:
    assert found(state) == []
    misspelt = json.loads(json.dumps(state).replace("reviewers", "reviewer"))
    assert ("unknown-field", "error") in found(misspelt) or found(misspelt) == [("no-asking-state", "info")]


def test_a_token_in_a_header_is_passed_on() -> None:
    asked = {key: value for key, value in PAYLOAD.items() if key not in ("taskToken.$", "context.$")}
    headers = {"Task-Token.$": "States.Array($$.Task.Token)"}
    state = waiting("apigateway:invoke.waitForTaskToken", ApiEndpoint="a", Headers=headers, RequestBody=asked)
    assert found(state) == []


@pytest.mark.parametrize("name", ["approvals", "123456789012/approvals"])
def test_whoever_is_named_is_looked_at_whatever_it_sends(name: str) -> None:
    state = changed(lambda state: state["Parameters"].update(MessageBody={"token.$": "$$.Task.Token", "Msg": "hi"}))
    assert found(state) == [("no-asking-state", "info")]
    assert found(state, names=["another"]) == [("no-asking-state", "info")]
    assert [code for code, _ in found(state, names=[name])] == ["token-misnamed", "other-shape"]


def test_a_payload_made_elsewhere_is_said_to_be_unseen() -> None:
    state = changed(lambda state: state.update(Parameters={"QueueUrl": QUEUE, "MessageBody.$": "$.ask"}))
    assert [code for code, _ in found(state, names=[QUEUE])] == ["no-token", "payload-unseen"]


def test_nobody_who_should_answer() -> None:
    state = changed(put(reviewers=None))
    assert found(state, names=["approvals"]) == [("nobody-asked", "error")]


def test_what_others_send_to_others_is_none_of_our_business() -> None:
    for change in (put(reviewers=None), both(put(title__=None), NO_TOKEN)):
        assert found(changed(change)) == [("no-asking-state", "info")]


def template(kind: str, **properties: Any) -> dict[str, Any]:
    other = {"Type": "AWS::SQS::Queue", "Properties": {}}
    return {"Resources": {"Queue": other, "Machine": {"Type": kind, "Properties": properties}}}


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
def test_what_is_no_state_machine_is_said_to_be_none(document: Any, code: str) -> None:
    assert [finding.code for finding in lint(document)] == [code]


def test_every_finding_is_documented() -> None:
    documented = set(re.findall(r"^\| `([a-z][a-z-]+)`", (ROOT / "docs" / "asl-lint.md").read_text(), re.MULTILINE))
    source = "".join(path.read_text() for path in sorted((ROOT / "approvals" / "domain").glob("asl_*.py")))
    assert documented == set(re.findall(r'"((?:[a-z]+-)+[a-z]+|express|unreadable)"', source))


def test_the_names_of_the_token_are_those_that_are_read() -> None:
    assert TOKEN_NAMES == envelopes.TOKEN_NAMES


def snippets() -> list[Any]:
    """The states in the documents, and the examples."""
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "examples").rglob("*.md"))]
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
                assert finding.mend
