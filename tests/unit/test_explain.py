"""What is explained is what would happen: the moments are checked against the schedule itself."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.domain.directory import Directory, Person
from approvals.domain.errors import Invalid
from approvals.domain.explain import Explanation, explain
from approvals.domain.opening import Terms
from approvals.domain.policy import Policy
from approvals.domain.seating import Reach
from approvals.domain.sentences import span
from approvals.domain.submission import Option
from tests.builders import NOW, a_submission, advanced, an_approval

DIRECTORY = Directory(
    people={n: Person(id=n, name=n.title(), email=f"{n}@example.com") for n in ("ana", "ben", "cleo", "dora")},
    groups={"finance": ("ana", "ben"), "legal": ("cleo", "ben")},
)
TERMS = Terms(reach=Reach(channels=frozenset({"mail", "slack"})))


def policy(*stages: dict[str, Any], **more: Any) -> Policy:
    return msgspec.convert({"stages": stages, **more}, Policy)


def explained(**changes: Any) -> Explanation:
    return explain(a_submission(**changes), directory=DIRECTORY, terms=TERMS, now=NOW)


def test_the_shorthand_is_explained_in_full() -> None:
    assert explained().text == (
        "Ana and Ben are asked at once.",
        "1 of the 2 has to approve.",
        "A single rejection ends it.",
        "rhea@example.com asks for it, and so may not answer.",
        (
            "Time is up 7 days after it was sent, on Monday, 9 March 2026, 09:30 UTC:"
            " the policy says nothing, and this is the limit here."
        ),
        "If it is still open then, the waiting state fails with the error Approval.TimedOut.",
        "After a rejection the waiting state fails with the error Approval.Rejected.",
    )


FINANCE = {"groups": [{"from": ["group:finance"]}]}
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "one person": ({"reviewers": ("ana",)}, "That person has to approve."),
    "all": ({"need": "all"}, "All 2 of them have to approve."),
    "some": ({"reviewers": ("ana", "ben", "cleo"), "need": 2}, "2 of the 3 have to approve."),
    "several groups": (
        {"policy": policy({"groups": [{"from": ["group:finance"]}, {"from": ["group:legal"], "need": 2}]})},
        "Needed, in any order: 1 of 2 from finance and 2 of 2 from legal.",
    ),
    "a named step": (
        {"policy": policy({**FINANCE, "name": "money"}, {"groups": [{"from": ["cleo"]}]})},
        "Step 1 of 2, “money”: Ana and Ben are asked at once.",
    ),
    "a later step": (
        {"policy": policy(FINANCE, {"groups": [{"from": ["cleo"]}]})},
        "Step 2 of 2: Cleo is asked as soon as step 1 is done.",
    ),
    "someone in two steps": (
        {"policy": policy(FINANCE, {"groups": [{"from": ["group:legal"]}]})},
        "Who has answered in an earlier step is not asked again: one person counts once.",
    ),
    "many people": (
        {"reviewers": tuple(f"r{n}@a.example" for n in range(9))},
        "r0@a.example, r1@a.example, r2@a.example, r3@a.example, r4@a.example and 4 others are asked at once.",
    ),
    "a quiet step": (
        {"policy": policy({**FINANCE, "quiet": True})},
        "Ana and Ben may answer at once; nobody is written to for it.",
    ),
    "a channel": ({"policy": policy({**FINANCE, "notify": ["slack:#money"]})}, "slack:#money is told as well."),
    "more rejections": ({"policy": policy({**FINANCE, "reject": 2})}, "2 rejections end it."),
    "reminders": (
        {"policy": policy({**FINANCE, "remind": {"after": "1h", "every": "4h", "times": 3}})},
        "Whoever has not answered is reminded after 1 hour, 5 hours and 9 hours.",
    ),
    "many reminders": (
        {"policy": policy({**FINANCE, "remind": {"after": "1h", "every": "2h", "times": 30}})},
        (
            "Whoever has not answered is reminded after 1 hour, 3 hours and so on, 30 times in all,"
            " the last after 2 days 11 hours."
        ),
    ),
    "reminders of a quiet step": (
        {"policy": policy({**FINANCE, "quiet": True, "notify": ["slack:#money"], "remind": ["1h"]})},
        "slack:#money is reminded after 1 hour.",
    ),
    "nobody to remind": (
        {"policy": policy({**FINANCE, "quiet": True, "remind": ["1h"]})},
        "Nobody is reminded after 1 hour.",
    ),
    "a reminder too late": (
        {"policy": policy({**FINANCE, "remind": ["1h", "3h"]}, timeout="2h")},
        "1 reminder never comes: time is up before.",
    ),
    "reminders too late": (
        {"policy": policy({**FINANCE, "remind": ["2h", "3h"]}, timeout="2h")},
        "2 reminders never come: time is up before.",
    ),
    "others too": (
        {"policy": policy({**FINANCE, "escalate": [{"after": "8h", "to": ["dora", "cleo"]}]})},
        "If it is still open after 8 hours, Dora and Cleo are asked too.",
    ),
    "others instead": (
        {"policy": policy({**FINANCE, "escalate": [{"after": "8h", "to": ["dora"], "mode": "replace"}]})},
        "If it is still open after 8 hours, Dora is asked instead of those who have not answered.",
    ),
    "others, quietly": (
        {"policy": policy({**FINANCE, "quiet": True, "escalate": [{"after": "8h", "to": ["dora"]}]})},
        "If it is still open after 8 hours, Dora may answer too.",
    ),
    "an escalation too late": (
        {"policy": policy({**FINANCE, "escalate": [{"after": "3h", "to": ["dora"]}]}, timeout="2h")},
        "If it is still open after 3 hours (which never comes: time is up before), Dora is asked too.",
    ),
    "a comment always": ({"policy": policy(FINANCE, comment="required")}, "Every answer needs a comment."),
    "a comment to reject": (
        {"policy": policy(FINANCE, comment="requiredOnReject")},
        "A comment is needed for “Reject”.",
    ),
    "high risk": ({"risk": "high"}, "The risk is high: to answer “Approve” one has to type that word."),
    "the policy's time": (
        {"policy": policy(FINANCE, timeout="3d")},
        "Time is up 3 days after it was sent, on Thursday, 5 March 2026, 09:30 UTC: so says the policy.",
    ),
    "the state's time": (
        {"timeout_seconds": 3600},
        (
            "Time is up 55 minutes after it was sent, on Monday, 2 March 2026, 10:25 UTC: shortly before the waiting"
            " state itself gives up."
        ),
    ),
    "approved in the end": (
        {"policy": policy(FINANCE, onTimeout="approve")},
        "If it is still open then, it counts as approved, with the answer “Approve”.",
    ),
    "rejected in the end": (
        {"policy": policy(FINANCE, onTimeout="reject")},
        "If it is still open then, it counts as rejected, with the answer “Reject”.",
    ),
    "an option in the end": (
        {"policy": policy(FINANCE, onTimeout={"option": "reject"})},
        "If it is still open then, it counts as rejected, with the answer “Reject”.",
    ),
    "going on after a rejection": (
        {"policy": policy(FINANCE, onReject="succeed")},
        "After a rejection the workflow goes on, and is told “rejected”.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_sentence_says(case: str) -> None:
    changes, sentence = CASES[case]
    assert sentence in explained(**changes).text


def test_proof_of_identity_is_explained_where_it_is_asked_for() -> None:
    terms = Terms(reach=Reach(channels=frozenset({"mail"}), assurance="signin"))
    submission = a_submission(policy=policy(FINANCE, assurance="slack"))
    said = explain(submission, directory=DIRECTORY, terms=terms, now=NOW).text
    assert "Answers are taken only in Slack or after signing in." in said


def test_several_ways_to_approve_must_agree() -> None:
    options = msgspec.convert(
        [{"id": i, "label": i, "side": "approve"} for i in ("full", "half")],
        tuple[Option, ...],
    )
    said = explained(options=options, need="all").text
    assert "All 2 of them have to approve, all with the same answer." in said
    assert not any("rejection ends" in sentence for sentence in said)


def test_each_person_stands_there_once_with_when_they_are_asked() -> None:
    stages = [
        {**FINANCE, "escalate": [{"after": "8h", "to": ["dora"]}]},
        {"groups": [{"from": ["group:legal"]}]},
    ]
    asked = {person.id: person.when for person in explained(policy=policy(*stages)).reviewers}
    assert asked == {
        "ana": "at once",
        "ben": "at once",
        "dora": "8 hours after step 1 begins, if it is still open",
        "cleo": "when step 1 is done",
    }


def test_a_later_step_counts_from_its_own_beginning() -> None:
    stages = [FINANCE, {"groups": [{"from": ["cleo"]}], "remind": ["1h"]}]
    timeline = explained(policy=policy(*stages)).timeline
    assert [(m.step, m.at, m.after, m.what) for m in timeline] == [
        (1, NOW, None, "Ana and Ben are asked."),
        (2, None, "step 1 is done", "Cleo is asked."),
        (2, None, "1 hour after step 2 begins", "Whoever has not answered is reminded."),
        (None, NOW + timedelta(days=7), None, "Time is up: the waiting state fails with the error Approval.TimedOut."),
    ]


def test_what_cannot_be_submitted_is_not_explained_either() -> None:
    with pytest.raises(Invalid) as refused:
        explained(reviewers=("ana",), need=2)
    assert [fault.path for fault in refused.value.faults] == ["need"]


MINUTES = st.integers(min_value=1, max_value=300)


@given(remind=st.lists(MINUTES, max_size=6), escalate=st.lists(MINUTES, max_size=4), timeout=MINUTES)
def test_the_moments_are_those_of_the_schedule(remind: list[int], escalate: list[int], timeout: int) -> None:
    stage = {
        **FINANCE,
        "remind": [f"{n}m" for n in remind],
        "escalate": [{"after": f"{n}m", "to": ["dora"]} for n in escalate],
    }
    changes = {"policy": policy(stage, timeout=f"{timeout}m")}
    said = [m.at for m in explained(**changes).timeline[1:]]
    assert said == what_happens(changes)


def what_happens(changes: dict[str, Any]) -> list[datetime]:
    """The moments at which a real approval that nobody answers does something by itself."""
    approval, moments = an_approval(directory=DIRECTORY, terms=TERMS, **changes), []
    while approval.next_action_at is not None:
        change = advanced(approval, approval.next_action_at, directory=DIRECTORY)
        assert change is not None
        moments.append(change.note.at)
        approval = change.approval
    return moments


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "no time"), (1, "1 second"), (61, "1 minute 1 second"), (7200, "2 hours"), (90000, "1 day 1 hour")],
)
def test_a_span_reads(seconds: int, words: str) -> None:
    assert span(timedelta(seconds=seconds)) == words
