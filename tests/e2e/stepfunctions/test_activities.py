"""Activities: a task is assigned once, and its timeouts start when a worker has it."""

import json
import threading
from typing import Any

import pytest

from tests.support.aws.state_machines import Machines, error_code, eventually


@pytest.fixture
def activity(machines: Machines) -> str:
    return machines.sfn.create_activity(name="release-approval")["activityArn"]


def activity_state(activity: str, **changes: Any) -> dict[str, Any]:
    return {
        "Ask": {"Type": "Task", "Resource": activity, "Parameters": {"title": "Release 7"}, "End": True, **changes},
        "Caught": {"Type": "Pass", "End": True},
    }


def test_an_activity_hands_its_task_to_one_worker(machines: Machines, activity: str) -> None:
    execution = machines.start(activity_state(activity))
    task = machines.sfn.get_activity_task(activityArn=activity, workerName="gateway")
    assert json.loads(task["input"]) == {"title": "Release 7"}
    assert "taskToken" not in machines.sfn.get_activity_task(activityArn=activity)
    assert machines.complete(task["taskToken"], '"approved"') == "OK"
    assert machines.output(execution) == "approved"
    assert machines.event(execution, "ActivityStarted")["activityStartedEventDetails"] == {"workerName": "gateway"}


def test_a_poll_sees_a_task_that_comes_later(machines: Machines, activity: str) -> None:
    tasks: list[Any] = []
    worker = threading.Thread(target=lambda: tasks.append(machines.sfn.get_activity_task(activityArn=activity)))
    worker.start()
    machines.start(activity_state(activity))
    worker.join()
    assert machines.complete(tasks[0]["taskToken"]) == "OK"


def test_an_activitys_clocks_begin_when_a_worker_has_it(machines: Machines, activity: str) -> None:
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Caught"}]
    neglected = machines.start(activity_state(activity, HeartbeatSeconds=1, Catch=catch))
    lapsed = machines.sfn.get_activity_task(activityArn=activity)
    patient = machines.start(activity_state(activity, TimeoutSeconds=1))
    eventually(lambda: "ActivityScheduled" in machines.event_types(patient))
    younger = machines.start_task(TimeoutSeconds=1)
    assert machines.output(neglected)["Error"] == "States.Timeout"
    assert machines.end(younger)["error"] == "States.Timeout"  # so would the patient one be, counted from its beginning
    taken = machines.sfn.get_activity_task(activityArn=activity)
    assert machines.complete(lapsed["taskToken"]) == "TaskTimedOut"
    assert machines.complete(taken["taskToken"], '"in time"') == "OK"
    assert machines.output(patient) == "in time"


def test_a_stopped_execution_takes_its_activity_task_back(machines: Machines, activity: str) -> None:
    execution = machines.start(activity_state(activity))
    eventually(lambda: "ActivityScheduled" in machines.event_types(execution))
    machines.sfn.stop_execution(executionArn=execution)
    assert "taskToken" not in machines.sfn.get_activity_task(activityArn=activity)


def test_an_activity_that_does_not_exist_is_named(machines: Machines) -> None:
    missing = "arn:aws:states:us-east-1:123456789012:activity:missing"
    assert error_code(machines.sfn.get_activity_task, activityArn=missing) == "ActivityDoesNotExist"
    assert machines.end(machines.start(activity_state(missing)))["error"] == "States.Runtime"
