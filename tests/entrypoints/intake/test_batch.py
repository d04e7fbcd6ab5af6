"""Intake: ten messages get ten verdicts; the worker survives every error and stops on request."""

import json
import logging
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from approvals.domain.model.messages.results import GivenUp, TryAgain
from approvals.domain.model.payload_adapter import Source
from approvals.domain.model.records import Filter
from approvals.domain.model.submission import Submission
from approvals.domain.problems import Invalid
from approvals.entrypoints.intake import submission_reader
from approvals.entrypoints.intake.batch import QueueMessage, take, take_from, take_payload
from approvals.entrypoints.server.worker import Bell, Worker
from approvals.flows.gateway import Gateway
from approvals.flows.submit import Submitted
from tests.builders import EXECUTION_ARN
from tests.entrypoints.refusing import another
from tests.fakes import World
from tests.support.aws.events import status_change
from tests.support.aws.state_machines import eventually

SQS = Source(door="sqs", name="approvals")
GOOD = {"title": "Refund", "reviewers": ["ana@example.com"]}


class FakeQueue:
    """Gives what it has, once, and remembers what was deleted."""

    source = SQS

    def __init__(self, *messages: QueueMessage) -> None:
        self.waiting, self.deleted, self.given_back = list(messages), list[str](), list[str]()

    def receive(self) -> Sequence[QueueMessage]:
        taken, self.waiting = self.waiting, []
        return taken

    def delete(self, messages: Sequence[QueueMessage]) -> None:
        self.deleted += [message.id for message in messages]

    def give_back(self, messages: Sequence[QueueMessage]) -> None:
        self.given_back += [message.id for message in messages]


def _message(number: int, body: Any) -> QueueMessage:
    return QueueMessage(str(number), body if isinstance(body, str) else json.dumps(body), f"receipt-{number}")


def test_of_ten_messages_nine_go_through_and_the_bad_one_fails_its_task(world: World) -> None:
    bodies = [{**GOOD, "taskToken": f"t{n}"} for n in range(10)]
    bodies[4] = {"taskToken": "t4", "title": "no reviewers"}
    queue = FakeQueue(*[_message(n, body) for n, body in enumerate(bodies)])
    assert take_from(queue, world.gateway) == 10
    assert len(world.gateway.find(Filter())) == 9
    [callback] = world.callbacks.sent
    assert callback.error == "Approval.InvalidSubmission"
    assert world.callbacks.calls == [("failure", "t4")]


@pytest.mark.parametrize("body", ["", "{", "[]", "7", json.dumps(GOOD), json.dumps({**GOOD, "taskToken": 7})])
def test_what_has_no_readable_token_stays_in_the_queue_and_is_logged_by_its_id(
    world: World, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert take([_message(1, body)], world.gateway, source=SQS) == []
    [record] = [r for r in caplog.records if getattr(r, "event", "") == "intake.unreadable"]
    assert (record.message_id, record.levelno) == ("1", logging.ERROR)  # type: ignore[attr-defined]
    assert "Refund" not in record.getMessage() + str(vars(record))


def test_only_unreadable_messages_are_given_back_to_the_queue(world: World) -> None:
    world.callbacks.results = [TryAgain("throttled")]
    bodies = [{**GOOD, "taskToken": "good"}, "not JSON", {"taskToken": "untold", "title": ""}]
    queue = FakeQueue(*[_message(n, body) for n, body in enumerate(bodies)])
    assert take_from(queue, world.gateway) == 1
    assert (queue.deleted, queue.given_back) == (["0"], ["1"])


@pytest.mark.parametrize(
    "body", ['{"taskToken": "t", "title": "cut \\ud83d"}', '{"title": "\\uDE00", "taskToken": "t"}']
)
def test_text_that_was_cut_through_an_emoji_fails_its_task_at_once(world: World, body: str) -> None:
    message = _message(1, body)
    assert take([message], world.gateway, source=SQS) == [message]
    assert world.callbacks.calls == [("failure", "t")]
    assert "half a character" in (world.callbacks.sent[0].cause or "")


def test_a_refusal_that_does_not_get_through_leaves_the_message_for_another_try(world: World) -> None:
    world.callbacks.results = [TryAgain("throttled")]
    bad = _message(1, {"taskToken": "t", "title": ""})
    assert take([bad], world.gateway, source=SQS) == []
    assert take([bad], world.gateway, source=SQS) == [bad]


def test_a_message_that_comes_twice_is_done_with_twice_and_asks_once(world: World) -> None:
    twice = [_message(n, {**GOOD, "taskToken": "same"}) for n in (1, 2)]
    assert take(twice, world.gateway, source=SQS) == twice
    assert take(twice[:1], world.gateway, source=SQS) == twice[:1]
    world.deliver_all()
    assert len(world.mail.sent) == 1


def test_the_end_of_an_execution_in_the_queue_makes_heartbeats_due(world: World) -> None:
    execution = {"id": EXECUTION_ARN, "redriveCount": 1}
    take([_message(1, {**GOOD, "taskToken": "t", "execution": execution})], world.gateway, source=SQS)
    milliseconds = int(world.clock().timestamp() * 1000)
    told = [_message(n, status_change(stopDate=milliseconds, redriveCount=n)) for n in (0, 1, 1)]
    assert take(told, world.gateway, source=SQS) == told
    [before] = world.gateway.find(Filter())
    assert (before.status, world.callbacks.calls) == ("pending", [])
    world.callbacks.results.append(GivenUp("the state no longer waits", closed=True))
    world.deliver_all()
    [approval] = world.gateway.find(Filter())
    assert (approval.status, approval.callback, approval.callback_detail) == (
        "cancelled", "none", "the execution was stopped",
    )  # fmt: skip
    assert world.callbacks.calls == [("heartbeat", "t")]


@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT", "FAILED"])
def test_a_forged_end_of_an_execution_ends_nothing(world: World, status: str) -> None:
    take([_message(1, {**GOOD, "taskToken": "t", "execution": {"id": EXECUTION_ARN}})], world.gateway, source=SQS)
    forged = _message(2, status_change(status, stopDate=int(world.clock().timestamp() * 1000)))
    assert take([forged], world.gateway, source=Source(door="sqs", name="another queue")) == [forged]
    world.deliver_all()
    [approval] = world.gateway.find(Filter())
    assert (approval.status, world.callbacks.calls) == ("pending", [("heartbeat", "t")])


def test_an_event_of_an_unknown_kind_is_named_in_the_log_and_left_to_the_queue(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    told = {"detail-type": "Scheduled Event", "source": "aws.events", "detail": {"secret": "Refund"}}
    assert take([_message(1, told)], world.gateway, source=SQS) == []
    [record] = [r for r in caplog.records if getattr(r, "event", "") == "intake.unknown"]
    assert record.getMessage() == "refused an event of an unknown kind: Scheduled Event from aws.events"
    assert "Refund" not in str(vars(record))


@pytest.mark.parametrize(
    ("payload", "verdict"),
    [
        ({**GOOD, "taskToken": "t"}, "done"),
        ({"taskToken": "t", "title": "half a \ud800"}, "done"),
        ({"taskToken": "t\ud800", "title": "half"}, "unreadable"),
        ({"Type": "Notification", "Message": "not JSON"}, "unreadable"),
        ({"Type": "Notification", "Message": "\ud800"}, "unreadable"),
        ({"\ud800": "\ud800", "detail-type": "\ud800", "source": "\ud800", "detail": {}}, "unreadable"),
        ("text", "unreadable"),
        (None, "unreadable"),
    ],
)
def test_what_is_handed_over_directly_has_its_verdict(world: World, payload: Any, verdict: str) -> None:
    source = Source(door="lambda", name="intake")
    assert take_payload(payload, world.gateway, source=source, message_id="1") == verdict


def test_a_direct_submission_that_cannot_be_told_of_is_tried_again_later(world: World) -> None:
    world.callbacks.results = [TryAgain("throttled")]
    bad = {"taskToken": "t", "title": "half a \ud800"}
    assert take_payload(bad, world.gateway, source=SQS, message_id="1") == "later"


def test_a_token_that_is_beside_its_message_wins_over_any_inside(world: World) -> None:
    beside = [
        QueueMessage("1", json.dumps({**GOOD, "TaskToken": "of a parent"}), "", "beside"),
        QueueMessage("2", json.dumps(["no", "object"]), "", "of the list"),
    ]
    assert take(beside, world.gateway, source=Source(door="activity", name="ask")) == beside
    assert world.callbacks.calls == [("failure", "of the list")]
    [approval] = world.gateway.find(Filter())
    assert approval.caller == "activity:ask"


@pytest.mark.parametrize(("size", "opened"), [(256 * 1024, 1), (256 * 1024 + 1, 0)])
def test_details_of_up_to_256_kib_are_stored_and_larger_ones_fail_their_task(
    world: World, size: int, opened: int
) -> None:
    details = {"Log": "x" * (size - len('{"Log":""}'))}
    message = _message(1, {**GOOD, "taskToken": "t", "details": details})
    assert take([message], world.gateway, source=SQS) == [message]
    found = world.gateway.find(Filter())
    assert [approval.content.details for approval in found] == [details] * opened
    assert len(world.callbacks.sent) == 1 - opened


class _Breaking(Gateway):
    """Has a fault that one title brings out, before or while it is written."""

    def submit_all(self, submissions: Sequence[Submission], **more: Any) -> list[Submitted | Invalid]:
        if any(submission.title == "broken" for submission in submissions):
            raise ZeroDivisionError(submissions)
        return super().submit_all(submissions, **more)

    def check_execution(self, execution_arn: str, **_: Any) -> int:
        raise LookupError(execution_arn)


def test_a_message_that_brings_out_a_fault_is_left_by_its_id_and_the_nine_others_go_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    bodies = [{**GOOD, "taskToken": f"t{n}"} for n in range(9)]
    bodies[4]["title"] = "broken"
    messages = [_message(n, body) for n, body in enumerate([*bodies, status_change()])]
    handled = take(messages, another(_Breaking, world), source=SQS)
    assert [message.id for message in handled] == ["0", "1", "2", "3", "5", "6", "7", "8"]
    assert len(world.gateway.find(Filter())) == 8
    records = [record for record in caplog.records if getattr(record, "event", "") == "intake.error"]
    assert [record.message_id for record in records] == ["4", "9"]  # type: ignore[attr-defined]
    assert "t4" not in "".join(record.getMessage() for record in records)


def test_a_fault_in_reading_one_message_is_its_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = submission_reader.submission

    def reading(payload: Any) -> Submission:
        if payload["title"] == "broken":
            raise RecursionError if payload["taskToken"] == "deep" else ZeroDivisionError
        return real(payload)

    monkeypatch.setattr(submission_reader, "submission", reading)
    bodies = [{**GOOD, "taskToken": "t"}, *({"title": "broken", "taskToken": token} for token in ("deep", "other"))]
    messages = [_message(n, body) for n, body in enumerate(bodies)]
    assert take(messages, world.gateway, source=SQS) == messages[:2]
    assert world.callbacks.calls == [("failure", "deep")]


def test_while_the_database_is_away_no_message_is_blamed(world: World, caplog: pytest.LogCaptureFixture) -> None:
    class Away(_Breaking):
        def check(self) -> None:
            raise ConnectionError("the database is away")

    messages = [_message(n, {**GOOD, "taskToken": f"t{n}", "title": "broken"}) for n in range(3)]
    with pytest.raises(ConnectionError):
        take(messages, another(Away, world), source=SQS)
    assert "intake.error" not in [getattr(record, "event", "") for record in caplog.records]


def _running(world: World, bell: Bell, queue: Any) -> Worker:
    worker = Worker(world.gateway, bell=bell, pause_seconds=60, retention=timedelta(days=1), queues=[queue])
    worker.start()
    return worker


def test_the_worker_sends_what_is_due_as_soon_as_it_is_woken(world: World) -> None:
    bell = Bell()
    gateway = world.another(wake=bell.ring)
    worker = Worker(gateway, bell=bell, pause_seconds=60, retention=timedelta(days=1))
    worker.start()
    from tests.builders import a_submission

    gateway.submit(a_submission(), caller="tests")
    eventually(lambda: len(world.mail.sent) == 2)
    worker.stop()


def test_the_worker_goes_on_after_a_poll_that_failed_and_stops_when_told(world: World) -> None:
    calls: list[int] = []
    called = threading.Event()

    class Broken(FakeQueue):
        def receive(self) -> Sequence[QueueMessage]:
            calls.append(1)
            called.set()
            raise ConnectionError("the queue is away")

    worker = _running(world, Bell(), Broken())
    assert called.wait(10)
    worker.stop(seconds=10)
    assert not [t for t in threading.enumerate() if t.name in ("sweep", "callbacks", "notices", "queue", "forget")]
    assert calls == [1], "it pauses after a failure"


def test_a_bell_rung_before_the_wait_is_not_lost() -> None:
    bell = Bell()
    bell.ring()
    assert bell.wait(0, seconds=60) == 1


Step = Callable[[], int]
