"""The inbox as browsers and others meet it: what is listed for whom, several answers at once, and what is refused."""

import re
from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from approvals.domain.approval import Answer, Status
from approvals.domain.directory import Directory, Person
from approvals.domain.forms import Form, Question
from approvals.domain.policy import Group, Policy, Stage
from approvals.domain.submission import Option
from approvals.entrypoints.page_posts import OPEN_FOR_LONG
from approvals.entrypoints.webapp import create_app
from tests.builders import a_submission
from tests.e2e.whole import hidden_fields
from tests.fakes import World

OURS = {"Sec-Fetch-Site": "same-origin"}
ANA = "ana@example.com"
ANA_ALONE_COMMENTS = Policy(stages=(Stage(groups=(Group(from_=(ANA,)),)),), comment="required")


class Site:
    """Ana's inbox. Each approval has a title of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client: FlaskClient = create_app(world.gateway).test_client()
        self._made = 0

    def submit(self, **changes: Any) -> str:
        self._made += 1
        defaults = {"task_token": f"token-{self._made}", "title": f"Refund {self._made}"}
        return self.world.gateway.submit(a_submission(**{**defaults, **changes}), caller="tests").approval_id

    def path(self, approval_id: str, *, reviewer: int = 0) -> str:
        links, now = self.world.gateway.links, self.world.clock()
        return links.inbox_url(approval_id, reviewer, now=now).removeprefix(self.world.gateway.public_url)

    def read(self, path: str) -> str:
        return self.client.get(path).get_data(as_text=True)

    def send(self, path: str, *, headers: dict[str, str] | None = None, **fields: str) -> TestResponse:
        """The form as the page has it, with these fields filled in. `pick__1` is pick.1."""
        filled = {name.replace("__", "."): value for name, value in fields.items()}
        form = {**hidden_fields(self.read(path)), **filled}
        return self.client.post(path, data=form, headers=OURS if headers is None else headers)

    def status(self, approval_id: str) -> Status:
        return self.world.gateway.store.get(approval_id).status


@pytest.fixture
def site(database_url: str) -> Generator[Site]:
    world = World(database_url)
    yield Site(world)
    world.close()


def titles(page: str) -> list[str]:
    return re.findall(r"Refund \d+(?=</label></h2>|</h2>)", page)


def selectable(page: str) -> list[str]:
    return re.findall(r'name="pick\.\d+" value="([^"]+)"', page)


def test_it_lists_what_waits_for_this_person_and_nothing_else(site: Site) -> None:
    first = site.submit()
    site.submit(reviewers=("ben@example.com",))
    answered = site.submit(reviewers=(ANA, "ben@example.com"), policy=None)
    site.world.gateway.cancel(site.submit(), actor="tests", reason="gone")
    later = Policy(
        stages=(
            Stage(name="a", groups=(Group(from_=("ben@example.com",)),)),
            Stage(name="b", groups=(Group(from_=(ANA,)),)),
        )
    )
    site.submit(policy=later)
    two = Policy(stages=(Stage(groups=(Group(from_=(ANA, "ben@example.com"), need=2),)),))
    waits = site.submit(policy=two)
    site.world.gateway.decide(waits, reviewer=0, answer=Answer(option="approve"), via="link", assurance="link")
    page = site.read(site.path(first))
    assert selectable(page) == [first, answered]
    assert "2 approvals wait for your answer" in page


def test_somebody_is_found_by_every_name_they_were_asked_by(site: Site) -> None:
    by_address = site.submit()
    site.world.directory = Directory(people={"Ana": Person(id="Ana", name="Ana", email=ANA)})
    by_name = site.submit(reviewers=("Ana",))
    for path in (site.path(by_address), site.path(by_name)):
        assert sorted(selectable(site.read(path))) == [by_address, by_name]


def test_whoever_has_another_address_now_has_another_inbox(site: Site) -> None:
    site.world.directory = Directory(people={"ana": Person(id="ana", email="old@example.com")})
    path = site.path(site.submit(reviewers=("ana",)))
    assert len(selectable(site.read(path))) == 1
    site.world.directory = Directory(people={"ana": Person(id="ana", email="new@example.com")})
    site.submit(reviewers=("ana",))
    assert selectable(site.read(path)) == []


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
    decision = site.world.gateway.store.get(ids[2]).decisions[0]
    assert (decision.comment, decision.via, decision.assurance) == ("Fine", "link", "link")
    [_, note, *_] = site.world.gateway.store.notes(ids[0])
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


SHIP = (Option(id="ship", label="Ship it", side="approve"), Option(id="hold", label="Hold", side="reject"))


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


def test_each_is_told_what_became_of_it(site: Site) -> None:
    ids = [site.submit() for _ in range(3)]
    wants = Policy(stages=(Stage(groups=(Group(from_=(ANA,)),)),), comment="requiredOnReject")
    ids.append(site.submit(policy=wants))
    path = site.path(ids[0])
    fields = hidden_fields(site.read(path))
    site.world.gateway.decide(ids[1], reviewer=1, answer=Answer(option="approve"), via="link", assurance="link")
    page = site.client.post(path, data={**fields, "every": "on", "option": "reject"}, headers=OURS).get_data(
        as_text=True
    )
    assert "2 answers recorded, 2 not" in page
    assert "It was settled before your answer came. Approved by ben@example.com." in page
    assert "A comment is required for this answer." in page
    again = site.client.post(path, data={**fields, "every": "on", "option": "reject"}, headers=OURS).get_data(
        as_text=True
    )
    assert "2 answers recorded, 2 not" in again


def test_whoever_may_no_longer_answer_is_refused_by_the_same_rule_as_everywhere(site: Site) -> None:
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


def test_nothing_selected_or_chosen_is_said_and_what_was_filled_in_stays(site: Site) -> None:
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


def test_looking_decides_nothing_and_neither_does_another_site(site: Site) -> None:
    ids = [site.submit() for _ in range(2)]
    path = site.path(ids[0])
    for method in ("GET", "HEAD"):
        assert site.client.open(f"{path}?every=on&option=approve", method=method).status_code == 200
    done = site.send(path, headers={"Sec-Fetch-Site": "cross-site"}, every="on", option="approve")
    assert done.status_code == 403
    assert f'href="{path}"' in done.get_data(as_text=True)
    assert {site.status(one) for one in ids} == {Status.PENDING}


def test_a_link_of_one_purpose_is_none_of_the_other(site: Site) -> None:
    approval_id = site.submit()
    review = site.world.gateway.links.url(approval_id, 0, now=site.world.clock()).rpartition("/")[2]
    assert site.client.get(f"/i/{review}").status_code == 404
    inbox = site.path(approval_id).rpartition("/")[2]
    assert site.client.get(f"/r/{inbox}").status_code == 404
    assert site.client.get(f"{site.path(approval_id)[:-3]}abc").status_code == 404
    assert site.client.get(site.path(approval_id, reviewer=7)).status_code == 404


def test_an_expired_link_sends_the_list_anew_to_the_same_address_and_rarely(site: Site) -> None:
    ids = [site.submit() for _ in range(3)]
    site.world.deliver_all()
    path = site.path(ids[0])
    site.world.clock.forward(days=6, hours=23)
    ids.append(site.submit())
    site.world.clock.forward(hours=2)
    old = site.client.get(path)
    assert old.status_code == 410
    form = hidden_fields(old.get_data(as_text=True))
    for _ in range(2):
        told = site.client.post(f"{path}/fresh", data=form, headers=OURS)
        assert "If anything still waits, a fresh link is on its way" in told.get_data(as_text=True)
    site.world.sweep_all()
    [(digest, link)] = site.world.mail.digests
    assert (digest.to, [line.approval.id for line in digest.lines]) == (ANA, [ids[3]])
    assert selectable(site.read(link.removeprefix(site.world.gateway.public_url))) == [ids[3]]


def test_where_nothing_waits_no_mail_is_sent(site: Site) -> None:
    approval_id = site.submit()
    path = site.path(approval_id)
    site.world.gateway.cancel(approval_id, actor="tests", reason="gone")
    assert "Nothing waits for your answer" in site.read(path)
    site.world.clock.forward(days=8)
    form = hidden_fields(site.client.get(path).get_data(as_text=True))
    assert site.client.post(f"{path}/fresh", data=form, headers=OURS).status_code == 200
    assert site.client.post(f"{path}/fresh", data={"nonce": "made up"}, headers=OURS).status_code == 409
    site.world.deliver_all()
    assert site.world.mail.digests == []


def test_a_link_that_still_works_needs_no_fresh_one(site: Site) -> None:
    path = site.path(site.submit())
    there = site.client.post(f"{path}/fresh", data={"nonce": ""}, headers=OURS)
    assert (there.status_code, there.headers["Location"]) == (303, path)


def test_time_that_is_up_and_others_at_the_same_moment_are_said(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [site.submit(timeout_seconds=3600), site.submit()]
    path = site.path(ids[0])
    fields = {**hidden_fields(site.read(path)), "every": "on", "option": "approve"}
    site.world.clock.forward(hours=1)
    monkeypatch.setattr("approvals.flows.decide.ATTEMPTS", 0)
    late = site.client.post(path, data=fields, headers=OURS).get_data(as_text=True)
    assert late.count("Others answered at the same moment. Try again.") == 2
    monkeypatch.undo()
    page = site.client.post(path, data=fields, headers=OURS).get_data(as_text=True)
    assert "Time was up before your answer came." in page
    assert "1 answer recorded, 1 not" in page


def test_a_double_click_is_told_what_the_first_one_did(site: Site) -> None:
    ids = [site.submit() for _ in range(2)]
    path = site.path(ids[0])
    fields = {**hidden_fields(site.read(path)), "every": "on", "option": "approve", "comment": " ok "}
    for _ in range(2):
        page = site.client.post(path, data=fields, headers=OURS).get_data(as_text=True)
        assert "2 answers recorded" in page
    assert len(site.world.gateway.store.get(ids[0]).decisions) == 1


def test_a_slow_workflow_holds_up_the_page_for_a_moment_only(site: Site) -> None:
    """Each waits for what is left of five seconds; a workflow is told in any case."""
    waited = []

    def aside(function: Any, within: timedelta) -> Any:
        waited.append(within.total_seconds())
        site.world.clock.forward(seconds=2)
        return function()

    client = create_app(site.world.another(aside=aside)).test_client()
    ids = [site.submit() for _ in range(4)]
    path = site.path(ids[0])
    fields = {**hidden_fields(site.read(path)), "every": "on", "option": "approve"}
    client.post(path, data=fields, headers=OURS)
    assert waited == [5, 3, 1, 0]
    assert len(site.world.callbacks.sent) == 4


@pytest.mark.parametrize("before", ["%00", "%ff", "' OR 1", "", "é"])
def test_a_page_that_never_was_is_the_first_one(site: Site, before: str) -> None:
    approval_id = site.submit()
    response = site.client.get(f"{site.path(approval_id)}?before={before}")
    assert (response.status_code, selectable(response.get_data(as_text=True))) == (200, [approval_id])


def test_who_has_answered_very_many_that_still_wait_for_others_finds_the_rest_further_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page costs what it may cost, whatever there is."""
    monkeypatch.setattr("approvals.flows.inbox.MOST_READ", 3)
    both = Policy(stages=(Stage(groups=(Group(from_=(ANA, "ben@example.com"), need=2),)),))
    waits = site.submit()
    for _ in range(4):
        answered = site.submit(policy=both)
        site.world.gateway.decide(answered, reviewer=0, answer=Answer(option="approve"), via="link", assurance="link")
    first = site.read(site.path(waits))
    assert selectable(first) == []
    assert "Nothing waits" not in first
    [older] = re.findall(r'href="([^"]+before=[^"]+)"', first)
    assert selectable(site.read(older)) == [waits]
