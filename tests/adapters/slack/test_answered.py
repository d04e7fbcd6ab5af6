"""Slack names the operator who answered for a reviewer: in each message, and to the reviewer themselves at once."""

import pytest

from approvals.adapters.slack.blocks.message import message, thread_reply
from approvals.adapters.slack.channel import SlackChannel
from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.lifecycle.actions import claim
from approvals.domain.lifecycle.decide import decide
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer, Approval
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import Sent
from approvals.domain.model.messages.topics import AnsweredForYou
from tests.builders import NOW, an_approval
from tests.support.slack.notices import LINK
from tests.support.slack.workspace import CastSlack

IN_SLACK = Deployment(reach=Reach(channels=frozenset({"slack"}), assurance="slack"))
ROOT = Actor(via="command", id="command:root")
PEOPLE = {
    "ana": Person(id="ana", name="Ana", slack="U0ANA"),
    "ben": Person(id="ben", name="Ben Weiss", slack="U0BEN"),
}
BY_ROOT = "Ben Weiss, by operator root (command)"


def an_open(*, need: int = 2, name: str = "Ben Weiss") -> Approval:
    people = {**PEOPLE, "ben": Person(id="ben", name=name, slack="U0BEN")}
    directory = Directory(people=people)
    return an_approval(directory=directory, deployment=IN_SLACK, reviewers=("ana", "ben"), need=need)


def answered(approval: Approval) -> Approval:
    answer = Answer(option="approve")
    change = decide(approval, reviewer=1, answer=answer, actor=ROOT, assurance="operator", now=NOW)
    assert change is not None
    return change.approval


@pytest.mark.parametrize(
    ("need", "says"),
    [(2, "open the page and change it"), (1, "tell the operators of this gateway")],
    ids=["still open", "settled"],
)
def test_the_reviewer_gets_a_note_with_a_link_to_their_page(
    need: int, says: str, channel: SlackChannel, slack: CastSlack
) -> None:
    notice = Notice(about=AnsweredForYou(2), channel="slack", to="U0BEN", audience=ForReviewer(1))
    result = channel.send(notice, answered(an_open(need=need)), link=LINK)
    assert isinstance(result, Sent)
    assert not result.copy
    [posted] = [one for one in slack.team.messages if "answered for you" in one.text]
    assert "Operator root (command) answered for you with “Approve”." in str(posted.blocks)
    assert says in str(posted.blocks)
    [element] = posted.blocks[-1]["elements"]
    assert (element["text"]["text"], element["url"]) == ("Check this answer", LINK)


def test_every_message_names_the_operator_beside_the_reviewer() -> None:
    approval = answered(an_open())
    assert f"{BY_ROOT}: Approve" in str(message(approval, event="asked").blocks)
    settled = answered(an_open(need=1))
    for content in (message(settled, event="settled"), thread_reply(settled, event="settled")):
        assert f"Approved by {BY_ROOT}." in str(content.blocks)


def test_the_reviewers_own_message_states_no_answer_of_theirs() -> None:
    approval = answered(an_open())
    said = str(message(approval, event="asked", reviewer=approval.reviewers[1], link=LINK).blocks)
    assert "Operator root (command) answered for you with “Approve”." in said
    assert "Until it is settled you may change this answer." in said
    assert "Somebody answered for you; it is not settled yet." in said
    assert "You answered" not in said
    assert "You have answered" not in said


def test_a_claim_on_behalf_of_a_reviewer_names_the_operator() -> None:
    change = claim(an_open(), reviewer=1, actor=ROOT, now=NOW)
    assert change is not None
    assert f"{BY_ROOT} is looking at it." in str(message(change.approval, event="asked").blocks)


def test_a_long_name_does_not_push_out_the_operator() -> None:
    approval = answered(an_open(name="B" * 300))
    assert "…, by operator root (command): Approve" in str(message(approval, event="asked").blocks)
