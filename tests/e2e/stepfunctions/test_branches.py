"""Concurrent approvals of one execution, in the branches of a Parallel and the iterations of a Map."""

import json
from typing import Any

from tests.support.aws.state_machines import Machines


def parallel(machines: Machines, **changes: Any) -> dict[str, Any]:
    branches = [
        {"StartAt": name, "States": {name: machines.wait_state(Parameters=tagged(machines, name), **changes)}}
        for name in ("Left", "Right")
    ]
    catch = [{"ErrorEquals": ["Approval.Rejected", "States.Timeout"], "Next": "Caught"}]
    return {
        "Both": {"Type": "Parallel", "Branches": branches, "Catch": catch, "End": True},
        "Caught": machines.wait_state(),
    }


def tagged(machines: Machines, name: str) -> dict[str, Any]:
    return {"QueueUrl": machines.queue_url, "MessageBody": {"token.$": "$$.Task.Token", "name": name}}


def tokens_by_name(machines: Machines, count: int) -> dict[Any, str]:
    messages = [machines.message() for _ in range(count)]
    return {message["name"]: message["token"] for message in messages}


def test_parallel_approvals_are_answered_one_by_one(machines: Machines) -> None:
    execution = machines.start(parallel(machines))
    tokens = tokens_by_name(machines, 2)
    assert machines.complete(tokens["Right"], '"r"') == "OK"
    assert machines.describe(execution)["status"] == "RUNNING"
    assert machines.complete(tokens["Left"], '"l"') == "OK"
    assert machines.output(execution) == ["l", "r"]


def test_a_rejected_branch_takes_its_siblings_token_down(machines: Machines) -> None:
    execution = machines.start(parallel(machines))
    tokens = tokens_by_name(machines, 2)
    machines.sfn.send_task_failure(taskToken=tokens["Left"], error="Approval.Rejected", cause="no")
    afterwards = machines.token()
    assert machines.complete(tokens["Right"]) == "TaskTimedOut"
    assert machines.complete(afterwards, '"after"') == "OK"
    assert machines.output(execution) == "after"
    assert machines.event_types(execution).count("TaskTimedOut") == 0, "the sibling is muted"


def mapping(machines: Machines, **changes: Any) -> dict[str, Any]:
    parameters = {"QueueUrl": machines.queue_url, "MessageBody": {"token.$": "$$.Task.Token", "name.$": "$.name"}}
    return {
        "Items": {"Type": "Pass", "Result": ["a", "b", "c"], "Next": "Each"},
        "Each": {
            "Type": "Map",
            "ItemSelector": {"name.$": "$$.Map.Item.Value"},
            "ItemProcessor": {
                "StartAt": "Ask",
                "States": {"Ask": machines.wait_state(Parameters=parameters, **changes)},
            },
            "Catch": [{"ErrorEquals": ["Approval.Rejected", "States.Timeout"], "Next": "Caught"}],
            "End": True,
        },
        "Caught": machines.wait_state(),
    }


def test_every_item_of_a_map_waits_with_its_own_token(machines: Machines) -> None:
    execution = machines.start(mapping(machines))
    tokens = tokens_by_name(machines, 3)
    for name in ("c", "a", "b"):
        assert machines.complete(tokens[name], json.dumps(name.upper())) == "OK"
    assert machines.output(execution) == ["A", "B", "C"]


def test_a_rejected_item_takes_the_others_tokens_down(machines: Machines) -> None:
    execution = machines.start(mapping(machines))
    tokens = tokens_by_name(machines, 3)
    machines.sfn.send_task_failure(taskToken=tokens["b"], error="Approval.Rejected", cause="no")
    afterwards = machines.token()
    assert [machines.complete(tokens[name]) for name in "ac"] == ["TaskTimedOut"] * 2
    assert machines.complete(afterwards, '"after"') == "OK"
    assert machines.output(execution) == "after"


def test_a_time_out_inside_keeps_its_name_on_the_way_out(machines: Machines) -> None:
    states = [parallel(machines, TimeoutSeconds=1), mapping(machines, TimeoutSeconds=1)]
    executions = [machines.start(one) for one in states]
    tokens_by_name(machines, 5)
    for caught in (machines.token(), machines.token()):
        assert machines.complete(caught, '"caught"') == "OK"
    assert [machines.output(execution) for execution in executions] == ["caught", "caught"]
