"""Buttons in Slack: one press is one answer, and whoever may not answer learns why, alone."""

from collections.abc import Generator

import pytest

from tests.doors.slack_door import Door
from tests.support.slack import CastSlack


@pytest.fixture
def door(slack: CastSlack, database_url: str) -> Generator[Door]:
    door = Door(slack, database_url)
    yield door
    door.close()


def test_a_press_is_an_answer(door: Door) -> None:
    approval_id = door.asked()
    answer = door.actor("U0ANA").press(door.dm("U0ANA"), "answer:approve")
    assert (answer.status, answer.body) == (200, b"")
    after = door.state(approval_id)
    assert after.status == "approved"
    assert [(d.reviewer, d.option, d.via, d.assurance) for d in after.decisions] == [(0, "approve", "slack", "slack")]
    assert door.told("U0ANA").startswith("Your answer “Approve” is recorded. Approved by")
