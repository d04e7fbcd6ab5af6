"""An approval in words as it stands: who has answered, what is still needed and from whom, what comes next and when."""

from datetime import timedelta
from typing import Any

import msgspec

from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import People
from approvals.domain.lifecycle.actions import claim, extend, remind_now, withdraw
from approvals.domain.lifecycle.decide import decide
from approvals.domain.lifecycle.questions import ask_question, reply
from approvals.domain.lifecycle.reassign import reassign
from approvals.domain.lifecycle.schedule import advance, reevaluate
from approvals.domain.lifecycle.settle import cancel, supersede
from approvals.domain.model.approval import Answer, Approval, Change, Note
from approvals.domain.model.policy import Policy
from approvals.presentation.explain.approval_explanation import explain_approval, timeline_of
from approvals.presentation.explain.policy_explanation import Explanation
from tests.builders import NOW, an_opening, by

NAMES = ("ana", "ben", "cleo", "dora")
DIRECTORY = Directory(
    people={
        n: msgspec.convert({"id": n, "name": n.title(), "email": f"{n}@example.com", "timezone": "UTC"}, Person)
        for n in NAMES
    }
)
HOUR = timedelta(hours=1)
TWO_STEPS: list[dict[str, Any]] = [
    {
        "name": "money",
        "groups": [{"from": ["ana", "ben", "cleo"], "need": 2}],
        "reject": 2,
        "remind": ["2h", "20h"],
        "escalate": [{"after": "8h", "to": ["dora"]}],
    },
    {"groups": [{"from": ["dora"]}, {"from": ["cleo", "rhea@example.com"]}]},
]


class Story:
    """One approval with its trail, to which things happen."""

    def __init__(self, *stages: dict[str, Any], directory: Directory = DIRECTORY, **changes: Any) -> None:
        policy = msgspec.convert({"stages": stages, "timeout": "2d", "excludeRequester": False}, Policy)
        self.directory, self.now, self.notes = directory, NOW, list[Note]()
        self.approval: Approval = self.then(an_opening(policy=policy, directory=directory, **changes))

    def then(self, change: Change | None) -> Approval:
        assert change is not None
        self.approval = change.approval
        self.notes.append(change.note)
        return self.approval

    def answer(self, reviewer: int, option: str = "approve") -> None:
        given = Answer(option=option)
        self.then(decide(self.approval, reviewer=reviewer, answer=given, actor=by(), assurance="link", now=self.now))

    def sweep(self) -> None:
        while change := advance(
            self.approval,
            self.now,
            people=People(directory=self.directory),
        ):
            self.then(change)

    def told(self) -> Explanation:
        return explain_approval(
            self.approval,
            self.notes,
            people=People(directory=self.directory),
            now=self.now,
            timezone="Europe/Berlin",
        )

    def past(self) -> list[str]:
        return [m.what for m in self.told().timeline if m.at and m.at <= self.now]


def test_what_is_still_needed_and_from_whom_and_what_comes_next() -> None:
    story = Story(*TWO_STEPS)
    story.now = NOW + HOUR
    story.answer(0)
    assert story.told().text == (
        "It has waited for 1 hour.",
        "Step 1 of 2, “money”, is open.",
        "Ana answered “Approve”.",
        "Still needed: 1 of Ben and Cleo.",
        "",
        (
            "If nobody answers before, the next thing happens on Monday, 2 March 2026, 12:30 (Europe/Berlin):"
            " Everyone who has not answered is reminded."
        ),
        "Step 2 of 2 comes after that: Cleo, Dora and rhea@example.com are asked.",
        "",
        "Time is up on Wednesday, 4 March 2026, 10:30 (Europe/Berlin), in 1 day 23 hours.",
        "If it is still open then, the waiting state fails with the error Approval.TimedOut.",
    )
    assert [(one.have, one.need, one.of) for one in story.told().needed] == [(1, 2, ("Ben", "Cleo"))]
    alone = timeline_of(story.approval, story.notes, people=People(directory=DIRECTORY), now=story.now)
    assert alone == story.told().timeline, "pages draw the same timeline"
    assert [(m.kind, m.at and (m.at - NOW) / HOUR) for m in story.told().timeline] == [
        ("asked", 0), ("answered", 1), ("reminded", 2), ("escalated", 8), ("reminded", 20), ("ended", 48),
        ("asked", None),
    ]  # fmt: skip


def test_each_group_states_what_it_lacks() -> None:
    story = Story(*TWO_STEPS)
    for reviewer in (0, 1):
        story.answer(reviewer)
    assert "Step 2 of 2 is open." in story.told().text
    assert "Still needed for dora: Dora." in story.told().text
    assert "Still needed for cleo and rhea@example.com: 1 of Cleo and rhea@example.com." in story.told().text
    assert story.past()[-1] == "Step 2 begins: Cleo, Dora and rhea@example.com are asked."
    assert story.told().timeline[-1].kind == "ended"


def test_who_lets_somebody_move_to_another_group_helps_it_too() -> None:
    story = Story({"groups": [{"from": ["ana", "ben", "cleo"], "need": 2}, {"from": ["cleo", "dora"]}]})
    story.answer(2)
    story.answer(0)
    text = story.told().text
    assert "Still needed for cleo and dora: 1 of Ben and Dora." in text, "Ben's answer makes room for Cleo's"
    assert not any("Still needed for ana" in line for line in text)
    story.answer(1)
    assert story.approval.status == "approved"


def test_rejections_are_counted() -> None:
    story = Story(*TWO_STEPS)
    story.answer(2, "reject")
    assert "1 more rejection would end it." in story.told().text
    assert "Still needed: 2 of Ana, Ben and Cleo." in story.told().text


def test_what_happened_is_told_in_order() -> None:
    story = Story(*TWO_STEPS, requester="rhea@example.com")
    story.then(claim(story.approval, reviewer=0, actor=by(), now=story.now))
    ours: dict[str, Any] = {"people": People(directory=story.directory), "now": story.now}
    story.then(ask_question(story.approval, reviewer=0, text="Why?", actor=by(), **ours))
    assert "Ana is looking at it." in story.told().text
    assert "1 question to the requester waits for a reply." in story.told().text
    story.then(reply(story.approval, question=0, text="So.", actor=by("rhea@example.com"), now=story.now))
    story.then(remind_now(story.approval, actor=by("ana"), now=story.now, reviewer=0))
    story.then(extend(story.approval, until=NOW + 60 * HOUR, actor=by("ana"), now=story.now))
    story.then(reassign(story.approval, reviewer=1, to="dora", actor=by("ben"), **ours))
    assert "Dora answers in place of Ben." in story.told().text
    story.then(reassign(story.approval, reviewer=2, to="rod@example.com", actor=by("key:ops"), operator=True, **ours))
    story.then(claim(story.approval, reviewer=0, actor=by(), now=story.now, release=True))
    story.then(withdraw(story.approval, actor=by("rhea@example.com"), reason="not needed.", now=story.now))
    assert story.past() == [
        "The reviewers are asked.",
        "Ana is looking at it.",
        "Ana asked a question.",
        "A question was answered.",
        "Everyone who has not answered is reminded, because Ana asked for it.",
        "The deadline was extended.",
        "Ben reassigned their seat to Dora.",
        "Key ops (API) reassigned the seat of Cleo to rod@example.com.",
        "Ana is no longer looking at it.",
        "Withdrawn: not needed.",
    ]
    assert story.told().needed == ()


def test_what_is_over_is_not_foreseen() -> None:
    story = Story({"groups": [{"from": ["ana"]}], "remind": ["1h"]})
    story.now = NOW + 2 * HOUR
    story.answer(0)
    said = story.told()
    assert said.text == (
        "That was on Monday, 2 March 2026, 12:30 (Europe/Berlin), 2 hours after it was sent.",
        "Ana answered “Approve”.",
    )
    assert [(m.kind, m.what) for m in said.timeline] == [
        ("asked", "Ana is asked."),
        ("answered", "Ana answered “Approve”."),
    ]


def test_reminders_escalations_and_the_end_are_told_as_they_were() -> None:
    story = Story({**TWO_STEPS[0], "timeout": "1d", "onTimeout": "pass"}, {"groups": [{"from": ["dora"]}]})
    for hours in (2, 8, 24, 48):
        story.now = NOW + hours * HOUR
        story.sweep()
    assert story.past() == [
        "The reviewers are asked.",
        "Everyone who has not answered is reminded.",
        "Dora is asked too.",
        "The time of step 1 was up.",
        "Step 2 begins: Dora is asked.",
        "Time was up.",
    ]


def test_when_the_time_of_a_step_is_up_that_is_reported() -> None:
    story = Story({**TWO_STEPS[0], "timeout": "10h", "onTimeout": "pass"}, {"groups": [{"from": ["dora"]}]})
    assert (
        "The time of this step is up on Monday, 2 March 2026, 20:30 (Europe/Berlin), in 10 hours." in story.told().text
    )


def test_a_deadline_that_has_passed_unswept_is_reported_as_passed() -> None:
    story = Story({"groups": [{"from": ["ana"]}]})
    story.now = NOW + timedelta(days=3)
    said = story.told()
    assert "Time was up on Wednesday, 4 March 2026, 10:30 (Europe/Berlin); answers are no longer accepted." in said.text
    assert [m.at for m in said.timeline] == [NOW, story.now]


def test_who_leaves_and_comes_back_is_reported_with_who_is_asked_instead() -> None:
    away = [{"from": "2026-03-02T10:00:00Z", "until": "2026-03-02T12:00:00Z", "delegate": "ben"}]
    ana = msgspec.convert({"id": "ana", "name": "Ana", "email": "ana@example.com", "away": away}, Person)
    story = Story({"groups": [{"from": ["ana"]}]}, directory=Directory(people={**DIRECTORY.people, "ana": ana}))
    foreseen = [m.what for m in story.told().timeline if m.kind == "changed"]
    assert foreseen == [
        "Ana is away. Ben is asked in their place.",
        "Ana is back, and asked again instead of Ben.",
    ]
    for hours in (1, 3):
        story.now = NOW + hours * HOUR
        story.sweep()
    assert story.past()[1:] == foreseen


def test_who_leaves_the_directory_may_no_longer_answer() -> None:
    group = {"groups": [{"from": ["group:money"]}]}
    story = Story(group, directory=msgspec.structs.replace(DIRECTORY, groups={"money": ("ana", "ben")}))
    story.directory = msgspec.structs.replace(DIRECTORY, groups={"money": ("cleo", "ben")})
    story.then(reevaluate(story.approval, NOW, people=People(directory=story.directory)))
    assert story.past()[1:] == ["Cleo is asked. Ana may no longer answer."]


def test_what_becomes_enough_since_somebody_leaves_is_foreseen_and_told() -> None:
    leaves = msgspec.convert(
        {"id": "ben", "email": "ben@example.com", "timezone": "UTC",
         "away": [{"from": "2026-03-02T12:30:00Z", "until": "2026-04-01"}]},
        Person,
    )  # fmt: skip
    directory = msgspec.structs.replace(DIRECTORY, people={**DIRECTORY.people, "ben": leaves})
    both = {"groups": [{"from": ["ana", "ben"], "need": "all"}]}
    story = Story(both, {"groups": [{"from": ["cleo"]}]}, directory=directory)
    story.answer(0)
    foreseen = [m.what for m in story.told().timeline if m.at and m.at > NOW]
    assert "Enough have agreed, and step 2 begins: Cleo is asked." in foreseen
    story.now = NOW + 3 * HOUR
    story.sweep()
    assert story.past()[-2:] == [
        "Fewer were needed from then on, and enough had agreed.", "Step 2 begins: Cleo is asked.",
    ]  # fmt: skip


def test_an_end_from_outside_is_reported_with_its_reason() -> None:
    story = Story({"groups": [{"from": ["ana"]}]})
    open_one = story.approval
    story.then(cancel(open_one, actor="command:ops", reason="the order was withdrawn", now=NOW))
    assert story.past()[-1] == "Cancelled: the order was withdrawn."
    story.notes.pop()
    story.then(supersede(open_one, by="another", now=NOW))
    assert story.past()[-1] == "The workflow asked again."


def test_what_a_rule_approved_names_it() -> None:
    rules = [{"name": "small", "approve": {"because": "it is little"}, "tags": {"team": "x"}}]
    opened = an_opening(
        directory=msgspec.convert({"rules": rules}, Directory), tags={"team": "x"}, reviewers=("a@b.example",)
    )
    assert opened.then is not None
    said = explain_approval(
        opened.then.approval, [opened.note, opened.then.note], people=People(), now=NOW,
        timezone="UTC",
    )  # fmt: skip
    assert [m.what for m in said.timeline] == ["It arrived.", "The rule “small” approved it."]
