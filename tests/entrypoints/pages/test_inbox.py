"""The inbox: the approvals of a person under all their names, page by page."""

import re

import pytest

from approvals.domain.directory.people import Directory, Person
from approvals.domain.model.approval import Answer
from approvals.domain.model.policy import Group, Policy, Stage
from tests.builders import BY_LINK
from tests.entrypoints.pages.inbox_site import ANA, Site, selectable


@pytest.fixture
def stored_at(database_url: str) -> str:
    return database_url


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
    site.world.gateway.decide(waits, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    page = site.read(site.path(first))
    assert selectable(page) == [first, answered]
    assert "2 approvals wait for your answer" in page


def test_somebody_is_found_by_every_name_they_were_asked_by(site: Site) -> None:
    by_address = site.submit()
    site.world.directory = Directory(people={"Ana": Person(id="Ana", name="Ana", email=ANA)})
    by_name = site.submit(reviewers=("Ana",))
    for path in (site.path(by_address), site.path(by_name)):
        assert sorted(selectable(site.read(path))) == [by_address, by_name]


def test_a_person_who_has_another_address_now_has_another_inbox(site: Site) -> None:
    site.world.directory = Directory(people={"ana": Person(id="ana", email="old@example.com")})
    path = site.path(site.submit(reviewers=("ana",)))
    assert len(selectable(site.read(path))) == 1
    site.world.directory = Directory(people={"ana": Person(id="ana", email="new@example.com")})
    site.submit(reviewers=("ana",))
    assert selectable(site.read(path)) == []


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
        site.world.gateway.decide(
            answered, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link"
        )
    first = site.read(site.path(waits))
    assert selectable(first) == []
    assert "Nothing waits" not in first
    [older] = re.findall(r'href="([^"]+before=[^"]+)"', first)
    assert selectable(site.read(older)) == [waits]
