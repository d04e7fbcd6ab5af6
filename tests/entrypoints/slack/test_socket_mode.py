"""Socket Mode: the same answers over a websocket, without any signature; it comes back, and goes with the worker."""

import logging
import threading
from collections.abc import Generator
from typing import Any

import pytest

from approvals.demo.fake_slack.interactions import app_events
from approvals.demo.fake_slack.interactions.actor import SimulatedUser
from approvals.entrypoints.server.gunicorn import make_worker
from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key
from approvals.entrypoints.server.worker import Bell
from approvals.entrypoints.slack.socket_mode import SocketMode
from approvals.flows.attempts import Decided
from approvals.flows.gateway import Gateway
from approvals.settings.environment import Settings
from tests.entrypoints.slack.slack_door import Door
from tests.support.database.engines import create_schema
from tests.support.slack.workspace import CastSlack


@pytest.fixture(scope="module")
def slack() -> Generator[CastSlack]:
    with CastSlack() as local:
        yield local


@pytest.fixture(scope="module")
def door(slack: CastSlack, tmp_path_factory: pytest.TempPathFactory) -> Generator[Door]:
    url = f"sqlite:///{tmp_path_factory.mktemp('socket') / 'approvals.db'}"
    create_schema(url)
    door = Door(slack, url, gateway=Interrupted)
    yield door
    door.close()


@pytest.fixture(scope="module")
def connected(door: Door) -> Generator[SocketMode]:
    """One connection for all: closing one takes a second."""
    mode = socket(door)
    mode.start()
    door.slack.wait_for(lambda: door.slack.sockets.connected)
    yield mode
    mode.stop(seconds=10)
    door.slack.wait_for(lambda: not door.slack.sockets.connected)


@pytest.fixture
def asked(door: Door, request: pytest.FixtureRequest) -> str:
    """The id of a new approval."""
    risk = "high" if "modal" in request.node.name else "normal"
    return door.asked(task_token=request.node.name, title=f"Title of {request.node.name}", risk=risk)


class Interrupted(Gateway):
    """Takes no answer while its database is away."""

    away = threading.Event()

    def decide(self, *args: Any, **named: Any) -> Decided:
        if self.away.is_set():
            raise ConnectionError("the database is away")
        return super().decide(*args, **named)


def socket(door: Door) -> SocketMode:
    state = door.slack.state
    return SocketMode(door.side, app_token=state.app_token, api_url=door.slack.url, retry_seconds=0.2)


def actor(door: Door, user: str) -> SimulatedUser:
    """Somebody whose presses go over the websocket."""
    return door.slack.actor(user, door.slack.sockets.send)


@pytest.mark.usefixtures("connected")
def test_a_press_is_acknowledged_and_recorded(door: Door, asked: str) -> None:
    assert actor(door, "U0ANA").press(door.asking("U0ANA", asked), "answer:approve").in_time
    assert door.state(asked).status == "approved"
    said = door.slack.wait_for(lambda: door.slack.team.ephemerals("U0ANA"))
    assert said[-1].text.startswith("Your answer “Approve” is recorded.")


@pytest.mark.usefixtures("connected")
def test_what_a_modal_is_answered_with_comes_with_the_acknowledgement(door: Door, asked: str) -> None:
    ana = actor(door, "U0ANA")
    ana.press(door.asking("U0ANA", asked), "answer:approve")
    assert "confirmation" in ana.submit({"confirmation": "no"}).json["errors"]
    assert ana.submit({"confirmation": "approve"}).json == {"response_action": "clear"}
    assert door.state(asked).status == "approved"


@pytest.mark.usefixtures("connected", "asked")
def test_commands_and_events_come_that_way_too(door: Door) -> None:
    answer = actor(door, "U0ANA").command()
    assert "Title of test_commands" in str(answer.json["blocks"])
    assert actor(door, "U0ANA").open_home().in_time
    door.slack.wait_for(lambda: door.slack.team.homes.get("U0ANA"))


@pytest.mark.usefixtures("connected")
def test_what_is_of_another_workspace_is_passed_over_and_not_sent_again(door: Door) -> None:
    other = door.slack.workspace("T0OTHER", domain="other", name="Other")
    answers = app_events.send_event(door.slack.state, other, {"type": "app_uninstalled"}, send=door.slack.sockets.send)
    assert [answer.status for answer in answers] == [200]


@pytest.mark.usefixtures("connected")
def test_what_fails_is_not_acknowledged_so_that_the_person_sees_it(door: Door, asked: str) -> None:
    ana = actor(door, "U0ANA")
    press = ana.press_request(door.asking("U0ANA", asked), "answer:approve")
    Interrupted.away.set()
    try:
        assert door.slack.sockets.send(press, patience=0.5).status == 0
    finally:
        Interrupted.away.clear()
    assert door.slack.sockets.send(press).status == 200
    assert door.state(asked).status == "approved"


@pytest.mark.usefixtures("connected")
def test_a_connection_that_slack_renews_comes_back(door: Door, asked: str) -> None:
    sockets, before = door.slack.sockets, door.slack.sockets.opened
    sockets.ask_to_reconnect()
    door.slack.wait_for(lambda: sockets.opened > before and sockets.connected == 1)
    assert actor(door, "U0ANA").press(door.asking("U0ANA", asked), "answer:approve").in_time


def test_the_worker_connects_when_it_starts_and_closes_when_it_stops(sqlite_url: str) -> None:
    with CastSlack() as slack:
        door = Door(slack, sqlite_url)
        settings = Settings.from_env({
            "APPROVALS_SIGNING_KEYS": new_signing_key(), "APPROVALS_SEALING_KEYS": new_sealing_key(),
            "APPROVALS_SLACK_TOKENS": slack.tokens, "APPROVALS_SLACK_APP_TOKEN": slack.state.app_token,
            "APPROVALS_SLACK_API_URL": slack.url,
        })  # fmt: skip
        worker = make_worker(settings, door.gateway, Bell())
        worker.start()
        slack.wait_for(lambda: slack.sockets.connected)
        worker.stop()
        slack.wait_for(lambda: not slack.sockets.connected)
        door.close()


def test_slack_may_be_away_when_it_starts(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    with CastSlack() as slack:
        door = Door(slack, sqlite_url)
        _away_at_first(door, caplog)
        door.close()


def _away_at_first(door: Door, caplog: pytest.LogCaptureFixture) -> None:
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
