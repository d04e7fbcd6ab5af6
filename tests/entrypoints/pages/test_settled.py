"""The review page after the end: who answered first, when the deadline passed, and what the workflow got."""

import re
from datetime import timedelta

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from approvals.domain.model.approval import Answer
from approvals.domain.model.messages.results import GivenUp, TryAgain
from approvals.presentation.messages.failing import NOT_REACHED
from tests.builders import BY_LINK
from tests.entrypoints.pages.review_page import link, nonce_on, opened, send, state, words
from tests.fakes import World


class TestComingLate:
    def test_the_loser_of_a_race_reads_who_was_first(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        nonce = nonce_on(client, path)
        send(client, link(world, "id-0001", reviewer=1), option="reject", comment="I was first")
        response = send(client, path, option="approve", nonce=nonce)
        assert response.status_code == 409
        assert "Your answer was not recorded." in words(response)
        assert "Rejected by ben@example.com." in words(response)
        assert "I was first" in words(response)
        assert "<form" not in response.text
        assert len(state(world).decisions) == 1

    def test_a_double_click_reads_what_the_first_click_did(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        nonce = nonce_on(client, path)
        answers = [send(client, path, option="approve", comment="ok", nonce=nonce).status_code for _ in range(3)]
        assert answers == [303, 303, 303]
        assert len(state(world).decisions) == 1
        assert send(client, path, option="reject", nonce=nonce).status_code == 409

    def test_when_time_is_up_answers_are_not_taken(self, world: World, client: FlaskClient) -> None:
        path = opened(world, timeout_seconds=3600)
        nonce = nonce_on(client, path)
        world.clock.now = state(world).deadline
        page = client.get(path)
        assert "Time was up, Mon 2 Mar 2026, 10:25 UTC." in words(page)
        assert "<form" not in page.text
        response = send(client, path, option="approve", nonce=nonce)
        assert response.status_code == 409
        assert "Too late: the deadline passed on Mon 2 Mar 2026, 10:25 UTC. Your answer was not recorded." in words(
            response
        )
        assert not state(world).decisions

    def test_an_expired_approval_reports_it(self, world: World, client: FlaskClient) -> None:
        path = opened(world, timeout_seconds=3600)
        world.clock.forward(hours=1)
        world.sweep_all()
        assert "Expired: nobody answered in time. Mon 2 Mar 2026, 10:30 UTC." in words(client.get(path))

    def test_a_cancelled_one_gives_the_reason(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        world.gateway.cancel("id-0001", actor="tests", reason="refunded by hand")
        text = words(client.get(path))
        assert "Cancelled: refunded by hand." in text
        assert "Nobody" not in text

    def test_while_the_workflow_is_being_told_the_page_reports_it(self, world: World, client: FlaskClient) -> None:
        world.callbacks.results = [TryAgain("throttled")]
        path = opened(world)
        send(client, path, option="approve")
        page = client.get(path)
        sentence = f"{NOT_REACHED} This page refreshes itself for a while."
        assert sentence in words(page)
        assert "data-poll" in page.text
        world.clock.forward(seconds=10)
        world.deliver_all()
        assert "data-poll" not in client.get(path).text

    def test_without_javascript_it_refreshes_itself_until_the_workflow_is_notified(
        self, world: World, client: FlaskClient
    ) -> None:
        world.callbacks.results = [TryAgain("throttled")]
        path = opened(world)
        assert _refreshes(client.get(path)) is None
        send(client, path, option="approve")
        assert _refreshes(client.get(path)) == 3
        world.clock.forward(minutes=10)
        assert _refreshes(client.get(path)) == 60
        world.deliver_all()
        assert _refreshes(client.get(path)) is None

    def test_it_refreshes_itself_less_and_less_and_not_for_ever(self, world: World, client: FlaskClient) -> None:
        world.callbacks.results = [TryAgain("throttled")]
        path = opened(world)
        send(client, path, option="approve")
        reloads = 0
        while (seconds := _refreshes(page := client.get(path))) and reloads < 100:
            world.clock.forward(seconds=seconds)
            reloads += 1
        assert reloads < 80
        assert NOT_REACHED in words(page)

    def test_that_the_workflow_no_longer_waited_is_reported(self, world: World, client: FlaskClient) -> None:
        world.callbacks.results = [GivenUp("TaskTimedOut", closed=True)]
        path = opened(world)
        send(client, path, option="approve")
        assert "The workflow no longer waited" in words(client.get(path))


def test_settled_by_others_it_shows_no_form(world: World, client: FlaskClient) -> None:
    path = opened(world, timeout_seconds=int(timedelta(days=3).total_seconds()))
    world.gateway.decide(
        "id-0001", reviewer=1, answer=Answer(option="approve", comment="done"), actor=BY_LINK, assurance="link"
    )
    page = client.get(path)
    assert "Approved by ben@example.com. Mon 2 Mar 2026, 09:30 UTC." in words(page)
    assert "Also asked: ana@example.com (you)." in words(page)
    assert "<form" not in page.text


def test_a_workflow_that_cannot_be_reached_is_explained(world: World, client: FlaskClient) -> None:
    path = opened(world)
    denied = TryAgain("the gateway has no AWS credentials: set AWS_PROFILE", after=timedelta(minutes=5), kind="denied")
    world.callbacks.results = [denied] * 2
    send(client, path, option="approve", nonce=nonce_on(client, path))
    for minutes in (0, 5):
        world.clock.forward(minutes=minutes)
        world.deliver_all()
        text = words(client.get(path))
        assert "We cannot reach the workflow yet; the people who run this have been notified." in text
        assert f"For them: {denied.reason}." in text
        assert "the next one on" in text
        assert "Reload" not in text
    world.clock.forward(minutes=5)
    world.deliver_all()
    assert "We cannot reach" not in words(client.get(path))


def _refreshes(page: TestResponse) -> int | None:
    """Return after how many seconds the page reloads itself where there is no JavaScript."""
    found = re.search(r'<noscript><meta http-equiv="refresh" content="(\d+)"></noscript>', page.text)
    return int(found[1]) if found else None
