"""Answering on the review page: answers are recorded, problems are shown at their fields, and no input is lost."""

import re

from flask.testing import FlaskClient

from approvals.domain.model.policy import Policy
from tests.entrypoints.pages.review_page import BOTH, FORM, IN_TURN, link, nonce_on, opened, send, state, words
from tests.fakes import World


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
        [note] = [note for note in world.gateway.audit("id-0001") if note.event == "decided"]
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

    def test_an_answer_that_there_is_not_is_refused_with_those_there_are(
        self, world: World, client: FlaskClient
    ) -> None:
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

    def test_a_comment_is_asked_for_where_one_is_required(self, world: World, client: FlaskClient) -> None:
        policy = Policy(stages=BOTH.stages, comment="requiredOnReject")
        path = opened(world, policy=policy)
        assert "Comment required for “Reject”" in words(client.get(path))
        response = send(client, path, option="reject", comment=" ")
        assert response.status_code == 422
        assert re.search(
            r'<textarea id="comment"[^>]+aria-describedby="comment-trouble" aria-invalid="true"', response.text
        )

    def test_problems_of_the_form_stand_beside_their_fields(self, world: World, client: FlaskClient) -> None:
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

    def test_an_answer_to_a_question_that_was_not_asked_is_refused(self, world: World, client: FlaskClient) -> None:
        response = send(client, opened(world, form=FORM), option="reject", **{"form.other": "1"})
        assert response.status_code == 422
        assert '<a href="#answer">“other” is not asked for.</a>' in response.text

    def test_others_are_still_waited_for_and_one_may_change_ones_mind(self, world: World, client: FlaskClient) -> None:
        path = opened(world, policy=BOTH)
        send(client, path, option="approve", comment="at first")
        page = client.get(path)
        assert "You answered “Approve”." in words(page)
        assert "1 of 2 needed answers so far." in words(page)
        assert "not answered yet: ben@example.com." in words(page)
        assert "<details><summary>Change my answer</summary>" in page.text
        assert re.search(r'value="approve"[^>]* checked', page.text)
        assert send(client, path, option="reject", comment="no").status_code == 303
        assert state(world).status == "rejected"
        assert "answered again later" in words(client.get(path))

    def test_a_person_who_has_answered_is_not_warned_of_the_risk_again(self, world: World, client: FlaskClient) -> None:
        path = opened(world, policy=BOTH, risk="high")
        send(client, path, option="approve", confirmation="approve")
        page = words(client.get(path))
        assert "Waits for others High risk" in page
        assert "Take your time" not in page

    def test_what_is_wrong_with_a_changed_answer_is_not_folded_away(self, world: World, client: FlaskClient) -> None:
        path = opened(world, policy=BOTH)
        send(client, path, option="approve")
        assert "<details open><summary>Change my answer" in send(client, path, option="").text

    def test_the_next_stage_goes_on_without_anyone_who_answered(self, world: World, client: FlaskClient) -> None:
        path = opened(world, policy=IN_TURN)
        nonce = nonce_on(client, path)
        assert "It is not your turn yet" in words(client.get(link(world, "id-0001", reviewer=1)))
        send(client, path, option="approve")
        page = client.get(path)
        assert "Nothing more is needed from you" in words(page)
        assert "<form" not in page.text
        refused = send(client, path, option="reject", nonce=nonce)
        assert refused.status_code == 403
        assert "one person counts once. Your answer was not recorded." in words(refused)
        assert "Refund order 1234" in words(refused)
        assert "<form" not in refused.text
        assert state(world).pending
