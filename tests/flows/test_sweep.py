"""sweep and deliver: reminders, escalations, time-outs and heartbeats happen once, with any number of sweepers."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from approvals.domain.model.approval import Answer
from approvals.domain.model.messages.results import GivenUp, Sent, TryAgain
from approvals.domain.model.policy import Escalation, Group, Policy, Remind, Stage
from tests.builders import BY_LINK, a_submission
from tests.fakes import World

POLICY = Policy(
    stages=(
        Stage(
            groups=(Group(from_=("ana@example.com", "ben@example.com")),),
            remind=Remind(after="1h", every="2h", times=2),
            escalate=(Escalation(after="4h", to=("cfo@example.com",)),),
        ),
    ),
    timeout="8h",
)


def _open(world: World, **changes: object) -> str:
    approval_id = world.gateway.submit(a_submission(policy=POLICY, **changes), caller="tests").approval_id
    world.deliver_all()
    world.mail.sent.clear()
    return approval_id


def test_nothing_is_due_before_its_time(world: World) -> None:
    _open(world)
    world.clock.forward(minutes=59, seconds=59)
    assert world.gateway.sweep() == 0


def test_reminds_then_escalates_then_times_out(world: World) -> None:
    approval_id = _open(world)
    told = []
    for hours in (1, 2, 1, 4):
        world.clock.forward(hours=hours)
        world.sweep_all()
        told.append(sorted({event for event, _ in world.mail.events}))
        world.mail.sent.clear()
    approval = world.gateway.approval(approval_id)
    assert told == [["reminded"], ["reminded"], ["escalated"], ["settled"]]
    assert (approval.status, approval.callback) == ("expired", "delivered")
    [callback] = world.callbacks.sent
    assert callback.error == "Approval.TimedOut"
    assert json.loads(callback.cause or "")["timedOut"] is True


def test_only_those_who_have_not_answered_are_reminded(world: World) -> None:
    policy = Policy(
        stages=(Stage(groups=(Group(from_=("ana@example.com", "ben@example.com"), need=2),), remind=("1h",)),)
    )
    approval_id = world.gateway.submit(a_submission(policy=policy), caller="tests").approval_id
    world.deliver_all()
    world.gateway.decide(approval_id, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    world.mail.sent.clear()
    world.clock.forward(hours=1)
    world.sweep_all()
    assert world.mail.events == [("reminded", "ben@example.com")]


def test_after_hours_without_a_sweep_each_thing_happens_once(world: World) -> None:
    _open(world)
    world.clock.forward(hours=5)
    world.sweep_all()
    assert sorted(world.mail.events) == [
        ("escalated", "cfo@example.com"), ("reminded", "ana@example.com"), ("reminded", "ben@example.com"),
        ("reminded", "cfo@example.com"),
    ]  # fmt: skip


def test_a_person_who_was_escalated_to_may_answer_and_not_before(world: World) -> None:
    approval_id = _open(world)
    cfo = world.gateway.approval(approval_id).reviewers[2]
    assert cfo.seats == ()
    world.clock.forward(hours=4)
    world.sweep_all()
    decided = world.gateway.decide(
        approval_id, reviewer=cfo.number, answer=Answer(option="approve"), actor=BY_LINK, assurance="link"
    )
    assert decided.approval.status == "approved"


def test_eight_sweepers_at_once_settle_each_approval_once(world: World) -> None:
    batch = [a_submission(task_token=f"t{n}", policy=POLICY) for n in range(120)]
    ids = [r.approval_id for r in world.gateway.submit_all(batch, caller="tests")]  # type: ignore[union-attr]
    world.clock.forward(hours=9)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: [world.gateway.sweep(limit=20) for _ in range(10)], range(8)))
        list(pool.map(lambda _: [world.gateway.deliver(lane="callback", limit=10) for _ in range(10)], range(8)))
    world.sweep_all()
    assert {world.gateway.approval(approval_id).status for approval_id in ids} == {"expired"}
    assert len(world.callbacks.sent) == len({c.callback_id for c in world.callbacks.sent}) == 120


def test_a_message_that_fails_does_not_hold_up_the_others(world: World) -> None:
    world.mail.results = [RuntimeError("a template broke")]
    approval_id = world.gateway.submit(a_submission(), caller="tests").approval_id
    world.deliver_all()
    assert len(world.mail.sent) == 1
    world.clock.forward(minutes=1)
    world.deliver_all()
    assert sorted(world.mail.events) == [("asked", "ana@example.com"), ("asked", "ben@example.com")]
    assert world.gateway.ports.store.undeliverable(approval_id) == []


def test_an_address_that_does_not_exist_is_given_up_noted_and_shown(world: World) -> None:
    world.mail.results = [GivenUp("mailbox unknown")]
    approval_id = world.gateway.submit(a_submission(), caller="tests").approval_id
    world.deliver_all()
    [(notice, reason)] = world.gateway.ports.store.undeliverable(approval_id)
    assert (notice.event, reason) == ("asked", "mailbox unknown")
    assert [n.event for n in world.gateway.audit(approval_id)] == ["opened", "notice.failed"]


def test_a_notice_is_given_up_after_days_of_trying(world: World) -> None:
    approval_id = world.gateway.submit(a_submission(reviewers=("ana@example.com",)), caller="tests").approval_id
    for _ in range(4):
        world.mail.results = [TryAgain("connection refused")]
        world.deliver_all()
        world.clock.forward(days=1)
    assert [reason for _, reason in world.gateway.ports.store.undeliverable(approval_id)] == ["connection refused"]


def test_reminders_that_come_after_the_answer_are_not_sent(world: World) -> None:
    approval_id = _open(world)
    world.clock.forward(hours=1)
    world.gateway.sweep()
    world.gateway.decide(approval_id, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    world.deliver_all()
    assert {event for event, _ in world.mail.events} == {"settled"}


def test_people_hear_of_the_end_once_the_workflow_has_been_told_or_after_a_while(world: World) -> None:
    world.callbacks.results = [TryAgain("throttled"), TryAgain("throttled", after=timedelta(hours=1))]
    approval_id = _open(world)
    world.gateway.decide(approval_id, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    world.clock.forward(seconds=10)
    world.deliver_all()
    assert world.mail.sent == []
    world.clock.forward(minutes=2)
    world.deliver_all()
    assert {
        (event, told.callback) for (event, _), (_, told, _) in zip(world.mail.events, world.mail.sent, strict=True)
    } == {("settled", "waiting")}


def test_heartbeats_repeat_and_stop_with_the_approval(world: World) -> None:
    approval_id = _open(world, heartbeat_seconds=60)
    for _ in range(3):
        world.clock.forward(seconds=20)
        world.deliver_all()
    assert [kind for kind, _ in world.callbacks.calls] == ["heartbeat"] * 3
    world.gateway.decide(approval_id, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    world.clock.forward(minutes=10)
    world.deliver_all()
    assert [kind for kind, _ in world.callbacks.calls] == ["heartbeat"] * 3 + ["success"]


def test_heartbeats_that_no_state_needs_grow_rarer_with_the_age_of_the_wait(world: World) -> None:
    world.gateway.submit(a_submission(), caller="tests")
    beats = []
    for _ in range(6 * 24 * 12):
        world.clock.forward(minutes=5)
        world.deliver_all()
        beats.append(len(world.callbacks.calls))
    assert beats[12 - 1] == 3
    assert 18 < beats[-1] < 60, "in six days, against 432 at a steady pace"


def test_a_heartbeat_that_finds_nobody_waiting_cancels_the_approval_and_tells_people(world: World) -> None:
    approval_id = _open(world, heartbeat_seconds=60)
    world.callbacks.results = [GivenUp("Provided task does not exist anymore", closed=True)]
    world.clock.forward(seconds=20)
    world.deliver_all()
    approval = world.gateway.approval(approval_id)
    assert (approval.status, approval.callback) == ("cancelled", "none")
    assert approval.outcome is not None
    assert approval.outcome.reason == "the workflow no longer waits"
    told = ("ana@example.com", "ben@example.com", "rhea@example.com")
    assert sorted(world.mail.events) == [("settled", address) for address in told]


@pytest.mark.parametrize("result", [TryAgain("throttled"), GivenUp("invalid token"), Sent()])
def test_a_heartbeat_that_states_anything_else_leaves_the_approval_waiting(world: World, result: object) -> None:
    approval_id = _open(world, heartbeat_seconds=60)
    world.callbacks.results = [result]  # type: ignore[list-item]
    world.clock.forward(seconds=20)
    world.deliver_all()
    world.clock.forward(seconds=20)
    world.deliver_all()
    assert world.gateway.approval(approval_id).status == "pending"
    assert len(world.callbacks.calls) == 2


def test_tokens_are_forgotten_some_time_after_the_workflow_was_told(world: World) -> None:
    approval_id = _open(world)
    pending = _open(world, task_token="other")
    world.gateway.decide(approval_id, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    world.clock.forward(days=2)
    assert world.gateway.ports.store.forget_tokens(before=world.clock.now) == 1
    assert world.gateway.ports.store.forget_tokens(before=world.clock.now) == 0
    assert world.gateway.approval(pending).status == "pending"
