"""The inbox: the approvals that wait for the person of a link."""

import pytest

from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.model.errors import BadLink
from approvals.domain.model.records import Filter
from tests.builders import a_submission
from tests.fakes import World


def test_of_somebody_without_an_address_for_mail_there_is_no_inbox(world: World) -> None:
    """Nobody has such a link: it would be a forged one."""
    slack = world.another(deployment=Deployment(reach=Reach(channels=frozenset({"slack"}))))
    approval_id = slack.submit(a_submission(reviewers=("slack:U024BE7LH",)), caller="tests").approval_id
    for number in (0, 1, -1):
        with pytest.raises(BadLink):
            world.gateway.inbox(approval_id, reviewer=number)


def test_a_person_who_is_new_in_the_directory_keeps_what_was_asked_by_their_address(world: World) -> None:
    asked_before = world.gateway.submit(a_submission(reviewers=("ana@example.com",)), caller="tests").approval_id
    gateway = world.another(directory=Directory(people={"ana": Person(id="ana", email="ana@example.com")}))
    asked_now = gateway.submit(a_submission(task_token="two", reviewers=("ana",)), caller="tests").approval_id
    for name in ("ana", "ana@example.com"):
        listed = [approval.id for approval in gateway.find(Filter(reviewers=(name,)))]
        assert listed == [asked_now, asked_before], name
    assert [line.approval.id for line in gateway.inbox(asked_now, reviewer=0).lines] == [asked_now, asked_before]


def test_approvals_are_listed_by_every_name_of_a_reviewer_and_by_their_groups(world: World) -> None:
    ana = Person(id="ana", email="ana@b\u00fccher.example", slack="U0ANA", aliases=("a.silva@example.com",))
    directory = Directory(people={"ana": ana}, groups={"finance": ("ana", "ben@example.com")})
    gateway = world.another(directory=directory)
    for_ana = gateway.submit(a_submission(reviewers=("ana",)), caller="tests").approval_id
    for_ben = gateway.submit(a_submission(task_token="two", reviewers=("ben@example.com",)), caller="tests").approval_id
    gateway.submit(a_submission(task_token="three", reviewers=("cleo@example.com",)), caller="tests")
    names = ("ana", "ana@b\u00fccher.example", "ANA@xn--bcher-kva.example", "a.silva@example.com", "slack:U0ANA")
    for name in names:
        assert [approval.id for approval in gateway.find(Filter(reviewers=(name,)))] == [for_ana], name
    assert [approval.id for approval in gateway.find(Filter(reviewers=("group:finance",)))] == [for_ben, for_ana]
    assert gateway.find(Filter(reviewers=("group:unknown",))) == []
