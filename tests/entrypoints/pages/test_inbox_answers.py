"""Several answers at once in the inbox: each is recorded separately with its result, and none that needs more input."""

import re
from datetime import timedelta
from typing import Any

import pytest

from approvals.domain.directory.people import Directory, Person
from approvals.domain.model.approval import Answer, Status
from approvals.domain.model.forms import Form, Question
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.domain.model.submission import Option
from approvals.entrypoints.app import create_app
from approvals.presentation.messages.pages import OPEN_FOR_LONG
from tests.builders import BY_LINK
from tests.e2e.whole import hidden_fields
from tests.entrypoints.pages.inbox_site import ANA, OURS, Site, selectable
from tests.entrypoints.refusing import contended

ANA_ALONE_COMMENTS = Policy(stages=(Stage(groups=(Group(from_=(ANA,)),)),), comment="required")
SHIP = (Option(id="ship", label="Ship it", side="approve"), Option(id="hold", label="Hold", side="reject"))


@pytest.fixture
def stored_at(database_url: str) -> str:
    return database_url


def test_several_are_answered_by_one_post_each_by_itself(site: Site) -> None:
    ids = [site.submit() for _ in range(3)]
    path = site.path(ids[0])
    done = site.send(path, pick__1=ids[0], pick__2=ids[2], option="approve", comment="Fine")
    page = done.get_data(as_text=True)
    assert (done.status_code, "2 answers recorded" in page, page.count("Approved by ana@example.com.")) == (
        200,
        True,
        2,
    )
    assert [site.status(one) for one in ids] == [Status.APPROVED, Status.PENDING, Status.APPROVED]
    decision = site.world.gateway.approval(ids[2]).decisions[0]
    assert (decision.comment, decision.via, decision.assurance) == ("Fine", "link", "link")
    [_, note, *_] = site.world.gateway.audit(ids[0])
    assert note.facts == {"option": "approve", "via": "link", "together": 2}
    assert len(site.world.callbacks.sent) == 2


def test_all_that_are_shown_are_answered_and_the_next_page_is_left(site: Site) -> None:
    ids = [site.submit() for _ in range(60)]
    path = site.path(ids[0])
    assert len(selectable(site.read(path))) == 50
    [older] = re.findall(r'href="([^"]+before=[^"]+)"', site.read(path))
    assert selectable(site.read(older)) == ids[:10]
    page = site.send(path, every="on", option="reject").get_data(as_text=True)
    assert "50 answers recorded" in page
    assert "See what still waits" in page
    assert [site.status(one) for one in ids] == [Status.PENDING] * 10 + [Status.REJECTED] * 50


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"risk": "high"}, "High risk is answered one by one."),
        ({"form": Form(properties={"sum": Question(type="number")})}, "It asks questions of its own."),
        ({"policy": ANA_ALONE_COMMENTS}, "It wants a comment of its own."),
        ({"options": SHIP}, "It has other answers to choose from."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("option", ["approve", "reject"])
def test_what_asks_for_more_is_opened_and_never_answered_with_others(
    site: Site, changes: dict[str, Any], reason: str, option: str
) -> None:
    plain, other, more = site.submit(), site.submit(), site.submit(**changes)
    path = site.path(plain)
    page = site.read(path)
    assert sorted(selectable(page)) == [plain, other]
    assert "Open to answer" in page
    assert reason in page
    done = site.send(path, every="on", option=option).get_data(as_text=True)
    assert "2 answers recorded" in done
    assert site.status(more) is Status.PENDING


def test_high_risk_is_refused_even_to_who_makes_up_the_form(site: Site) -> None:
    high, plain = site.submit(risk="high"), site.submit()
    done = site.send(site.path(plain), pick__1=high, pick__2=plain, option="reject").get_data(as_text=True)
    assert "1 answer recorded, 1 not" in done
    assert "High risk is answered one by one." in done
    assert (site.status(high), site.status(plain)) == (Status.PENDING, Status.REJECTED)


def test_options_that_all_share_are_the_ones_to_choose_from(site: Site) -> None:
    first = site.submit(options=SHIP)
    site.submit(options=SHIP)
    done = site.send(site.path(first), every="on", option="ship").get_data(as_text=True)
    assert "2 answers recorded" in done


def test_each_reads_what_became_of_it(site: Site) -> None:
    ids = [site.submit() for _ in range(3)]
    wants = Policy(stages=(Stage(groups=(Group(from_=(ANA,)),)),), comment="requiredOnReject")
    ids.append(site.submit(policy=wants))
    path = site.path(ids[0])
    fields = hidden_fields(site.read(path))
    site.world.gateway.decide(ids[1], reviewer=1, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    page = site.client.post(path, data={**fields, "every": "on", "option": "reject"}, headers=OURS).get_data(
        as_text=True
    )
    assert "2 answers recorded, 2 not" in page
    assert "Your answer was not recorded. Approved by ben@example.com." in page
    assert "A comment is required for this answer." in page
    again = site.client.post(path, data={**fields, "every": "on", "option": "reject"}, headers=OURS).get_data(
        as_text=True
    )
    assert "2 answers recorded, 2 not" in again


def test_a_person_who_may_no_longer_answer_is_refused_by_the_same_rule_as_everywhere(site: Site) -> None:
    site.world.directory = Directory(
        people={"ana": Person(id="ana", email=ANA)}, groups={"all": ("ana", "ben@example.com")}
    )
    ids = [site.submit(reviewers=("group:all",)) for _ in range(2)]
    path = site.path(ids[0])
    fields = hidden_fields(site.read(path))
    site.world.directory = Directory(people={"ana": Person(id="ana", email=ANA)}, groups={"all": ("ben@example.com",)})
    page = site.client.post(path, data={**fields, "every": "on", "option": "approve"}, headers=OURS).get_data(
        as_text=True
    )
    assert "0 answers recorded, 2 not" in page
    assert [site.status(one) for one in ids] == [Status.PENDING] * 2


def test_nothing_selected_or_chosen_is_reported_and_what_was_filled_in_stays(site: Site) -> None:
    ids = [site.submit() for _ in range(2)]
    path = site.path(ids[0])
    bare = site.send(path)
    page = bare.get_data(as_text=True)
    assert bare.status_code == 422
    assert "Select what you want to answer." in page
    assert "Choose an answer." in page
    half = site.send(path, pick__1=ids[1], comment="Why not").get_data(as_text=True)
    assert "Why not" in half
    assert f'value="{ids[1]}" checked' in half
    assert "Select what" not in half


@pytest.mark.parametrize("change", ["another's", "old", "other items", "none"])
def test_a_form_that_was_not_rendered_so_for_this_person_decides_nothing(site: Site, change: str) -> None:
    ids = [site.submit() for _ in range(3)]
    path = site.path(ids[0])
    fields = hidden_fields(site.read(path))
    if change == "another's":
        fields["nonce"] = hidden_fields(site.read(site.path(ids[0], reviewer=1)))["nonce"]
    if change == "old":
        site.world.clock.forward(hours=25)
    if change == "other items":
        fields["items"] = " ".join(ids[:2])
    if change == "none":
        del fields["nonce"]
    done = site.client.post(path, data={**fields, "every": "on", "option": "approve"}, headers=OURS)
    assert (done.status_code, OPEN_FOR_LONG in done.get_data(as_text=True)) == (409, True)
    assert {site.status(one) for one in ids} == {Status.PENDING}


def test_time_that_is_up_and_others_at_the_same_moment_are_said(site: Site) -> None:
    ids = [site.submit(timeout_seconds=3600), site.submit()]
    path = site.path(ids[0])
    fields = {**hidden_fields(site.read(path)), "every": "on", "option": "approve"}
    busy = create_app(contended(site.world)).test_client().post(path, data=fields, headers=OURS)
    assert busy.get_data(as_text=True).count("Something else was recorded at the same moment, so this was not.") == 2
    site.world.clock.forward(hours=1)
    page = site.client.post(path, data=fields, headers=OURS).get_data(as_text=True)
    assert "Too late: the deadline passed on Mon 2 Mar 2026, 10:25 UTC. Your answer was not recorded." in page
    assert "1 answer recorded, 1 not" in page


def test_a_double_click_reads_what_the_first_one_did(site: Site) -> None:
    ids = [site.submit() for _ in range(2)]
    path = site.path(ids[0])
    fields = {**hidden_fields(site.read(path)), "every": "on", "option": "approve", "comment": " ok "}
    for _ in range(2):
        page = site.client.post(path, data=fields, headers=OURS).get_data(as_text=True)
        assert "2 answers recorded" in page
    assert len(site.world.gateway.approval(ids[0]).decisions) == 1


def test_a_slow_workflow_holds_up_the_page_for_a_moment_only(site: Site) -> None:
    """Each waits for what is left of five seconds; a workflow is told in any case."""
    waited = []

    def background(function: Any, within: timedelta) -> Any:
        waited.append(within.total_seconds())
        site.world.clock.forward(seconds=2)
        return function()

    client = create_app(site.world.another(background=background)).test_client()
    ids = [site.submit() for _ in range(4)]
    path = site.path(ids[0])
    fields = {**hidden_fields(site.read(path)), "every": "on", "option": "approve"}
    client.post(path, data=fields, headers=OURS)
    assert waited == [5, 3, 1, 0]
    assert len(site.world.callbacks.sent) == 4
