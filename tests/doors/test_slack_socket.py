"""Socket Mode: the same answers over a websocket, without any signature; it comes back, and goes with the worker."""

import logging
import threading
from collections.abc import Generator

import pytest

from approvals.demo.slack import happenings
from approvals.demo.slack.actor import Actor
from approvals.domain.errors import NotFound
from approvals.entrypoints import slack_socket
from approvals.entrypoints.slack_context import Reply
from approvals.entrypoints.slack_socket import SocketMode
from tests.doors.slack_door import Door
from tests.support.slack import CastSlack


@pytest.fixture
def door(slack: CastSlack, sqlite_url: str) -> Generator[Door]:
    door = Door(slack, sqlite_url)
    yield door
    door.close()


def socket(door: Door) -> SocketMode:
    state = door.slack.state
    return SocketMode(door.side, app_token=state.app_token, api_url=door.slack.url, retry_seconds=0.2)


@pytest.fixture
def connected(door: Door) -> Generator[SocketMode]:
    mode = socket(door)
    mode.start()
    door.slack.wait_for(lambda: door.slack.sockets.connected)
    yield mode
    mode.stop(seconds=0)


def actor(door: Door, user: str) -> Actor:
    """Somebody whose presses go over the websocket."""
    return door.slack.actor(user, door.slack.sockets.send)


@pytest.mark.usefixtures("connected")
def test_a_press_is_acknowledged_and_recorded(door: Door) -> None:
    approval_id = door.asked()
    assert actor(door, "U0ANA").press(door.dm("U0ANA"), "answer:approve").in_time
    assert door.state(approval_id).status == "approved"
    said = door.slack.wait_for(lambda: door.slack.team.ephemerals("U0ANA"))
    assert said[-1].text.startswith("Your answer “Approve” is recorded.")


@pytest.mark.usefixtures("connected")
def test_what_a_modal_is_answered_with_comes_with_the_acknowledgement(door: Door) -> None:
    approval_id = door.asked(risk="high")
    ana = actor(door, "U0ANA")
    ana.press(door.dm("U0ANA"), "answer:approve")
    assert "confirmation" in ana.submit({"confirmation": "no"}).json["errors"]
    assert ana.submit({"confirmation": "approve"}).json == {"response_action": "clear"}
    assert door.state(approval_id).status == "approved"


@pytest.mark.usefixtures("connected")
def test_commands_and_events_come_that_way_too(door: Door) -> None:
    door.asked()
    answer = actor(door, "U0ANA").command()
    assert "Refund order 1234" in str(answer.json["blocks"])
    assert actor(door, "U0ANA").open_home().in_time
    door.slack.wait_for(lambda: door.slack.team.homes.get("U0ANA"))


@pytest.mark.usefixtures("connected")
def test_what_is_of_another_workspace_is_passed_over_and_not_sent_again(door: Door) -> None:
    other = door.slack.workspace("T0OTHER", domain="other", name="Other")
    answers = happenings.tell(door.slack.state, other, {"type": "app_uninstalled"}, send=door.slack.sockets.send)
    assert [answer.status for answer in answers] == [200]


@pytest.mark.usefixtures("connected")
def test_what_fails_is_not_acknowledged_so_that_the_person_sees_it(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.asked()

    def failing(*_: object) -> Reply:
        raise NotFound("the database is away")

    monkeypatch.setattr(slack_socket, "handled", failing)
    ana = actor(door, "U0ANA")
    press = ana.pressing(door.dm("U0ANA"), "answer:approve")
    assert door.slack.sockets.send(press, patience=0.5).status == 0
    monkeypatch.undo()
    assert door.slack.sockets.send(press).status == 200
    assert door.state().status == "approved"


@pytest.mark.usefixtures("connected")
def test_a_connection_that_slack_renews_comes_back(door: Door) -> None:
    door.asked()
    before = door.slack.state.calls["apps.connections.open"]
    door.slack.sockets.ask_to_reconnect()
    door.slack.wait_for(lambda: door.slack.state.calls["apps.connections.open"] > before)
    door.slack.wait_for(lambda: door.slack.sockets.connected)
    assert actor(door, "U0ANA").press(door.dm("U0ANA"), "answer:approve").in_time


def test_slack_may_be_away_when_it_starts(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    mode = socket(door)
    caplog.set_level(logging.WARNING)
    refused = threading.Event()
    with door.slack.unreachable():
        mode.start()
        while not refused.wait(0.02):
            if any(getattr(record, "event", "") == "slack.no_socket" for record in caplog.records):
                refused.set()
    door.slack.wait_for(lambda: door.slack.sockets.connected)
    mode.stop(seconds=10)
    door.slack.wait_for(lambda: not door.slack.sockets.connected)
