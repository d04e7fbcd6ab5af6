"""An Activity delivers each task once, so the poller keeps a task until it is handled; tested through botocore."""

from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber

from approvals.adapters.aws import activity
from approvals.adapters.aws.activity import ActivityQueue, region_of
from approvals.entrypoints.intake.batch import QueueMessage

ARN = "arn:aws:states:eu-central-1:123456789012:activity:ask"


class Polled:
    """A queue whose polls give what is put in, and which waits for nobody."""

    def __init__(self, *answers: dict[str, Any], worker_name: str = "approvals-host") -> None:
        self.client = botocore.session.Session().create_client("stepfunctions", region_name="eu-central-1")
        self.stubber = Stubber(self.client)
        for answer in answers:
            expected = {"activityArn": ARN, "workerName": worker_name[:80]}
            self.stubber.add_response("get_activity_task", answer, expected)
        self.stubber.activate()
        self.waited: list[float] = []
        self.queue = ActivityQueue(
            lambda: self.client, arn=ARN, worker_name=worker_name, make=QueueMessage, wait=self.waited.append
        )


def task(number: int) -> dict[str, Any]:
    return {"taskToken": f"token-{number}", "input": '{"order": 1234}'}


def test_a_task_comes_with_its_token_beside_its_input() -> None:
    polled = Polled(task(1))
    assert polled.queue.receive() == [QueueMessage("ask", '{"order": 1234}', "", "token-1")]
    assert polled.queue.source.door == "activity"
    assert polled.queue.source.name == "ask"


def test_a_poll_that_ends_empty_gives_nothing() -> None:
    assert Polled({}).queue.receive() == []


def test_a_task_that_is_not_handled_is_held_and_no_other_is_taken() -> None:
    polled = Polled(task(1), task(2))
    first = polled.queue.receive()
    polled.queue.delete([])
    assert polled.queue.receive() == first
    polled.queue.delete(first)
    assert polled.queue.receive() != first
    assert polled.waited == [1.0]


def test_a_task_that_can_never_be_handled_is_let_go(caplog: pytest.LogCaptureFixture) -> None:
    polled = Polled(task(1), task(2))
    tries = [len(polled.queue.receive()) for _ in range(activity.HELD_TRIES + 2)]
    assert tries == [1] * activity.HELD_TRIES + [0, 1]
    [record] = [r for r in caplog.records if getattr(r, "event", "") == "activity.lost"]
    assert "token" not in str(vars(record))


def test_the_worker_names_itself_as_long_as_step_functions_allows() -> None:
    polled = Polled(task(1), worker_name="h" * 200)
    assert polled.queue.receive()
    polled.stubber.assert_no_pending_responses()


def test_the_socket_outlasts_the_poll() -> None:
    assert activity.READ_SECONDS >= 65
    assert region_of(ARN) == "eu-central-1"
