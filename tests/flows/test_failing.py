"""Messages that fail and are tried again: what is known of them, and when a callback counts as failed."""

from datetime import timedelta

from approvals.domain.model.approval import Answer, CallbackState
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.failing import NOTHING_FAILS, Failing, FailingMessage
from approvals.domain.model.messages.results import GivenUp, Sent, TryAgain
from approvals.telemetry.event import Name
from tests.builders import BY_LINK, NOW, a_submission
from tests.fakes import World

MINUTES = timedelta(minutes=5)
DENIED = TryAgain("AWS refuses it (AccessDeniedException): allow it", after=MINUTES, kind="denied")
DOWN = TryAgain("Step Functions cannot be reached (EndpointConnectionError)", kind="unreachable")


def opened(world: World, token: str = "token", **changes: object) -> str:
    return world.gateway.submit(a_submission(task_token=token, **changes), caller="tests").approval_id


def approved(world: World, *results: TryAgain) -> str:
    """An approval whose callback has had this result at its first attempt."""
    approval_id = opened(world)
    world.deliver_all()
    world.callbacks.results.extend(results)
    world.gateway.decide(
        approval_id, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link"
    )  # fmt: skip
    return approval_id


def events(world: World, approval_id: str) -> list[str]:
    return [note.event for note in world.gateway.audit(approval_id)]


def test_a_callback_that_fails_is_known_with_its_reason_and_its_next_attempt(world: World) -> None:
    approval_id = approved(world, DENIED)
    assert world.gateway.failing_of(approval_id).callback == FailingMessage(
        lane="callback", what="callback", attempts=1, kind="denied", reason=DENIED.reason, since=NOW,
        next_attempt=NOW + MINUTES,
    )  # fmt: skip
    assert world.gateway.approval(approval_id).callback is CallbackState.WAITING


def test_a_mail_that_fails_is_known_by_its_topic_and_its_reviewer(world: World) -> None:
    approval_id = opened(world, reviewers=["ana@example.com"])
    world.mail.results.append(TryAgain("mail.example.com:25 cannot be reached", kind="unreachable"))
    world.deliver_all()
    [failing] = world.gateway.failing_of(approval_id).messages
    assert (failing.lane, failing.what, failing.topic, failing.channel) == ("notice", "notice", "asked", "mail")
    assert (failing.audience, failing.kind, failing.attempts) == (ForReviewer(0), "unreachable", 1)


def test_what_arrives_or_is_given_up_fails_no_longer(world: World) -> None:
    first, second = opened(world, "first"), opened(world, "second")
    world.mail.results += [DOWN] * 4
    world.deliver_all()
    assert set(world.gateway.failing([first, second])) == {first, second}
    world.mail.results += [Sent(), GivenUp("nobody is there")] * 2
    world.clock.forward(minutes=1)
    world.deliver_all()
    assert world.gateway.failing([first, second]) == {}
    assert world.gateway.failing_of(first) == NOTHING_FAILS


def test_a_message_that_is_only_postponed_does_not_fail(world: World) -> None:
    approval_id = opened(world)
    world.mail.results.append(TryAgain("the workflow has not been told yet", after=MINUTES, tried=False))
    world.deliver_all()
    assert world.gateway.failing_of(approval_id) == NOTHING_FAILS


def test_a_callback_that_an_open_circuit_holds_back_fails(world: World) -> None:
    approval_id = approved(world, TryAgain("Step Functions does not respond", tried=False, kind="unreachable"))
    failing = world.gateway.failing_of(approval_id).callback
    assert failing
    assert (failing.attempts, failing.kind) == (0, "unreachable")


def test_of_many_messages_a_few_are_returned_and_all_are_counted(world: World) -> None:
    approval_id = opened(world, reviewers=[f"r{number}@example.com" for number in range(5)])
    world.mail.results += [DOWN] * 5
    world.deliver_all()
    found = world.gateway.failing([approval_id], each=2)[approval_id]
    assert isinstance(found, Failing)
    assert (found.count, len(found.messages)) == (5, 2)


def test_a_permission_that_is_missing_for_minutes_counts_as_failed_once_while_attempts_go_on(world: World) -> None:
    approval_id = approved(world, DENIED, DENIED, DENIED)
    world.clock.forward(minutes=5)
    world.deliver_all()
    approval = world.gateway.approval(approval_id)
    assert (approval.callback, approval.callback_detail) == (CallbackState.FAILED, DENIED.reason)
    world.clock.forward(minutes=5)
    world.deliver_all()
    assert len(world.callbacks.calls) == 3
    assert events(world, approval_id).count("callback.failed") == 1
    reported = [event.name for event in world.events if event.lane == "callback"]
    assert reported == [Name.CALLBACK_RETRYING, Name.CALLBACK_FAILED, Name.CALLBACK_RETRYING]
    assert world.gateway.failing_of(approval_id).callback
    world.clock.forward(minutes=5)
    world.deliver_all()
    assert world.gateway.approval(approval_id).callback is CallbackState.DELIVERED
    assert events(world, approval_id)[-1] == "callback.delivered"
    assert world.gateway.failing_of(approval_id) == NOTHING_FAILS


def test_an_outage_of_minutes_does_not_count_as_failed(world: World) -> None:
    approval_id = approved(world, *[DOWN] * 9)
    for _ in range(8):
        world.clock.forward(minutes=5)
        world.deliver_all()
    assert world.gateway.approval(approval_id).callback is CallbackState.WAITING


def test_the_token_of_a_callback_that_is_still_tried_is_kept(world: World) -> None:
    approval_id = approved(world, DENIED, DENIED)
    world.clock.forward(minutes=5)
    world.deliver_all()
    world.clock.forward(days=30)
    assert world.gateway.forget_tokens(kept_for=timedelta(days=7)) == 0
    world.deliver_all()
    assert world.gateway.approval(approval_id).callback is CallbackState.DELIVERED
    world.clock.forward(days=30)
    assert world.gateway.forget_tokens(kept_for=timedelta(days=7)) == 1


def test_a_failed_callback_that_is_still_tried_can_be_sent_again_at_once(world: World) -> None:
    approval_id = approved(world, DENIED, DENIED)
    world.clock.forward(minutes=5)
    world.deliver_all()
    assert world.gateway.redeliver(approval_id, actor="ops")
    assert world.gateway.approval(approval_id).callback is CallbackState.WAITING
    world.deliver_all()
    assert world.gateway.approval(approval_id).callback is CallbackState.DELIVERED


def test_what_fails_is_summed_up_by_lane_and_reason(world: World) -> None:
    first = approved(world, DENIED, DENIED)
    world.clock.forward(minutes=1)
    opened(world, "second", reviewers=["ana@example.com", "ben@example.com"])
    world.mail.results += [DOWN, DOWN, DOWN]
    world.deliver_all()
    groups = world.gateway.failing_groups()
    assert [(one.lane, one.kind, one.count, one.since) for one in groups] == [
        ("callback", "denied", 1, NOW),
        ("notice", "unreachable", 2, NOW + timedelta(minutes=1)),
    ]
    assert (groups[0].approval_id, groups[0].reason) == (first, DENIED.reason)
