"""Actions as they are stored, on both databases, with their messages and notes."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from approvals.domain.calendar.absence import Away
from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer
from approvals.domain.model.errors import AlreadySettled, NotFound, Refused
from approvals.domain.model.messages.audience import ForRequester
from approvals.domain.model.messages.results import GivenUp
from approvals.domain.model.policy import Group, Policy, Stage
from tests.builders import BY_LINK, NOW, a_submission
from tests.fakes import FakeChannel, World

PEOPLE = {n: Person(id=n, name=n.title(), email=f"{n}@example.com") for n in ("ana", "ben", "cleo", "rhea")}
BOTH = Policy(stages=(Stage(groups=(Group(from_=("ana", "ben"), need=2),)),))
AWAY = Away(from_="2026-03-01T00:00:00Z", until="2026-03-02T12:00:00Z", delegate="cleo")


def opened(world: World, **changes: Any) -> str:
    world.directory = Directory(people=PEOPLE)
    changes = {"policy": BOTH, "requester": "rhea@example.com", **changes}
    approval_id = world.gateway.submit(a_submission(**changes), caller="tests").approval_id
    world.deliver_all()
    world.mail.sent.clear()
    return approval_id


def sent(world: World) -> list[tuple[str, str]]:
    world.deliver_all()
    events = world.mail.events
    world.mail.sent.clear()
    return events


def test_all_of_it_is_kept_and_noted_with_the_door(world: World) -> None:
    approval_id, gateway = opened(world), world.gateway
    reviewer, ana, rhea = (Actor(via="api", id=id_, facts={"caller": "key:ops"}) for id_ in (None, "ana", "rhea"))
    gateway.claim(approval_id, reviewer=0, actor=reviewer)
    gateway.ask_question(approval_id, reviewer=0, text="Which order? 💶", actor=reviewer)
    gateway.reply(approval_id, question=0, text="1234", actor=rhea)
    gateway.extend(approval_id, until=NOW + timedelta(days=8), actor=ana, reviewer=0)
    gateway.remind_now(approval_id, actor=ana, reviewer=0)
    gateway.reassign(approval_id, reviewer=0, to="cleo", actor=ana)
    gateway.claim(approval_id, reviewer=2, actor=reviewer)
    gateway.claim(approval_id, reviewer=2, release=True, actor=reviewer)
    gateway.withdraw(approval_id, actor=rhea, reason="no longer")
    notes = gateway.audit(approval_id)
    events = [
        "opened",
        "claimed",
        "inquired",
        "replied",
        "extended",
        "nudged",
        "handedOver",
        "claimed",
        "released",
        "withdrawn",
    ]
    assert [note.event for note in notes][: len(events)] == events
    assert all(note.facts["caller"] == "key:ops" for note in notes[1 : len(events)])
    stored = gateway.approval(approval_id)
    [question] = stored.actions.questions
    assert (question.text, question.reply, question.replied_by, question.replied_at) == (
        "Which order? 💶",
        "1234",
        "rhea",
        NOW,
    )
    assert (stored.status, stored.deadline) == ("cancelled", NOW + timedelta(days=8))
    [callback] = world.callbacks.sent
    assert callback.error == "Approval.Cancelled"


def test_a_question_and_its_reply_go_to_the_two_whom_they_concern(world: World) -> None:
    approval_id = opened(world)
    world.gateway.ask_question(approval_id, reviewer=0, text="Why?", actor=BY_LINK)
    assert sent(world) == [("inquired", "rhea@example.com")]
    world.gateway.decide(approval_id, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    world.gateway.reply(approval_id, question=0, text="Because", actor=Actor(via="command", id="rhea"))
    assert sent(world) == [("replied", "ana@example.com")], "also to somebody who has answered in the meantime"


def test_a_requester_who_cannot_be_reached_in_slack_gets_the_question_by_mail(world: World) -> None:
    slack = FakeChannel()
    slack.results = [GivenUp("the account is deactivated")]
    reach = Reach(channels=frozenset({"mail", "slack"}))
    rhea = replace(PEOPLE["rhea"], slack="U0RHEA")
    world.gateway = world.another(
        channels={"mail": world.mail, "slack": slack}, deployment=Deployment(reach=reach),
        directory=Directory(people={**PEOPLE, "rhea": rhea}),
    )  # fmt: skip
    approval_id = world.gateway.submit(a_submission(policy=BOTH, requester="rhea"), caller="tests").approval_id
    world.gateway.ask_question(approval_id, reviewer=0, text="Why?", actor=BY_LINK)
    assert ("inquired", "rhea@example.com") in sent(world)
    [note] = [note for note in world.gateway.audit(approval_id) if note.event == "notice.sentOtherwise"]
    assert note.facts == {"to": "U0RHEA", "reason": "the account is deactivated"}


def test_a_question_about_what_is_settled_is_not_sent_any_more(world: World) -> None:
    approval_id = opened(world)
    world.gateway.ask_question(approval_id, reviewer=0, text="Why?", actor=BY_LINK)
    world.gateway.decide(approval_id, reviewer=1, answer=Answer(option="reject"), actor=BY_LINK, assurance="link")
    assert {event for event, _ in sent(world)} == {"settled"}


def test_the_link_of_the_requester_is_theirs_and_a_fresh_one_goes_to_the_same_address(world: World) -> None:
    approval_id = opened(world)
    assert not world.gateway.refresh_link(approval_id, holder=ForRequester()), "they were never written to"
    world.gateway.ask_question(approval_id, reviewer=0, text="Why?", actor=BY_LINK)
    world.deliver_all()
    [(_, _, link)] = world.mail.sent
    assert link is not None
    token = link.rpartition("/")[2]
    assert world.gateway.ports.links.read(token, now=NOW) == (approval_id, ForRequester())
    world.mail.sent.clear()
    assert world.gateway.refresh_link(approval_id, holder=ForRequester())
    assert not world.gateway.refresh_link(approval_id, holder=ForRequester())
    assert sent(world) == [("refreshed", "rhea@example.com")]


def test_to_and_fro_everybody_is_asked_each_time(world: World) -> None:
    approval_id = opened(world)
    for reviewer, to in ((0, "cleo"), (2, "ana"), (0, "cleo"), (2, "ana")):
        world.gateway.reassign(approval_id, reviewer=reviewer, to=to, actor=Actor(via="link", id="x"))
        assert sent(world) == [("asked", f"{to}@example.com")]
    assert [r.id for r in world.gateway.approval(approval_id).eligible] == ["ana", "ben"]


def test_who_is_away_and_back_and_away_again_stops_nothing(world: World) -> None:
    approval_id = opened(world)
    absent = Directory(people={**PEOPLE, "ana": replace(PEOPLE["ana"], away=(AWAY,))})
    for directory, expected in (
        (absent, [("asked", "cleo@example.com"), ("informed", "ana@example.com")]),
        (Directory(people=PEOPLE), [("asked", "ana@example.com")]),
        (absent, [("asked", "cleo@example.com"), ("informed", "ana@example.com")]),
    ):
        world.directory = directory
        world.gateway.claim(approval_id, reviewer=1, actor=BY_LINK, release=approval_id in claimed(world, approval_id))
        assert sorted(sent(world)) == sorted(expected)


def claimed(world: World, approval_id: str) -> list[str]:
    return [approval_id] if world.gateway.approval(approval_id).actions.claim else []


def test_reminding_is_limited_for_all_people_together(world: World) -> None:
    approval_id = opened(world)
    world.gateway.remind_now(approval_id, actor=Actor(via="command", id="rhea"))
    assert sent(world) == [("reminded", "ana@example.com"), ("reminded", "ben@example.com")]
    with pytest.raises(Refused, match="JustReminded"):
        world.another().remind_now(approval_id, actor=Actor(via="command", id="ana"), reviewer=0)
    world.clock.forward(hours=1)
    world.gateway.remind_now(approval_id, actor=Actor(via="command", id="ana"), reviewer=0)
    assert sent(world) == [("reminded", "ben@example.com")]


def test_an_extended_approval_expires_at_its_new_end(world: World) -> None:
    approval_id = opened(world, timeout_seconds=7200, policy=replace(BOTH, timeout="30m"))
    world.gateway.extend(
        approval_id, until=NOW + timedelta(minutes=60), actor=Actor(via="command", id="ana"), reviewer=0
    )
    world.clock.forward(minutes=59)
    world.sweep_all()
    assert world.gateway.approval(approval_id).pending
    world.clock.forward(minutes=1)
    world.sweep_all()
    assert world.gateway.approval(approval_id).status == "expired"


def test_withdrawing_happens_once_and_what_is_not_there_is_not_found(world: World) -> None:
    approval_id = opened(world)
    assert world.gateway.withdraw(approval_id, actor=Actor(via="command", id="rhea")).approval.callback == "delivered"
    with pytest.raises(AlreadySettled):
        world.gateway.withdraw(approval_id, actor=Actor(via="command", id="rhea"))
    with pytest.raises(NotFound):
        world.gateway.remind_now("nothing", actor=Actor(via="command", id="rhea"))
