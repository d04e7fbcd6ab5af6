"""A fresh link is sent once in five minutes of the clock, however often it is asked for: to a page and to an inbox."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from approvals.domain.model.messages.audience import ForReviewer
from approvals.flows.fresh_links import FRESH_LINK_EVERY
from tests.builders import NOW, a_submission
from tests.fakes import World

MOMENT = timedelta(milliseconds=1)
WITHIN = [MOMENT, timedelta(seconds=1), timedelta(minutes=1), timedelta(minutes=5) - MOMENT]


def to_the_page(world: World, approval_id: str) -> bool:
    return world.gateway.refresh_link(approval_id, holder=ForReviewer(0))


def to_the_inbox(world: World, approval_id: str) -> bool:
    return world.gateway.refresh_inbox(approval_id, reviewer=0)


@pytest.mark.parametrize("refresh", [to_the_page, to_the_inbox])
def test_a_fresh_link_is_sent_once_in_five_minutes(world: World, refresh: Callable[[World, str], bool]) -> None:
    """NOW is the beginning of such five minutes."""
    assert timedelta(minutes=5) == FRESH_LINK_EVERY
    approval_id = world.gateway.submit(a_submission(), caller="tests").approval_id
    assert refresh(world, approval_id)
    for later in WITHIN:
        world.clock.now = NOW + later
        assert not refresh(world, approval_id)
    world.clock.now = NOW + timedelta(minutes=5)
    assert refresh(world, approval_id)
    assert not refresh(world, approval_id)
    notes = [note.event for note in world.gateway.audit(approval_id)]
    assert notes == ["opened", "link.refreshed", "link.refreshed"]


def test_each_reviewer_has_a_window_of_their_own(world: World) -> None:
    approval_id = world.gateway.submit(a_submission(), caller="tests").approval_id
    sent = [world.gateway.refresh_link(approval_id, holder=ForReviewer(number)) for number in (0, 1, 0, 1)]
    assert sent == [True, True, False, False]
