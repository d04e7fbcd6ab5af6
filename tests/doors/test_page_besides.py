"""What the holder of a link may do besides answering: what the page offers, what a POST does, and what never."""

import re
from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from msgspec.structs import replace
from werkzeug.test import TestResponse

from approvals.domain.absence import Away
from approvals.domain.approval import Answer
from approvals.domain.directory import Directory, Person
from approvals.domain.handover import Rendering
from approvals.domain.messages import REQUESTER, GivenUp
from approvals.domain.policy import Group, Policy, Stage
from approvals.entrypoints.page_besides import OTHERS_AT_ONCE, SAID, SETTLED_BEFORE
from approvals.entrypoints.page_posts import OPEN_FOR_LONG
from approvals.entrypoints.webapp import create_app
from tests.builders import NOW, a_submission
from tests.doors.review_page import FROM_THE_PAGE, link, nonce_on, send, state, words
from tests.fakes import World

PEOPLE = {n: Person(id=n, name=n.title(), email=f"{n}@example.com", timezone="UTC") for n in ("ana", "ben", "cleo")}
BOTH = Policy(stages=(Stage(groups=(Group(from_=("ana", "ben"), need=2),)),))
EVIL = "<script>alert(1)</script>\"'><img src=x>\u202e"
VERBS = ("claim", "ask", "give", "extend", "nudge", "reply", "withdraw")


@pytest.fixture
def world(sqlite_url: str) -> Generator[World]:
    world = World(sqlite_url, directory=Directory(people=PEOPLE))
    yield world
    world.close()


@pytest.fixture
def client(world: World) -> FlaskClient:
    return create_app(world.gateway).test_client()


def opened(world: World, *, reviewer: int = 0, **changes: Any) -> str:
    """The link of Ana, or of somebody else, to a new approval that Rhea asks for."""
    changes = {"policy": BOTH, **changes}
    return link(world, world.gateway.submit(a_submission(**changes), caller="tests").approval_id, reviewer=reviewer)


def do(client: FlaskClient, path: str, verb: str, *, nonce: str | None = None, **fields: str) -> TestResponse:
    """Sends the form of this verb as the page has it."""
    fields = {"nonce": nonce or nonce_on(client, path), **fields}
    return client.post(f"{path}/{verb}", data=fields, headers=FROM_THE_PAGE)


def done(client: FlaskClient, path: str, verb: str, **fields: str) -> str:
    """What the page says afterwards."""
    response = do(client, path, verb, **fields)
    assert response.status_code == 303, words(response)
    return words(client.get(response.headers["Location"]))


def events(world: World) -> list[str]:
    return [note.event for note in world.gateway.store.notes("id-0001")]


def asked(world: World, **changes: Any) -> str:
    """The link of whoever asks, after a question."""
    opened(world, **changes)
    world.gateway.inquire("id-0001", reviewer=0, text="Which order?")
    return link(world, "id-0001", reviewer=REQUESTER)


class TestReviewers:
    def test_it_is_folded_away_below_the_answer(self, world: World, client: FlaskClient) -> None:
        html = client.get(opened(world)).text
        assert "<details><summary>Not ready to answer?</summary>" in html
        assert html.index('id="answer"') < html.index("<summary>Not ready")
        assert html.count("<form") == 6

    def test_looking_at_it_is_shown_to_everybody(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        assert SAID["claimed"] in done(client, path, "claim")
        assert "You are looking at it, since Mon 2 Mar 2026, 09:30 UTC." in words(client.get(path))
        ben = link(world, "id-0001", reviewer=1)
        assert "Ana is looking at it, since Mon 2 Mar 2026, 09:30 UTC." in words(client.get(ben))
        assert SAID["released"] in done(client, path, "claim", release="true")
        assert "looking at it, since" not in words(client.get(ben))

    def test_a_question_is_shown_with_its_reply_and_the_deadline_stays(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        deadline = state(world).deadline
        assert SAID["asked"] in done(client, path, "ask", text="Which order?\r\nThe 2nd?")
        page = client.get(path)
        assert "Ana asked Mon 2 Mar 2026, 09:30 UTC Which order? The 2nd? No reply yet. The time goes on" in words(page)
        assert "Answer by Mon 9 Mar 2026, 09:30 UTC" in words(page)
        assert "Send my answer" in words(page)
        assert "Send my reply" not in words(page), "only whoever asks for it replies"
        assert state(world).deadline == deadline
        world.gateway.reply("id-0001", inquiry=0, text="The 2nd", actor="rhea@example.com")
        assert "rhea@example.com replied Mon 2 Mar 2026, 09:30 UTC The 2nd" in words(client.get(path))

    def test_whom_nobody_can_write_to_is_asked_nothing(self, world: World, client: FlaskClient) -> None:
        assert "Ask a question" not in words(client.get(opened(world, requester="billing")))

    def test_the_place_goes_to_somebody_who_is_known(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        assert "cleo" not in client.get(path).text.lower(), "who else is known is nobody's business"
        assert SAID["given"] in done(client, path, "give", to=" cleo ")
        assert "You cannot answer this. This was handed on to Cleo." in words(client.get(path))
        cleo = words(client.get(link(world, "id-0001", reviewer=2)))
        assert "You answer for Ana." in cleo
        assert "Ben, Cleo (you) for Ana." in cleo
        assert "<form" not in client.get(path).text

    @pytest.mark.parametrize(
        ("to", "says"),
        [
            ("rhea@example.com", "is not among the people"), ("zoe@example.net", "is not among the people"),
            ("ben", "“ben” is asked already."), ("", "This may have 1 to 320 characters."), ("x" * 321, "1 to 320"),
            (EVIL, "is not among the people"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_with_it_stands_beside_it(
        self, world: World, client: FlaskClient, to: str, says: str
    ) -> None:
        response = do(client, opened(world), "give", to=to)
        assert response.status_code == 422
        assert "<details open><summary>Not ready" in response.text
        assert says in words(response)
        assert '<a href="#to">' in response.text
        assert 'aria-describedby="to-hint to-trouble" aria-invalid="true"' in response.text
        assert "<script>" not in response.text
        assert events(world) == ["opened"]

    @pytest.mark.parametrize(("rule", "people"), [("nobody", PEOPLE), ("known", {})])
    def test_where_it_cannot_be_given_to_anybody_nothing_is_offered(
        self, world: World, client: FlaskClient, rule: Any, people: Any
    ) -> None:
        world.directory = Directory(people=people)
        policy = Policy(stages=(Stage(groups=(Group(from_=("ana@example.com", "ben@example.com")),)),), reassign=rule)
        path = opened(world, policy=policy)
        assert "Give it to somebody else" not in words(client.get(path))
        assert do(client, path, "give", to="cleo@example.net").status_code in (403, 422)
        assert events(world) == ["opened"]

    def test_more_time_is_offered_as_far_as_the_state_waits(self, world: World, client: FlaskClient) -> None:
        path = opened(world, policy=replace(BOTH, timeout="1h"), timeout_seconds=5 * 3600 + 600)
        assert re.findall(r'name="until" value="([^"]+)"', client.get(path).text) == [
            "2026-03-02T11:30:00+00:00", "2026-03-02T14:30:00+00:00",
        ]  # fmt: skip
        assert SAID["extended"] in done(client, path, "extend", until="2026-03-02T14:30:00+00:00")
        assert do(client, path, "extend", until="2026-03-02T14:30:00+00:00").status_code == 303, "a double click"
        assert events(world) == ["opened", "extended"]
        assert "More time" not in words(client.get(path))
        assert "Answer by Mon 2 Mar 2026, 14:30 UTC" in words(client.get(path))

    @pytest.mark.parametrize(
        "until",
        ["", "soon", "2026-03-02", "2026-03-02T12:00", "2026-03-01T00:00:00Z", "2030-01-01T00:00:00Z", "9" * 5000],
    )
    def test_no_other_moment_is_taken(self, world: World, client: FlaskClient, until: str) -> None:
        assert do(client, opened(world, timeout_seconds=7200), "extend", until=until).status_code == 422
        assert events(world) == ["opened"]

    def test_reminding_writes_to_the_others_and_is_then_not_offered(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        nonce = nonce_on(client, path)
        assert "Remind the others Writes to Ben once more." in words(client.get(path))
        world.deliver_all()
        world.mail.sent.clear()
        assert SAID["nudged"] in done(client, path, "nudge")
        world.deliver_all()
        assert world.mail.events == [("reminded", "ben@example.com")]
        assert "Remind the others" not in words(client.get(path))
        again = do(client, path, "nudge", nonce=nonce)
        assert (again.status_code, "They have just been reminded." in words(again)) == (403, True)

    def test_who_answers_for_somebody_is_told_for_whom_and_until_when(self, world: World, client: FlaskClient) -> None:
        away = Away(from_="2026-03-01", until="2026-03-05", delegate="cleo")
        world.directory = Directory(people={**PEOPLE, "ana": replace(PEOPLE["ana"], away=(away,))})
        ana = opened(world)
        assert "You are away until 06 March 2026, 00:00 UTC; Cleo answers for you." in words(client.get(ana))
        cleo = state(world).reviewer("cleo")
        assert cleo is not None
        page = words(client.get(link(world, "id-0001", reviewer=cleo.number)))
        assert "You answer for Ana, who is away until Fri 6 Mar 2026, 00:00 UTC." in page

    def test_who_may_not_answer_is_offered_nothing_and_can_do_nothing(self, world: World, client: FlaskClient) -> None:
        stages = tuple(Stage(name=n, groups=(Group(from_=(n,)),)) for n in ("ana", "ben"))
        ana = opened(world, policy=Policy(stages=stages))
        ben = link(world, "id-0001", reviewer=1)
        assert "<form" not in client.get(ben).text
        nonce = world.gateway.links.nonce(rendering(world, reviewer=1))
        sent = {"ask": {"text": "?"}, "give": {"to": "cleo"}, "extend": {"until": "2026-03-10T00:00:00Z"}}
        for verb in ("claim", "ask", "give", "extend", "nudge"):
            response = do(client, ben, verb, nonce=nonce, **sent.get(verb, {}))
            assert response.status_code == 403
            assert "It is not your turn yet" in words(response)
        assert events(world) == ["opened"]
        assert client.get(ana).status_code == 200


def rendering(world: World, *, reviewer: int) -> Rendering:
    return Rendering("id-0001", reviewer, world.clock(), state(world).content_sha256)


class TestWhoeverAsks:
    def test_they_see_how_it_stands_and_reply(self, world: World, client: FlaskClient) -> None:
        path = asked(world, details={"Order": "1234", "Card": "4111"}, sensitive=("Card",))
        page = client.get(path)
        assert "Your reply is needed" in words(page)
        assert "Open until Mon 9 Mar 2026, 09:30 UTC" in words(page)
        assert "Ana asked Mon 2 Mar 2026, 09:30 UTC Which order?" in words(page)
        assert "4111" not in page.text, "what is sensitive is for those who answer"
        assert "only those who answer see this" in words(page)
        world.deliver_all()
        world.mail.sent.clear()
        assert SAID["replied"] in done(client, path, "reply", inquiry="0", text="1234")
        assert "Your reply is needed" not in words(client.get(path))
        assert "You replied Mon 2 Mar 2026, 09:30 UTC 1234 Change my reply" in words(client.get(path))
        world.deliver_all()
        assert world.mail.events == [("replied", "ana@example.com")]
        assert state(world).meanwhile.inquiries[0].replied_by == "rhea@example.com"

    def test_they_can_never_answer_there(self, world: World, client: FlaskClient) -> None:
        path = asked(world, policy=replace(BOTH, exclude_requester=False))
        page = client.get(path)
        assert 'name="option"' not in page.text
        response = send(client, path, option="approve")
        assert response.status_code == 403
        assert not state(world).decisions
        assert state(world).pending

    @pytest.mark.parametrize("verb", ["claim", "ask", "give", "extend"])
    def test_nor_do_what_reviewers_do(self, world: World, client: FlaskClient, verb: str) -> None:
        path = asked(world)
        before = events(world)
        response = do(client, path, verb, text="x", to="cleo", until="2026-03-10T00:00:00Z")
        assert (response.status_code, "That is not for you to do." in words(response)) == (403, True)
        assert events(world) == before

    @pytest.mark.parametrize("verb", ["reply", "withdraw"])
    def test_nor_reviewers_what_they_do(self, world: World, client: FlaskClient, verb: str) -> None:
        asked(world)
        before = events(world)
        response = do(client, link(world, "id-0001"), verb, inquiry="0", text="x", confirmation="withdraw")
        assert (response.status_code, "That is not for you to do." in words(response)) == (403, True)
        assert events(world) == before

    @pytest.mark.parametrize(
        ("text", "says"),
        [("", "This is empty."), (" \n", "This is empty."), ("x" * 100_000, "at most 2000 characters")],
    )
    def test_what_is_no_reply_stands_there_to_be_mended(
        self, world: World, client: FlaskClient, text: str, says: str
    ) -> None:
        response = do(client, asked(world), "reply", inquiry="0", text=text)
        assert response.status_code == 422
        assert says in words(response)
        assert '<a href="#reply-0">' in response.text
        assert 'aria-describedby="reply-0-trouble" aria-invalid="true"' in response.text

    @pytest.mark.parametrize("number", ["", "1", "-1", "9" * 5000, "x", "０"])
    def test_a_question_that_was_not_asked(self, world: World, client: FlaskClient, number: str) -> None:
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
        assert "Cancelled: withdrawn by rhea@example.com: not needed." in page
        assert state(world).status == "cancelled"
        assert world.callbacks.sent[0].error == "Approval.Cancelled"

    def test_reminding(self, world: World, client: FlaskClient) -> None:
        path = asked(world)
        assert SAID["nudged"] in done(client, path, "nudge")
        assert "Remind them" not in words(client.get(path))

    def test_without_a_requester_no_such_link_opens(self, world: World, client: FlaskClient) -> None:
        opened(world, requester=None)
        assert client.get(link(world, "id-0001", reviewer=REQUESTER)).status_code == 404
        assert client.get(link(world, "id-0001", reviewer=99)).status_code == 404

    def test_an_expired_link_brings_a_fresh_one_to_the_same_address(self, world: World, client: FlaskClient) -> None:
        path = asked(world, timeout_seconds=30 * 86400)
        world.gateway.extend("id-0001", until=NOW + timedelta(days=20), actor="tests")
        world.deliver_all()
        world.clock.forward(days=8)
        assert client.get(path).status_code == 410
        world.mail.sent.clear()
        assert send(client, f"{path}/fresh".removesuffix("/fresh"), nonce=nonce_on(client, path)).status_code == 410
        fresh = client.post(f"{path}/fresh", data={"nonce": nonce_on(client, path)}, headers=FROM_THE_PAGE)
        assert fresh.status_code == 200
        world.deliver_all()
        assert [event for event in world.mail.events if event[0] == "refreshed"] == [("refreshed", "rhea@example.com")]

    def test_who_could_not_be_reached_is_named_without_anybody_elses_name(
        self, world: World, client: FlaskClient
    ) -> None:
        path = opened(world)
        world.deliver_all()
        world.gateway.inquire("id-0001", reviewer=0, text="?")
        world.mail.results = [GivenUp("mailbox unknown")]
        world.deliver_all()
        assert "rhea@… could not be reached: mailbox unknown" in words(client.get(path))


class TestEveryPost:
    @pytest.mark.parametrize("verb", VERBS)
    def test_only_from_our_page_with_its_nonce(self, world: World, client: FlaskClient, verb: str) -> None:
        asker = verb in ("reply", "withdraw")
        own = asked(world)
        path = own if asker else link(world, "id-0001")
        other = link(world, "id-0001") if asker else own
        fields = {
            "text": "x",
            "inquiry": "0",
            "confirmation": "withdraw",
            "to": "cleo",
            "until": "2026-03-10T00:00:00Z",
        }
        before = events(world)
        for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            sent = {**fields, "nonce": nonce_on(client, path)}
            assert client.post(f"{path}/{verb}", data=sent, headers=headers).status_code == 403
        for nonce in ("", "x", nonce_on(client, other)):
            response = client.post(f"{path}/{verb}", data={**fields, "nonce": nonce}, headers=FROM_THE_PAGE)
            assert (response.status_code, OPEN_FOR_LONG in words(response)) == (409, True)
        nul = client.post(f"{path}/{verb}", data={**fields, "text": "a\0b", "nonce": "x"}, headers=FROM_THE_PAGE)
        assert nul.status_code == 400
        assert client.get(f"{path}/{verb}").status_code == 405
        assert client.post(f"{path[:-1]}/{verb}", data=fields, headers=FROM_THE_PAGE).status_code == 404
        assert events(world) == before

    @pytest.mark.parametrize("verb", VERBS)
    def test_what_was_settled_meanwhile_is_said(self, world: World, client: FlaskClient, verb: str) -> None:
        own = asked(world)
        path = own if verb in ("reply", "withdraw") else link(world, "id-0001")
        nonce = nonce_on(client, path)
        world.gateway.decide("id-0001", reviewer=1, answer=Answer(option="reject"), via="link", assurance="link")
        fields = {
            "text": "x",
            "inquiry": "0",
            "confirmation": "withdraw",
            "to": "cleo",
            "until": "2026-03-10T00:00:00Z",
        }
        response = do(client, path, verb, nonce=nonce, **fields)
        assert (response.status_code, SETTLED_BEFORE in words(response)) == (409, True)
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

    def test_only_our_own_words_are_said_by_an_address(self, world: World, client: FlaskClient) -> None:
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
        assert OTHERS_AT_ONCE not in words(response)
