"""The POST of every action: only from our page with its nonce; late ones get the reason; text is escaped."""

import re

import pytest
from flask.testing import FlaskClient

from approvals.domain.directory.people import Directory
from approvals.domain.model.approval import Answer
from approvals.presentation.messages.pages import OPEN_FOR_LONG
from tests.builders import BY_LINK
from tests.entrypoints.pages.action_forms import EVIL, PEOPLE, asked, do, done, events, opened
from tests.entrypoints.pages.review_page import FROM_THE_PAGE, link, nonce_on, words
from tests.fakes import World

VERBS = ("claim", "ask", "give", "extend", "nudge", "reply", "withdraw")
EVERYTHING = {"text": "x", "inquiry": "0", "confirmation": "withdraw", "to": "cleo", "until": "2026-03-10T00:00:00Z"}
"""What each of the verbs needs."""


@pytest.fixture
def directory() -> Directory:
    return Directory(people=PEOPLE)


class TestEveryPost:
    @pytest.mark.parametrize("verb", VERBS)
    def test_it_is_taken_only_from_our_page_with_its_nonce(self, world: World, client: FlaskClient, verb: str) -> None:
        asker = verb in ("reply", "withdraw")
        own = asked(world)
        path = own if asker else link(world, "id-0001")
        other = link(world, "id-0001") if asker else own
        before = events(world)
        for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            sent = {**EVERYTHING, "nonce": nonce_on(client, path)}
            assert client.post(f"{path}/{verb}", data=sent, headers=headers).status_code == 403
        for nonce in ("", "x", nonce_on(client, other)):
            response = client.post(f"{path}/{verb}", data={**EVERYTHING, "nonce": nonce}, headers=FROM_THE_PAGE)
            assert (response.status_code, OPEN_FOR_LONG in words(response)) == (409, True)
        nul = client.post(f"{path}/{verb}", data={**EVERYTHING, "text": "a\0b", "nonce": "x"}, headers=FROM_THE_PAGE)
        assert nul.status_code == 400
        assert client.get(f"{path}/{verb}").status_code == 405
        assert client.post(f"{path[:-1]}/{verb}", data=EVERYTHING, headers=FROM_THE_PAGE).status_code == 404
        assert events(world) == before

    @pytest.mark.parametrize("verb", VERBS)
    def test_what_was_settled_meanwhile_is_reported(self, world: World, client: FlaskClient, verb: str) -> None:
        own = asked(world)
        path = own if verb in ("reply", "withdraw") else link(world, "id-0001")
        nonce = nonce_on(client, path)
        world.gateway.decide("id-0001", reviewer=1, answer=Answer(option="reject"), actor=BY_LINK, assurance="link")
        response = do(client, path, verb, nonce=nonce, **EVERYTHING)
        assert (response.status_code, "Too late: the approval was rejected on" in words(response)) == (409, True)
        assert "Rejected by Ben." in words(response)
        assert "<form" not in response.text

    def test_what_others_write_is_text(self, world: World, client: FlaskClient) -> None:
        asker = asked(world, requester=f"{EVIL} <rhea@example.com>")
        reviewer = link(world, "id-0001")
        done(client, reviewer, "ask", text=EVIL)
        done(client, asker, "reply", inquiry="1", text=EVIL)
        for path in (asker, reviewer):
            html = client.get(path).text
            assert "<script>alert" not in html
            assert "<img" not in html
            assert "\u202e" not in re.sub(r"<textarea.*?</textarea>", "", html, flags=re.DOTALL), (
                "but in one's own words"
            )

    def test_only_our_own_words_are_shown_for_an_address(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        for word in ("", "x", EVIL, "CLAIMED"):
            assert 'role="status"' not in client.get(path, query_string={"said": word}).text

    def test_a_page_that_was_open_for_long_keeps_what_was_typed(self, world: World, client: FlaskClient) -> None:
        path = opened(world, timeout_seconds=30 * 86400)
        nonce = nonce_on(client, path)
        world.clock.forward(hours=25)
        response = do(client, path, "ask", text="my <words>", nonce=nonce)
        assert response.status_code == 409
        assert "my &lt;words&gt;</textarea>" in response.text
        assert "Something else was recorded" not in words(response)
