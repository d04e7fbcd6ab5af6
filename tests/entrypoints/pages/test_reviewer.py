"""A reviewer's actions on the page: which are offered to whom, and their effect."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from msgspec.structs import replace

from approvals.domain.calendar.absence import Away
from approvals.domain.directory.people import Directory
from approvals.domain.model.actor import Actor
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.presentation.messages.pages import DONE
from tests.entrypoints.pages.action_forms import BOTH, EVIL, PEOPLE, do, done, events, opened, rendering
from tests.entrypoints.pages.review_page import link, nonce_on, state, words
from tests.fakes import World


@pytest.fixture
def directory() -> Directory:
    return Directory(people=PEOPLE)


class TestReviewers:
    def test_it_is_folded_away_below_the_answer(self, world: World, client: FlaskClient) -> None:
        html = client.get(opened(world)).text
        assert "<details><summary>Not ready to answer?</summary>" in html
        assert html.index('id="answer"') < html.index("<summary>Not ready")
        assert html.count("<form") == 6

    def test_looking_at_it_is_shown_to_everybody(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        assert DONE["claimed"] in done(client, path, "claim")
        assert "You are looking at it, since Mon 2 Mar 2026, 09:30 UTC." in words(client.get(path))
        ben = link(world, "id-0001", reviewer=1)
        assert "Ana is looking at it, since Mon 2 Mar 2026, 09:30 UTC." in words(client.get(ben))
        assert DONE["released"] in done(client, path, "claim", release="true")
        assert "looking at it, since" not in words(client.get(ben))

    def test_a_question_is_shown_with_its_reply_and_the_deadline_stays(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        deadline = state(world).deadline
        assert DONE["asked"] in done(client, path, "ask", text="Which order?\r\nThe 2nd?")
        page = client.get(path)
        assert "Ana asked Mon 2 Mar 2026, 09:30 UTC Which order? The 2nd? No reply yet. The deadline" in words(page)
        assert "Answer by Mon 9 Mar 2026, 09:30 UTC" in words(page)
        assert "Send my answer" in words(page)
        assert "Send my reply" not in words(page), "only whoever asks for it replies"
        assert state(world).deadline == deadline
        world.gateway.reply("id-0001", question=0, text="The 2nd", actor=Actor(via="link", id="rhea@example.com"))
        assert "rhea@example.com replied Mon 2 Mar 2026, 09:30 UTC The 2nd" in words(client.get(path))

    def test_whom_nobody_can_write_to_is_asked_nothing(self, world: World, client: FlaskClient) -> None:
        assert "Ask a question" not in words(client.get(opened(world, requester="billing")))

    def test_the_place_goes_to_somebody_who_is_known(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        assert "cleo" not in client.get(path).text.lower(), "who else is known is nobody's business"
        assert DONE["given"] in done(client, path, "give", to=" cleo ")
        assert "You cannot answer this. This was reassigned to Cleo." in words(client.get(path))
        cleo = words(client.get(link(world, "id-0001", reviewer=2)))
        assert "You answer for Ana." in cleo
        assert "Ben and Cleo (you, for Ana)." in cleo
        assert "<form" not in client.get(path).text

    @pytest.mark.parametrize(
        ("to", "says"),
        [
            ("rhea@example.com", "is not among the people"), ("zoe@example.net", "is not among the people"),
            ("ben", "“ben” is asked already."), ("", "The name or address may have 1 to 320 characters."),
            ("x" * 321, "1 to 320"), (EVIL, "is not among the people"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_with_it_is_beside_it(self, world: World, client: FlaskClient, to: str, says: str) -> None:
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
        assert "Reassign it to somebody else" not in words(client.get(path))
        assert do(client, path, "give", to="cleo@example.net").status_code in (403, 422)
        assert events(world) == ["opened"]

    def test_more_time_is_offered_as_far_as_the_state_waits(self, world: World, client: FlaskClient) -> None:
        path = opened(world, policy=replace(BOTH, timeout="1h"), timeout_seconds=5 * 3600 + 600)
        assert re.findall(r'name="until" value="([^"]+)"', client.get(path).text) == [
            "2026-03-02T11:30:00+00:00", "2026-03-02T14:30:00+00:00",
        ]  # fmt: skip
        assert DONE["extended"] in done(client, path, "extend", until="2026-03-02T14:30:00+00:00")
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
        assert "Remind the others Send the reminders Writes to Ben once more." in words(client.get(path))
        world.deliver_all()
        world.mail.sent.clear()
        assert DONE["nudged"] in done(client, path, "nudge")
        world.deliver_all()
        assert world.mail.events == [("reminded", "ben@example.com")]
        assert "Remind the others" not in words(client.get(path))
        again = do(client, path, "nudge", nonce=nonce)
        assert (again.status_code, "They have just been reminded." in words(again)) == (403, True)

    def test_who_answers_for_somebody_is_told_for_whom_and_until_when(self, world: World, client: FlaskClient) -> None:
        away = Away(from_="2026-03-01", until="2026-03-05", delegate="cleo")
        world.directory = Directory(people={**PEOPLE, "ana": replace(PEOPLE["ana"], away=(away,))})
        ana = opened(world)
        assert "You are away until Fri 6 Mar 2026, 00:00 UTC; Cleo answers for you." in words(client.get(ana))
        cleo = state(world).reviewer("cleo")
        assert cleo is not None
        page = words(client.get(link(world, "id-0001", reviewer=cleo.number)))
        assert "You answer for Ana, who is away until Fri 6 Mar 2026, 00:00 UTC." in page

    def test_who_may_not_answer_is_offered_nothing_and_can_do_nothing(self, world: World, client: FlaskClient) -> None:
        stages = tuple(Stage(name=n, groups=(Group(from_=(n,)),)) for n in ("ana", "ben"))
        ana = opened(world, policy=Policy(stages=stages))
        ben = link(world, "id-0001", reviewer=1)
        assert "<form" not in client.get(ben).text
        nonce = world.gateway.ports.links.nonce(rendering(world, reviewer=1))
        sent = {"ask": {"text": "?"}, "give": {"to": "cleo"}, "extend": {"until": "2026-03-10T00:00:00Z"}}
        for verb in ("claim", "ask", "give", "extend", "nudge"):
            response = do(client, ben, verb, nonce=nonce, **sent.get(verb, {}))
            assert response.status_code == 403
            assert "It is not your turn yet" in words(response)
        assert events(world) == ["opened"]
        assert client.get(ana).status_code == 200
