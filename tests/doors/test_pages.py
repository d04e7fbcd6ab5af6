"""The review page by its behaviour: showing changes nothing, only a form of ours decides, and bad links say nothing."""

import dataclasses
import re
from collections.abc import Generator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from approvals.domain.approval import Answer, Approval
from approvals.domain.errors import Refused, Stale
from approvals.domain.forms import Form, Question
from approvals.domain.handover import Rendering
from approvals.domain.messages import GivenUp, TryAgain
from approvals.domain.policy import Group, Policy, Stage
from approvals.domain.submission import Link, Option
from approvals.entrypoints.page_besides import Besides
from approvals.entrypoints.page_posts import OPEN_FOR_LONG
from approvals.entrypoints.pages import OTHERS_AT_ONCE
from approvals.entrypoints.webapp import create_app
from approvals.flows.decide import Decided
from approvals.flows.gateway import Gateway
from tests.builders import CONTEXT, EXECUTION_ARN, NOW, a_submission
from tests.fakes import PUBLIC_URL, World

FROM_THE_PAGE = {"Sec-Fetch-Site": "same-origin"}
FORM_TYPE = "application/x-www-form-urlencoded"
NONE_OF_IT = re.compile(r"refund|1234|420|rhea|ana@|ben@|approval-|id-0", re.IGNORECASE)
BOTH = Policy(stages=(Stage(groups=(Group(from_=("ana@example.com", "ben@example.com"), need=2),)),))
IN_TURN = Policy(
    stages=tuple(
        Stage(groups=(Group(from_=(who,)),), name=name)
        for who, name in (("ana@example.com", "Finance"), ("ben@example.com", "Legal"))
    )
)
FORM = Form(
    required=("sum",),
    properties={
        "sum": Question(type="integer", title="Amount", description="In whole euros.", minimum=1, maximum=420),
        "pay": Question(enum=("Card", "Bank"), title="Pay to"),
        "why": Question(enum=("Late", "Broken", "Wrong", "Lost", "Other"), title="Reason"),
        "day": Question(format="date", title="Day"),
        "mail": Question(format="email", title="Tell", min_length=6, max_length=40),
        "text": Question(format="multiline", title="Note"),
        "tell": Question(type="boolean", title="Tell the customer"),
    },
)


@pytest.fixture
def world(sqlite_url: str) -> Generator[World]:
    world = World(sqlite_url)
    yield world
    world.close()


@pytest.fixture
def app(world: World) -> Flask:
    return create_app(world.gateway)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def submitted(world: World, **changes: Any) -> str:
    return world.gateway.submit(a_submission(**changes), caller="tests").approval_id


def link(world: World, approval_id: str, *, reviewer: int = 0) -> str:
    url = world.gateway.links.url(approval_id, reviewer, now=world.clock())
    return url.removeprefix(PUBLIC_URL)


def opened(world: World, **changes: Any) -> str:
    """The link of Ana, the first reviewer, to a new approval."""
    return link(world, submitted(world, **changes))


def nonce_on(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="nonce" value="([^"]+)"', client.get(path).text)
    assert found, "there is no form on this page"
    return found[1]


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """What a browser sends when somebody fills in the form and presses its button."""
    fields = {"nonce": fields.pop("nonce", None) or nonce_on(client, path), **fields}
    return client.post(path, data=fields, headers=FROM_THE_PAGE)


def raising(error: Exception, world: World) -> Gateway:
    """The world's gateway, but in decide it raises this."""

    class Busy(Gateway):
        def decide(self, *_: Any, **__: Any) -> Decided:
            raise error

    return Busy(**{part.name: getattr(world.gateway, part.name) for part in dataclasses.fields(world.gateway)})


def words(response: TestResponse) -> str:
    """What can be read, without the markup."""
    text = re.sub(r"<script.*?</script>|<title>.*?</title>|<[^>]+>", " ", response.text, flags=re.DOTALL)
    return re.sub(r" ([,.;:”])", r"\1", " ".join(unescape(text).split())).replace("“ ", "“")


def state(world: World, approval_id: str = "id-0001") -> Approval:
    return world.gateway.store.get(approval_id)


class TestShowing:
    def test_get_and_head_change_nothing_and_set_no_cookie(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        before, notes = state(world), world.gateway.store.notes("id-0001")
        for response in (client.head(path), client.get(path), client.get(path)):
            assert response.status_code == 200
            assert "Set-Cookie" not in response.headers
        assert client.head(path).data == b""
        assert (state(world), world.gateway.store.notes("id-0001")) == (before, notes)

    def test_nothing_on_the_page_acts_by_itself(self, world: World, client: FlaskClient) -> None:
        html = client.get(opened(world)).text
        assert 'http-equiv="refresh"' not in html
        assert not re.search(r"\son\w+=|\sstyle=|<script(?! src=)|<style|javascript:", html)
        assert "checked" not in html

    def test_no_policy_of_the_application_stands_in_its_way(self, world: World, client: FlaskClient) -> None:
        response = client.get(opened(world))
        assert "form-action 'self'" in response.headers["Content-Security-Policy"]
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "same-origin"
        for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', response.text):
            with client.get(path) as file:
                assert file.status_code == 200

    @pytest.mark.parametrize(("name", "most"), [("page.css", 16_384), ("page.js", 3_072), ("favicon.svg", 500)])
    def test_what_the_page_needs_stays_small(self, name: str, most: int, client: FlaskClient) -> None:
        with client.get(f"/static/{name}") as file:
            assert 0 < len(file.data) <= most

    def test_what_is_asked_by_whom_and_until_when(self, world: World, client: FlaskClient) -> None:
        text = words(client.get(opened(world, **CONTEXT, description="Please **look**.", tags={"team": "pay"})))
        for expected in (
            "Refund order 1234 (420 €)",
            "Asked by rhea@example.com for the workflow refunds",
            "Answer by Mon 9 Mar 2026, 09:30 UTC, in 7 days",
            "Without an answer by then it expires",
            "Please look.",
            "Order 1234 Amount 420",
            "State Wait for finance",
            "team pay",
            "One answer is enough.",
            "Asked, and not answered yet: ana@example.com (you), ben@example.com.",
        ):
            assert expected in text

    def test_the_fingerprint_stands_there_short_and_whole(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        text = words(client.get(path))
        assert f" {state(world).content_sha256[:12]} {state(world).content_sha256} " in text

    def test_the_execution_has_a_link_to_the_console(self, world: World, client: FlaskClient) -> None:
        html = client.get(opened(world, **CONTEXT)).text
        console = "https://eu-central-1.console.aws.amazon.com/states/home?region=eu-central-1"
        assert f'href="{console}#/v2/executions/details/{EXECUTION_ARN}"' in html

    def test_links_show_their_host_and_tell_it_nothing(self, world: World, client: FlaskClient) -> None:
        html = client.get(opened(world, links=(Link(label="Order", url="https://shop.example.com/1"),))).text
        rel = 'target="_blank" rel="noopener noreferrer nofollow"'
        assert f'<a href="https://shop.example.com/1" {rel}><bdi>Order</bdi></a>' in html
        assert ">shop.example.com<" in html

    def test_details_are_a_table_a_tree_and_whole(self, world: World, client: FlaskClient) -> None:
        details = {
            "secret": "s3",
            "tree": {"a": {"b": {"c": {"d": 1}}}, "none": None, "empty": [], "no": False},
            "alike": [{"x": 1, "y": "z"}, {"x": 2, "y": ""}],
            "long": "w" * 5000,
            "many": list(range(20)),
        }
        response = client.get(opened(world, details=details, sensitive=("secret",)))
        text = words(response)
        assert "secret shown here only s3" in text
        assert "tree a b c 1 entry d 1 none" in text
        assert "none — empty nothing no no" in text
        assert "alike x y 1 z 2 —" in text
        assert '<th scope="col"><bdi>x</bdi></th>' in response.text
        assert "All 5,000 characters" in text
        assert "w" * 5000 in text
        assert "20 entries 0 1 2" in text

    def test_what_comes_from_outside_is_text(self, world: World, client: FlaskClient) -> None:
        evil = "<script>alert(1)</script>\"'><img src=x>"
        html = client.get(
            opened(
                world,
                title=evil,
                description=evil,
                details={evil: {evil: [evil, {evil: evil}]}, "rows": [{evil: evil, "b": 1}] * 2},
                links=(Link(label=evil, url="https://example.com/"),),
                options=(Option(id="a", label=evil, side="approve"),),
                form=Form(title=evil, properties={"q": Question(title=evil, description=evil, enum=(evil,))}),
                tags={evil: evil},
                requester=evil,
                risk="high",
            )
        ).text
        assert "<script>alert" not in html
        assert "<img" not in html

    def test_marks_that_turn_text_around_are_made_visible(self, world: World, client: FlaskClient) -> None:
        html = client.get(opened(world, details={"file": "exe.\u202efdp"}, description="a\u202eb")).text
        assert "\u202e" not in html
        assert "exe.\ufffdfdp" in html

    def test_high_risk_warns_and_asks_to_type_the_answer(self, world: World, client: FlaskClient) -> None:
        text = words(client.get(opened(world, risk="high")))
        assert "High risk. Take your time" in text
        assert "Type “Approve” to confirm" in text

    def test_the_steps_of_a_policy_with_several(self, world: World, client: FlaskClient) -> None:
        response = client.get(opened(world, policy=IN_TURN))
        assert "Finance: now Legal: still to come" in words(response)
        assert '<li class="now" aria-current="step">' in response.text

    def test_who_could_not_be_reached_is_said(self, world: World, client: FlaskClient) -> None:
        world.mail.results = [GivenUp("mailbox unknown")]
        path = opened(world)
        world.deliver_all()
        assert re.search(r"(ana|ben)@… could not be reached: mailbox unknown", words(client.get(path)))

    @pytest.mark.parametrize(
        ("options", "required"),
        [(None, False), ((Option(id="ok", label="Seen", side="approve"),), True)],
        ids=["required to approve", "always required"],
    )
    def test_questions_carry_their_limits(
        self, options: tuple[Option, ...] | None, required: bool, world: World, client: FlaskClient
    ) -> None:
        html = client.get(opened(world, form=FORM, **({"options": options} if options else {}))).text
        [number] = re.findall(r'<input id="form-sum"[^>]+>', html)
        assert 'type="number" step="1" inputmode="numeric" min="1" max="420"' in number
        assert 'aria-describedby="form-sum-hint"' in number
        assert (" required" in number) == required
        assert html.count('type="radio" name="form.pay"') == 3  # and "No answer"
        assert '<select id="form-why"' in html
        assert 'type="date"' in html
        assert 'type="email" dir="auto" minlength="6" maxlength="40"' in html
        assert '<textarea id="form-text"' in html
        assert 'type="checkbox" id="form-tell"' in html
        for name in FORM.properties:
            assert f'id="form-{name}"' in html


class TestAnswering:
    def test_an_answer_is_recorded_and_the_same_link_tells_so(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        nonce = nonce_on(client, path)
        world.clock.forward(seconds=42)
        response = send(client, path, option="approve", comment="fine\r\nby me", nonce=nonce)
        assert (response.status_code, response.headers["Location"]) == (303, path)
        [decision] = state(world).decisions
        assert (decision.option, decision.comment) == ("approve", "fine\nby me")
        assert (decision.via, decision.assurance) == ("link", "link")
        [note] = [note for note in world.gateway.store.notes("id-0001") if note.event == "decided"]
        assert note.facts == {"option": "approve", "via": "link", "secondsOnPage": 42}
        page = client.get(path)
        assert "Approved by ana@example.com." in words(page)
        assert "The workflow has resumed." in words(page)
        assert "You answered “Approve”" in words(page)
        assert "<form" not in page.text

    def test_without_a_choice_nothing_is_decided_and_nothing_typed_is_lost(
        self, world: World, client: FlaskClient
    ) -> None:
        response = send(client, opened(world), comment="I <think> so")
        assert response.status_code == 422
        assert '<a href="#option">Choose an answer.</a>' in response.text
        assert "I &lt;think&gt; so</textarea>" in response.text
        assert state(world).pending
        assert not state(world).decisions

    def test_an_answer_that_there_is_not(self, world: World, client: FlaskClient) -> None:
        response = send(client, opened(world), option="maybe")
        assert response.status_code == 422
        assert "Choose one of approve, reject." in words(response)

    def test_high_risk_takes_only_what_was_typed(self, world: World, client: FlaskClient) -> None:
        path = opened(world, risk="high")
        response = send(client, path, option="approve", confirmation="yes")
        assert response.status_code == 422
        assert '<a href="#confirmation">Type “Approve” to confirm.</a>' in response.text
        assert 'value="yes"' in response.text
        assert re.search(r'value="approve"[^>]* checked', response.text)
        assert state(world).pending
        assert send(client, path, option="approve", confirmation="approve ").status_code == 303

    def test_a_comment_where_one_is_required(self, world: World, client: FlaskClient) -> None:
        policy = Policy(stages=BOTH.stages, comment="requiredOnReject")
        path = opened(world, policy=policy)
        assert "Comment required for “Reject”" in words(client.get(path))
        response = send(client, path, option="reject", comment=" ")
        assert response.status_code == 422
        assert re.search(
            r'<textarea id="comment"[^>]+aria-describedby="comment-trouble" aria-invalid="true"', response.text
        )

    def test_faults_of_the_form_stand_beside_their_fields(self, world: World, client: FlaskClient) -> None:
        typed = {
            "form.sum": "9000",
            "form.day": "tomorrow",
            "form.text": "a\r\nb",
            "form.pay": "Bank",
            "form.why": "Lost",
        }
        response = send(client, opened(world, form=FORM), option="approve", **typed)
        html = response.text
        assert response.status_code == 422
        assert '<a href="#form-sum">“Amount” must be at most 420.</a>' in html
        assert '<a href="#form-day">“Day” must be a date such as 2026-03-31.</a>' in html
        assert 'aria-describedby="form-sum-hint form-sum-trouble" aria-invalid="true"' in html
        assert 'id="form-sum-trouble"' in html
        assert 'value="9000"' in html
        assert "a\nb</textarea>" in html
        assert re.search(r'name="form.pay" value="Bank" checked', html)
        assert "<option selected>Lost</option>" in html
        assert "<title>Error: " in html

    def test_form_answers_are_recorded_with_their_types(self, world: World, client: FlaskClient) -> None:
        path = opened(world, form=FORM)
        sent = {"form.sum": "7", "form.pay": "", "form.tell": "true", "form.mail": ""}
        assert send(client, path, option="approve", **sent).status_code == 303
        assert state(world).decisions[0].form == {"sum": 7, "tell": True}
        assert "Amount 7 Tell the customer yes" in words(client.get(path))

    def test_a_question_that_was_not_asked(self, world: World, client: FlaskClient) -> None:
        response = send(client, opened(world, form=FORM), option="reject", **{"form.other": "1"})
        assert response.status_code == 422
        assert '<a href="#answer">“other” is not asked for.</a>' in response.text

    def test_others_are_still_waited_for_and_one_may_change_ones_mind(self, world: World, client: FlaskClient) -> None:
        path = opened(world, policy=BOTH)
        send(client, path, option="approve", comment="at first")
        page = client.get(path)
        assert "You answered “Approve”." in words(page)
        assert "1 of 2 so far." in words(page)
        assert "not answered yet: ben@example.com." in words(page)
        assert "<details><summary>Change my answer</summary>" in page.text
        assert re.search(r'value="approve"[^>]* checked', page.text)
        assert send(client, path, option="reject", comment="no").status_code == 303
        assert state(world).status == "rejected"
        assert "answered again later" in words(client.get(path))

    def test_what_is_wrong_with_a_changed_answer_is_not_folded_away(self, world: World, client: FlaskClient) -> None:
        path = opened(world, policy=BOTH)
        send(client, path, option="approve")
        assert "<details open><summary>Change my answer" in send(client, path, option="").text

    def test_the_next_stage_goes_on_without_whoever_answered(self, world: World, client: FlaskClient) -> None:
        path = opened(world, policy=IN_TURN)
        nonce = nonce_on(client, path)
        assert "It is not your turn yet" in words(client.get(link(world, "id-0001", reviewer=1)))
        send(client, path, option="approve")
        page = client.get(path)
        assert "Nothing more is asked of you" in words(page)
        assert "<form" not in page.text
        refused = send(client, path, option="reject", nonce=nonce)
        assert refused.status_code == 403
        assert "one person counts once. Your answer was not recorded." in words(refused)
        assert "Refund order 1234" in words(refused)
        assert "<form" not in refused.text
        assert state(world).pending


class TestComingLate:
    def test_the_loser_of_a_race_is_told_who_was_first(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        nonce = nonce_on(client, path)
        send(client, link(world, "id-0001", reviewer=1), option="reject", comment="I was first")
        response = send(client, path, option="approve", nonce=nonce)
        assert response.status_code == 409
        assert "Your answer came after this was settled; it was not recorded." in words(response)
        assert "Rejected by ben@example.com." in words(response)
        assert "I was first" in words(response)
        assert "<form" not in response.text
        assert len(state(world).decisions) == 1

    def test_a_double_click_is_told_what_the_first_click_did(self, world: World, client: FlaskClient) -> None:
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
        assert "Time was up at Mon 2 Mar 2026, 10:25 UTC; your answer was not recorded." in words(response)
        assert not state(world).decisions

    def test_an_expired_approval_says_so(self, world: World, client: FlaskClient) -> None:
        path = opened(world, timeout_seconds=3600)
        world.clock.forward(hours=1)
        world.sweep_all()
        assert "Expired: nobody answered in time. Mon 2 Mar 2026, 10:30 UTC." in words(client.get(path))

    def test_a_cancelled_one_says_why(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        world.gateway.cancel("id-0001", actor="tests", reason="refunded by hand")
        text = words(client.get(path))
        assert "Cancelled: refunded by hand." in text
        assert "Nobody" not in text

    def test_while_the_workflow_is_being_told_the_page_says_so(self, world: World, client: FlaskClient) -> None:
        world.callbacks.results = [TryAgain("throttled")]
        path = opened(world)
        send(client, path, option="approve")
        page = client.get(path)
        assert "The workflow is being told; it has not confirmed yet. Reload this page" in words(page)
        assert "data-poll" in page.text
        world.clock.forward(seconds=10)
        world.deliver_all()
        assert "data-poll" not in client.get(path).text

    def test_a_workflow_that_no_longer_waits(self, world: World, client: FlaskClient) -> None:
        world.callbacks.results = [GivenUp("TaskTimedOut", closed=True)]
        path = opened(world)
        send(client, path, option="approve")
        assert "The workflow no longer waited" in words(client.get(path))


class TestNonce:
    def test_a_page_that_was_open_for_long_is_shown_again(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        nonce = nonce_on(client, path)
        world.clock.forward(hours=24)
        assert send(client, path, nonce=nonce, comment="x" * 5000, option="approve").status_code == 422  # just in time
        world.clock.forward(seconds=1)
        response = send(client, path, option="approve", comment="my words", nonce=nonce)
        assert response.status_code == 409
        assert OPEN_FOR_LONG in words(response)
        assert "my words</textarea>" in response.text
        assert re.search(r'value="approve"[^>]* checked', response.text)
        assert not state(world).decisions

    def test_a_nonce_counts_for_one_reviewer_one_approval_and_one_content(
        self, world: World, client: FlaskClient
    ) -> None:
        path, other = opened(world), opened(world, task_token="another")
        foreign = [
            "",
            "x",
            nonce_on(client, path)[:-1],
            nonce_on(client, other),
            nonce_on(client, link(world, "id-0001", reviewer=1)),
            path.removeprefix("/r/"),
            world.gateway.links.nonce(Rendering("id-0001", 0, NOW, "0" * 64)),
        ]
        for nonce in foreign:
            response = client.post(path, data={"nonce": nonce, "option": "approve"}, headers=FROM_THE_PAGE)
            assert (response.status_code, OPEN_FOR_LONG in words(response)) == (409, True)
        assert client.post(path, data={"option": "approve"}, headers=FROM_THE_PAGE).status_code == 409
        assert not state(world).decisions

    def test_when_too_many_answer_at_once_one_is_asked_to_send_again(self, world: World) -> None:
        client = create_app(raising(Stale("busy"), world)).test_client()
        response = send(client, opened(world), option="approve", comment="kept")
        assert response.status_code == 409
        assert OTHERS_AT_ONCE in words(response)
        assert "kept</textarea>" in response.text

    def test_who_was_replaced_while_they_were_answering_is_told_why(self, world: World) -> None:
        client = create_app(raising(Refused("Others are asked instead."), world)).test_client()
        response = send(client, opened(world), option="approve")
        assert response.status_code == 403
        assert "Others are asked instead. Your answer was not recorded." in words(response)
        assert "<form" not in response.text


class TestOtherSites:
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Sec-Fetch-Site": "same-origin"}, 303),
            ({"Sec-Fetch-Site": "none"}, 403),
            ({"Sec-Fetch-Site": "same-site"}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Sec-Fetch-Site": "cross-site", "Origin": PUBLIC_URL}, 403),
            ({"Origin": PUBLIC_URL}, 303),
            ({"Origin": "https://evil.example"}, 403),
            ({"Origin": PUBLIC_URL.replace("https", "http")}, 403),
            ({"Origin": PUBLIC_URL + ".evil.example"}, 403),
            ({"Origin": "null"}, 403),
            ({}, 403),
        ],
        ids=lambda value: str(value) if isinstance(value, dict) else "",
    )
    def test_only_our_own_page_may_send(
        self, headers: dict[str, str], status: int, world: World, client: FlaskClient
    ) -> None:
        path = opened(world)
        fields = {"nonce": nonce_on(client, path), "option": "approve"}
        response = client.post(path, data=fields, headers=headers)
        assert response.status_code == status
        assert state(world).pending == (status == 403)
        if status == 403:
            assert "Nothing was recorded." in words(response)
            assert not re.search("refund", response.text, re.IGNORECASE)

    def test_nor_ask_for_a_fresh_link(self, world: World, client: FlaskClient) -> None:
        path = opened(world)
        world.clock.forward(days=8)
        nonce = nonce_on(client, path)
        assert client.post(f"{path}/fresh", data={"nonce": nonce}).status_code == 403


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
        answers = [send(client, f"{path}/fresh", nonce=nonce_on(client, path)) for _ in range(2)]
        world.deliver_all()
        assert world.mail.events == [("refreshed", "ana@example.com")]
        world.gateway.cancel("id-0001", actor="tests", reason="")
        answers.append(send(client, f"{path}/fresh", nonce=nonce_on(client, path)))
        assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
        assert "If this approval still waits, a fresh link is on its way" in words(answers[0])

    def test_a_fresh_link_for_an_approval_that_is_gone_is_answered_alike(
        self, world: World, client: FlaskClient
    ) -> None:
        path = link(world, "gone")
        world.clock.forward(days=8)
        assert send(client, f"{path}/fresh", nonce=nonce_on(client, path)).status_code == 200

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


class TestOddBodies:
    @pytest.mark.parametrize(
        ("body", "kind", "status"),
        [
            (b"", None, 415),
            (b"{}", "application/json", 415),
            (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
            (b"option=approve&option=reject", FORM_TYPE, 400),
            (b"option=approve&comment=a%00b", FORM_TYPE, 400),
            (b"opt%00ion=approve", FORM_TYPE, 400),
            (b"comment=%ff%fe", FORM_TYPE, 400),
            (b"comment=\xff", FORM_TYPE, 400),
            (b"comment=%ED%A0%80", FORM_TYPE, 400),  # half of a surrogate pair
            ("&".join(f"f{n}=1" for n in range(101)).encode(), FORM_TYPE, 400),
            (b"comment=" + b"x" * 3_000_000, FORM_TYPE, 413),
            (b"", FORM_TYPE, 409),  # no nonce
            (b"&&=&;&%&%zz=%", FORM_TYPE, 409),
            ("option=approve&comment=\U0001f44d".encode(), f"{FORM_TYPE}; charset=utf-7", 409),
        ],
        ids=lambda value: repr(value)[:40],
    )
    def test_what_no_page_sends_is_refused(
        self, body: bytes, kind: str | None, status: int, world: World, client: FlaskClient
    ) -> None:
        path = opened(world)
        response = client.post(path, data=body, content_type=kind, headers=FROM_THE_PAGE)
        assert response.status_code == status
        assert response.mimetype == "text/html"
        assert state(world).pending

    def test_a_comment_of_the_greatest_length_fits_in_any_script(self, world: World, client: FlaskClient) -> None:
        assert send(client, opened(world), option="approve", comment="\U0001f44d" * 4000).status_code == 303
        assert len(state(world).decisions[0].comment) == 4000

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
    def test_other_methods_are_not_taken(self, method: str, world: World, client: FlaskClient) -> None:
        assert client.open(opened(world), method=method).status_code == 405

    @settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        token=st.one_of(st.none(), st.text(max_size=40)),
        fields=st.lists(
            st.tuples(
                st.sampled_from(["option", "comment", "confirmation", "nonce", "form.sum", "form.day", "form.tell"])
                | st.text(max_size=8),
                st.sampled_from(["approve", "reject", "NONCE", "1e999", "nan", "٣", "9" * 400]) | st.text(max_size=20),
            ),
            max_size=8,
        ),
        noise=st.binary(max_size=12),
        fresh=st.booleans(),
    )
    def test_no_token_and_no_body_breaks_it(
        self,
        token: str | None,
        fields: list[tuple[str, str]],
        noise: bytes,
        fresh: bool,
        world: World,
        client: FlaskClient,
    ) -> None:
        policy = Policy(stages=BOTH.stages, timeout="30d")
        own = opened(world, form=FORM, policy=policy)
        path = own if token is None else f"/r/{quote(token, errors='replace')}"
        nonce = nonce_on(client, own)
        filled = [(name, nonce if value == "NONCE" else value) for name, value in fields]
        body = urlencode(filled, errors="replace").encode() + noise
        where = f"{path}/fresh" if fresh else path
        sent = client.post(where, data=body, content_type=FORM_TYPE, headers=FROM_THE_PAGE)
        assert sent.status_code < 500
        assert client.get(where).status_code < 500


def test_every_view_names_how_it_knows_who_asks(app: Flask, world: World) -> None:
    named = {name: getattr(view, "authentication", None) for name, view in app.view_functions.items()}
    assert {name: way for name, way in named.items() if name.startswith("pages.")} == {
        "pages.show": "link",
        "pages.answer": "link",
        "pages.fresh": "link",
        **{f"pages.{name}": "link" for name in Besides(world.gateway).views},
    }


def test_settled_by_others_it_shows_no_form(world: World, client: FlaskClient) -> None:
    path = opened(world, timeout_seconds=int(timedelta(days=3).total_seconds()))
    world.gateway.decide(
        "id-0001", reviewer=1, answer=Answer(option="approve", comment="done"), via="link", assurance="link"
    )
    page = client.get(path)
    assert "Approved by ben@example.com. Mon 2 Mar 2026, 09:30 UTC." in words(page)
    assert "Also asked: ana@example.com (you)." in words(page)
    assert "<form" not in page.text
