"""Reading submissions. The context object is the one that AWS documents, for a state inside a Map."""

import json
from typing import Any

import pytest

from approvals.domain.model.submission import Execution, State, StateMachine
from approvals.domain.problems import Invalid
from approvals.entrypoints.intake.submission_reader import execution_arn_of, submission, token_of

ARN = "arn:aws:states:eu-central-1:123456789012:execution:refunds:order-1234"
LEAST = {"taskToken": "AQCE-token", "title": "Refund", "reviewers": ["ana@example.com"]}
CONTEXT = {
    "Execution": {
        "Id": ARN,
        "Input": {"secret": "of the workflow"},
        "Name": "order-1234",
        "RoleArn": "arn:aws:iam::123456789012:role/refunds",
        "StartTime": "2026-03-02T09:29:58.123Z",
        "RedriveCount": 1,
    },
    "State": {"EnteredTime": "2026-03-02T09:30:00.456Z", "Name": "Ask", "RetryCount": 2},
    "StateMachine": {"Id": "arn:aws:states:eu-central-1:123456789012:stateMachine:refunds", "Name": "refunds"},
    "Task": {"Token": "of the context"},
    "Map": {"Item": {"Index": 3, "Value": {"order": 1234}}},
}


def problems(payload: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        submission(payload)
    return {problem.path: problem.message for problem in refused.value.problems}


@pytest.mark.parametrize("name", ["taskToken", "TaskToken", "task_token"])
def test_the_token_is_read_under_each_of_its_names(name: str) -> None:
    payload = {**LEAST, name: "by this name"}
    if name != "taskToken":
        del payload["taskToken"]
    assert submission(payload).task_token == "by this name"
    assert token_of(payload) == "by this name"


def test_a_second_token_is_refused() -> None:
    assert "TaskToken" in problems({**LEAST, "TaskToken": "another"})


def test_the_context_object_states_where_it_comes_from() -> None:
    read = submission({**LEAST, "context": CONTEXT})
    assert isinstance(read.execution, Execution)
    assert (read.execution.id, read.execution.name, read.execution.redrive_count) == (ARN, "order-1234", 1)
    assert str(read.execution.start_time) == "2026-03-02 09:29:58.123000+00:00"
    assert isinstance(read.state, State)
    assert (read.state.name, read.state.retry_count) == ("Ask", 2)
    assert str(read.state.entered_time) == "2026-03-02 09:30:00.456000+00:00"
    assert read.state_machine == StateMachine(
        id="arn:aws:states:eu-central-1:123456789012:stateMachine:refunds", name="refunds"
    )
    assert read.map_item == 3


def test_nothing_else_of_the_context_object_is_kept() -> None:
    kept = json.dumps(str(submission({**LEAST, "context": CONTEXT}).content()))
    assert not [word for word in ("secret", "RoleArn", "role/", "of the context", "order': 1234") if word in kept]


def test_what_was_given_explicitly_wins() -> None:
    own = {"execution": {"id": "mine"}, "state": None, "mapItem": 7}
    read = submission({**LEAST, **own, "context": CONTEXT})
    assert read.execution == Execution(id="mine")
    assert read.state is not None
    assert read.map_item == 7


def test_what_is_null_or_absent_in_the_context_object_is_left_out() -> None:
    context = {"Execution": {"Id": ARN, "Name": None}, "State": None, "StateMachine": {"Id": None}, "Map": {}}
    read = submission({**LEAST, "context": context})
    assert (read.execution, read.state, read.state_machine, read.map_item) == (Execution(id=ARN), None, None, None)


def test_a_problem_in_the_context_object_is_found_where_it_was_written() -> None:
    context = {
        "Execution": {"Name": "without an id"},
        "State": {"Name": "Ask", "EnteredTime": "yesterday"},
        "StateMachine": {"Id": 5},
        "Map": {"Item": {"Index": -1}},
    }
    assert set(problems({**LEAST, "context": context})) == {
        "context.Execution.Id",
        "context.State.EnteredTime",
        "context.StateMachine.Id",
        "context.Map.Item.Index",
    }
    assert set(problems({**LEAST, "context": "$$"})) == {"context"}
    assert set(problems({**LEAST, "execution": {}, "context": context})) >= {"execution.id"}


def test_an_optional_field_may_be_null_as_jsonpath_gives_it() -> None:
    nulls = dict.fromkeys(["timeoutSeconds", "heartbeatSeconds", "details", "need", "policy", "context", "risk"])
    assert submission({**LEAST, **nulls}) == submission(LEAST)
    assert problems({**LEAST, "title": None}) == {"title": "is required"}


@pytest.mark.parametrize("payload", [None, "AQCE-token", 5, [LEAST], True])
def test_what_is_no_object_is_no_submission(payload: Any) -> None:
    assert problems(payload) == {"": "must be a JSON object"}
    assert token_of(payload) is None
    assert execution_arn_of(payload) is None


def test_all_problems_are_told_at_once() -> None:
    assert set(problems({"title": "", "reviewers": [5], "links": [{"label": "x"}], "reviwers": []})) == {
        "taskToken", "title", "reviewers[0]", "links[0].url", "reviwers",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("payload", "token"),
    [
        ({"taskToken": "t", "nonsense": 1}, "t"),
        ({"taskToken": 5, "TaskToken": "t"}, "t"),
        ({"taskToken": ""}, None),
        ({"taskToken": "t" * 2048}, "t" * 2048),
        ({"taskToken": "t" * 2049}, None),
        ({"context": CONTEXT}, "of the context"),
        ({"taskToken": "t", "context": CONTEXT}, "t"),
        ({"taskToken": "half a \ud800"}, None),
        ({}, None),
    ],
)
def test_the_token_of_an_unreadable_submission_is_still_found(payload: dict[str, Any], token: str | None) -> None:
    assert token_of(payload) == token


@pytest.mark.parametrize(
    ("payload", "arn"),
    [
        ({"execution": {"id": ARN}, "nonsense": 1}, ARN),
        ({"context": CONTEXT}, ARN),
        ({"execution": {"id": "mine"}, "context": CONTEXT}, "mine"),
        ({"execution": "text", "context": {"Execution": ["a list"]}}, None),
        ({"execution": {"id": 5}}, None),
    ],
)
def test_the_execution_of_an_unreadable_submission_is_still_found(payload: dict[str, Any], arn: str | None) -> None:
    assert execution_arn_of(payload) == arn


def test_the_token_of_the_context_object_is_taken_where_no_other_is_given() -> None:
    payload = {name: value for name, value in LEAST.items() if name != "taskToken"}
    assert submission({**payload, "context": CONTEXT}).task_token == "of the context"
    assert submission({**LEAST, "context": CONTEXT}).task_token == "AQCE-token"


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ({"title": "half a \ud800"}, "title"),
        ({"details": {"Order": [{"deep": "\udfff"}]}}, "details"),
        ({"tags": {"\ud83d": "x"}}, "tags"),
        ({"\ud800": 1}, ""),
        ({"taskToken": "\ud800"}, "taskToken"),
    ],
)
def test_half_a_character_as_pythons_json_lets_it_in_is_refused_with_its_path(payload: Any, path: str) -> None:
    assert set(problems({**LEAST, **payload})) == {path}
