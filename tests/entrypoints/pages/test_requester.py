"""The requester's page: requesters reply, remind and withdraw there, and never answer."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from msgspec.structs import replace

from approvals.domain.directory.people import Directory
from approvals.domain.model.actor import Actor
from approvals.domain.model.messages.audience import ForRequester
from approvals.domain.model.messages.results import GivenUp
from approvals.presentation.messages.pages import DONE
from tests.builders import BY_LINK, NOW
from tests.entrypoints.pages.action_forms import BOTH, PEOPLE, asked, do, done, events, opened
from tests.entrypoints.pages.review_page import FROM_THE_PAGE, link, nonce_on, send, state, words
from tests.fakes import World


@pytest.fixture
def directory() -> Directory:
    return Directory(people=PEOPLE)


class TestTheRequester:
    def test_they_see_the_current_state_and_reply(self, world: World, client: FlaskClient) -> None:
        path = asked(world, details={"Order": "1234", "Card": "4111"}, sensitive=("Card",))
        page = client.get(path)
        assert "Your reply is needed" in words(page)
        assert "Open until Mon 9 Mar 2026, 09:30 UTC" in words(page)
        assert "Ana asked Mon 2 Mar 2026, 09:30 UTC Which order?" in words(page)
        assert "4111" not in page.text, "what is sensitive is for those who answer"
        assert "only those who answer see this" in words(page)
        world.deliver_all()
        world.mail.sent.clear()
        assert DONE["replied"] in done(client, path, "reply", inquiry="0", text="1234")
        assert "Your reply is needed" not in words(client.get(path))
        assert "You replied Mon 2 Mar 2026, 09:30 UTC 1234 Change my reply" in words(client.get(path))
        world.deliver_all()
        assert world.mail.events == [("replied", "ana@example.com")]
        assert state(world).actions.questions[0].replied_by == "rhea@example.com"

    def test_they_can_never_answer_there(self, world: World, client: FlaskClient) -> None:
        path = asked(world, policy=replace(BOTH, exclude_requester=False))
        page = client.get(path)
        assert 'name="option"' not in page.text
        response = send(client, path, option="approve")
        assert response.status_code == 403
        assert not state(world).decisions
        assert state(world).pending

    @pytest.mark.parametrize("verb", ["claim", "ask", "give", "extend"])
    def test_they_cannot_do_what_reviewers_do(self, world: World, client: FlaskClient, verb: str) -> None:
        path = asked(world)
        before = events(world)
        response = do(client, path, verb, text="x", to="cleo", until="2026-03-10T00:00:00Z")
        assert (response.status_code, "That is not for you to do." in words(response)) == (403, True)
        assert events(world) == before

    @pytest.mark.parametrize("verb", ["reply", "withdraw"])
    def test_reviewers_cannot_do_what_they_do(self, world: World, client: FlaskClient, verb: str) -> None:
        asked(world)
        before = events(world)
        response = do(client, link(world, "id-0001"), verb, inquiry="0", text="x", confirmation="withdraw")
        assert (response.status_code, "That is not for you to do." in words(response)) == (403, True)
        assert events(world) == before

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("", "The text is empty; write what you want to say."),
            (" \n", "The text is empty; write what you want to say."),
            ("x" * 100_000, "at most 2000 characters"),
        ],
    )
    def test_an_invalid_reply_can_be_corrected(self, world: World, client: FlaskClient, text: str, says: str) -> None:
        response = do(client, asked(world), "reply", inquiry="0", text=text)
        assert response.status_code == 422
        assert says in words(response)
        assert '<a href="#reply-0">' in response.text
        assert 'aria-describedby="reply-0-trouble" aria-invalid="true"' in response.text

    @pytest.mark.parametrize("number", ["", "1", "-1", "9" * 5000, "x", "０"])
    def test_a_reply_to_a_question_that_was_not_asked_is_refused(
        self, world: World, client: FlaskClient, number: str
    ) -> None:
        assert do(client, asked(world), "reply", inquiry=number, text="x").status_code == 422

    def test_withdrawing_takes_a_typed_word(self, world: World, client: FlaskClient) -> None:
        path = asked(world)
        assert "<details><summary>Withdraw this request" in client.get(path).text
        response = do(client, path, "withdraw", reason="not needed", confirmation="yes")
        assert response.status_code == 422
        assert "Type “withdraw” to confirm." in words(response)
        assert 'value="not needed"' in response.text
        assert state(world).pending
        nonce = nonce_on(client, path)
        for _ in range(2):
            response = do(client, path, "withdraw", reason="not needed", confirmation=" Withdraw", nonce=nonce)
            if response.status_code == 303:
                page = words(client.get(response.headers["Location"]))
        assert "Withdrawn by rhea@example.com: not needed." in page
        assert state(world).status == "cancelled"
        assert world.callbacks.sent[0].error == "Approval.Cancelled"

    def test_they_remind_anyone_who_has_not_answered_and_are_then_not_offered_it(
        self, world: World, client: FlaskClient
    ) -> None:
        path = asked(world)
        assert DONE["nudged"] in done(client, path, "nudge")
        assert "Remind them" not in words(client.get(path))

    def test_without_a_requester_no_such_link_opens(self, world: World, client: FlaskClient) -> None:
        opened(world, requester=None)
        assert client.get(link(world, "id-0001", holder=ForRequester())).status_code == 404
        assert client.get(link(world, "id-0001", reviewer=99)).status_code == 404

    def test_an_expired_link_brings_a_fresh_one_to_the_same_address(self, world: World, client: FlaskClient) -> None:
        path = asked(world, timeout_seconds=30 * 86400)
        world.gateway.extend("id-0001", until=NOW + timedelta(days=20), actor=Actor(via="command", id="tests"))
        world.deliver_all()
        world.clock.forward(days=8)
        assert client.get(path).status_code == 410
        world.mail.sent.clear()
        assert send(client, f"{path}/fresh".removesuffix("/fresh"), nonce=nonce_on(client, path)).status_code == 410
        fresh = client.post(
            f"{path}/fresh", data={"nonce": nonce_on(client, path), "sure": "true"}, headers=FROM_THE_PAGE
        )
        assert fresh.status_code == 200
        world.deliver_all()
        assert [event for event in world.mail.events if event[0] == "refreshed"] == [("refreshed", "rhea@example.com")]

    def test_who_could_not_be_reached_is_named_without_anybody_elses_name(
        self, world: World, client: FlaskClient
    ) -> None:
        path = opened(world)
        world.deliver_all()
        world.gateway.ask_question("id-0001", reviewer=0, text="?", actor=BY_LINK)
        world.mail.results = [GivenUp("mailbox unknown")]
        world.deliver_all()
        assert "rhea@… could not be reached: mailbox unknown" in words(client.get(path))
