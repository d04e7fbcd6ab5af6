"""The description of an execution, and the history in which a callback is looked up."""

import json

from tests.support.aws.state_machines import Machines


def test_an_execution_without_a_name_gets_one(machines: Machines) -> None:
    executions = {machines.start_task() for _ in range(2)}
    names = {machines.describe(execution)["name"] for execution in executions}
    assert len(names) == 2
    assert all(len(name) == 36 for name in names)


def test_the_history_tells_whose_callback_succeeded(machines: Machines) -> None:
    execution = machines.start_task()
    machines.complete(machines.token(), '{"callbackId": "c-1"}')
    machines.end(execution)
    succeeded = machines.event(execution, "TaskSucceeded")["taskSucceededEventDetails"]
    assert json.loads(succeeded["output"]) == {"callbackId": "c-1"}
    assert [kind for kind in machines.event_types(execution) if kind.startswith("Task")] == [
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
        "TaskStateExited",
    ]


def test_the_history_tells_whose_callback_failed(machines: Machines) -> None:
    execution = machines.start_task()
    cause = json.dumps({"callbackId": "c-2", "reason": "no"})
    machines.sfn.send_task_failure(taskToken=machines.token(), error="Approval.Rejected", cause=cause)
    machines.end(execution)
    failed = machines.event(execution, "TaskFailed")["taskFailedEventDetails"]
    assert (failed["error"], failed["cause"]) == ("Approval.Rejected", cause)


def test_the_history_comes_backwards_and_in_pages(machines: Machines) -> None:
    execution = machines.start_task()
    machines.complete(machines.token())
    machines.end(execution)
    forward = [event["id"] for event in machines.history(execution)]
    assert [event["id"] for event in machines.history(execution, reverseOrder=True)] == forward[::-1]
    paginator = machines.sfn.get_paginator("get_execution_history").paginate(
        executionArn=execution, reverseOrder=True, PaginationConfig={"PageSize": 3}
    )
    pages = [[event["id"] for event in page["events"]] for page in paginator]
    assert {len(page) for page in pages[:-1]} == {3}
    assert [number for page in pages for number in page] == forward[::-1]


def test_the_history_can_leave_the_data_out(machines: Machines) -> None:
    execution = machines.start_task()
    machines.complete(machines.token(), '{"secret": 1}')
    machines.end(execution)
    assert "secret" not in str(machines.history(execution, includeExecutionData=False))


def test_listed_executions_say_when_they_stopped(machines: Machines) -> None:
    execution = machines.start_task()
    machines.token()
    machines.sfn.stop_execution(executionArn=execution)
    machine = machines.describe(execution)["stateMachineArn"]
    [listed] = machines.sfn.list_executions(stateMachineArn=machine)["executions"]
    assert listed["status"] == "ABORTED"
    assert listed["stopDate"] == machines.describe(execution)["stopDate"]
