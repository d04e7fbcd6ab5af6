"""Links to the review page: bad ones say nothing, expired ones bring a fresh one, and each view asks for one."""

import re
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient

from approvals.domain.model.policy import Policy
from approvals.entrypoints.pages.actions.routes import ActionViews
from approvals.presentation.messages.pages import OPEN_FOR_LONG
from tests.entrypoints.pages.review_page import BOTH, link, nonce_on, opened, send, state, words
from tests.fakes import World

NONE_OF_IT = re.compile(r"refund|1234|420|rhea|ana@|ben@|approval-|id-0", re.IGNORECASE)


class TestBadLinks:
    def test_bad_links_are_all_alike_and_reveal_nothing(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        nonce = nonce_on(client, path)
        bad = [
            path[:-1],
            path[:-10],
            path + "A",
            "/r/x",
            "/r/" + nonce,
            "/r/" + quote("ä\0\n"),
            link(world, "no-such-approval"),
            link(world, "id-0001", reviewer=7),
        ]
        pages = {client.get(path).text for path in bad}
        assert {client.get(path).status_code for path in bad} == {404}
        assert len(pages) == 1
        assert not NONE_OF_IT.search(pages.pop())
        for path in bad:
            assert send(client, path, nonce=nonce, option="approve").status_code == 404
            assert send(client, f"{path}/fresh", nonce=nonce).status_code == 404
        assert state(world).pending

    def test_an_expired_link_reveals_nothing_and_decides_nothing(self, world: World, client: FlaskClient) -> None:
        path = opened(world, policy=Policy(stages=BOTH.stages, timeout="30d"))
        nonce = nonce_on(client, path)
        world.clock.forward(days=7, seconds=1)
        for response in (client.get(path), send(client, path, nonce=nonce, option="approve")):
            assert response.status_code == 410
            assert not NONE_OF_IT.search(words(response))
            assert "Send me a fresh link" in response.text
        assert client.head(path).status_code == 410
        assert not state(world).decisions

    def test_a_fresh_link_goes_to_the_first_address_and_the_answer_is_always_the_same(
        self, world: World, client: FlaskClient
    ) -> None:
        path = opened(world, policy=Policy(stages=BOTH.stages, timeout="30d"))
        world.deliver_all()
        world.clock.forward(days=8)
        world.mail.sent.clear()
        answers = [send(client, f"{path}/fresh", nonce=nonce_on(client, path), sure="true") for _ in range(2)]
        world.deliver_all()
        assert world.mail.events == [("refreshed", "ana@example.com")]
        world.gateway.cancel("id-0001", actor="tests", reason="")
        answers.append(send(client, f"{path}/fresh", nonce=nonce_on(client, path), sure="true"))
        assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
        assert "If this approval still waits, a fresh link is on its way" in words(answers[0])

    def test_a_fresh_link_for_an_approval_that_is_gone_is_answered_alike(
        self, world: World, client: FlaskClient
    ) -> None:
        path = link(world, "gone")
        world.clock.forward(days=8)
        assert send(client, f"{path}/fresh", nonce=nonce_on(client, path), sure="true").status_code == 200

    def test_asking_for_a_fresh_link_needs_the_page_too(self, world: World, client: FlaskClient) -> None:
        path, other = opened(world), opened(world, task_token="another")
        review = nonce_on(client, path)
        world.clock.forward(days=8)
        for nonce in ("x", review, nonce_on(client, other)):
            response = send(client, f"{path}/fresh", nonce=nonce)
            assert response.status_code == 409
            assert OPEN_FOR_LONG in words(response)
        world.deliver_all()
        assert "refreshed" not in dict(world.mail.events)

    def test_who_has_a_good_link_needs_no_fresh_one(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        response = send(client, f"{path}/fresh", nonce="x")
        assert (response.status_code, response.headers["Location"]) == (303, path)


def test_every_view_names_how_it_knows_who_asks(app: Flask, world: World) -> None:
    named = {name: getattr(view, "authentication", None) for name, view in app.view_functions.items()}
    assert {name: way for name, way in named.items() if name.startswith("pages.")} == {
        "pages.show": "link",
        "pages.answer": "link",
        "pages.fresh": "link",
        **{f"pages.{name}": "link" for name in ActionViews(world.gateway).views},
    }
