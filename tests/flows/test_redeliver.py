"""redeliver: after fixing the cause of a failed callback, an operator sends it again."""

import pytest

from approvals.domain.model.approval import Answer
from approvals.domain.model.errors import NotFound
from approvals.domain.model.messages.results import GivenUp, Result, Sent, TryAgain, Unconfirmed
from tests.builders import BY_LINK, a_submission
from tests.fakes import World

WRONG_KEY = GivenUp("Step Functions does not know the task token")
CLOSED = GivenUp("the state no longer waits", closed=True)
DENIED = TryAgain("AWS refuses it", after=None)


def _approved(world: World, *results: Result) -> str:
    """An approval whose callback meets these results, one at each try."""
    approval_id = world.gateway.submit(a_submission(), caller="tests").approval_id
    world.callbacks.results = list(results)
    world.gateway.decide(approval_id, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    return approval_id


def _again(world: World, approval_id: str) -> bool:
    queued = world.gateway.redeliver(approval_id, actor="command:olga")
    world.deliver_all()
    return queued


def _callback(world: World, approval_id: str) -> str:
    return world.gateway.approval(approval_id).callback


def test_a_failed_callback_is_sent_again_and_the_trail_states_who_wanted_it(world: World) -> None:
    approval_id = _approved(world, WRONG_KEY)
    assert _callback(world, approval_id) == "failed"
    world.woken.clear()
    assert _again(world, approval_id)
    assert world.woken
    assert _callback(world, approval_id) == "delivered"
    assert world.gateway.approval(approval_id).callback_detail == ""
    notes = world.gateway.audit(approval_id)
    assert [note.event for note in notes][2:] == ["callback.failed", "callback.requeued", "callback.delivered"]
    assert notes[3].actor == "command:olga"
    assert len(world.callbacks.sent) == 1


@pytest.mark.parametrize(("history", "state"), [(True, "delivered"), (False, "tooLate"), (None, "unconfirmed")])
def test_a_token_found_closed_then_leads_to_the_history(world: World, history: bool | None, state: str) -> None:
    approval_id = _approved(world, WRONG_KEY, CLOSED)
    world.callbacks.history = history
    world.clock.forward(minutes=5)
    assert _again(world, approval_id)
    assert _callback(world, approval_id) == state


def test_an_unconfirmed_callback_is_looked_up_again_once_the_history_may_be_read(world: World) -> None:
    approval_id = _approved(world, Unconfirmed("the history cannot be read"), CLOSED)
    world.callbacks.history = True
    assert _again(world, approval_id)
    assert _callback(world, approval_id) == "delivered"


def test_one_that_waits_for_its_next_turn_need_not_wait(world: World) -> None:
    approval_id = _approved(world, DENIED)
    world.deliver_all()
    assert _callback(world, approval_id) == "waiting"
    assert _again(world, approval_id)
    assert _callback(world, approval_id) == "delivered"


def test_what_waits_and_surely_never_arrived_does_not_become_ambiguous_by_it(world: World) -> None:
    approval_id = _approved(world, DENIED, CLOSED)
    world.callbacks.history = True
    assert _again(world, approval_id)
    assert _callback(world, approval_id) == "tooLate"


@pytest.mark.parametrize(("result", "state"), [(Sent("r"), "delivered"), (CLOSED, "tooLate")])
def test_what_is_over_is_left_alone(world: World, result: Result, state: str) -> None:
    approval_id = _approved(world, result)
    calls = len(world.callbacks.calls)
    before = world.gateway.approval(approval_id)
    assert not _again(world, approval_id)
    assert (_callback(world, approval_id), len(world.callbacks.calls)) == (state, calls)
    assert world.gateway.approval(approval_id) == before


def test_what_is_being_sent_at_this_moment_is_left_to_its_sender(world: World) -> None:
    approval_id = _approved(world, DENIED)
    now = world.clock.forward(minutes=10)
    assert world.gateway.ports.outbox.lease(lane="callback", now=now, until=world.clock.forward(seconds=60), limit=9)
    assert not world.gateway.redeliver(approval_id, actor="command:olga")


def test_without_its_token_there_is_nothing_to_send(world: World) -> None:
    approval_id = _approved(world, WRONG_KEY)
    world.clock.forward(days=9)
    world.gateway.ports.store.forget_tokens(before=world.clock.now)
    assert not _again(world, approval_id)
    assert _callback(world, approval_id) == "failed"


def test_what_still_waits_for_people_has_no_callback(world: World) -> None:
    approval_id = world.gateway.submit(a_submission(), caller="tests").approval_id
    assert not world.gateway.redeliver(approval_id, actor="command:olga")


def test_of_what_there_is_not_nothing_can_be_sent(world: World) -> None:
    with pytest.raises(NotFound):
        world.gateway.redeliver("nothing", actor="command:olga")
