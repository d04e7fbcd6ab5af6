"""What is explained is what would happen: the moments are checked against the schedule itself."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from approvals.domain.calendar import Calendar
from approvals.domain.directory import Directory, Person
from approvals.domain.errors import Invalid
from approvals.domain.explain import Explanation, explain
from approvals.domain.foreseeing import MOST
from approvals.domain.forms import Form
from approvals.domain.opening import Terms
from approvals.domain.phrases import length, roughly, span, weekly
from approvals.domain.policy import Policy
from approvals.domain.replies import Replies
from approvals.domain.seating import Reach
from approvals.domain.submission import Option
from approvals.domain.values import duration
from tests.builders import NOW, a_submission, advanced, an_approval
from tests.explained import CASES as FILES
from tests.explained import case, said

ROOT = Path(__file__).parents[2]
BY_NAME = {path.stem: path for path in FILES}
DOCUMENTED = [("escalation", "explain.md"), ("away-with-delegate", "explain.md")]

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
        "Ana and Ben are asked at once, by mail.",
        "1 of the 2 has to approve.",
        "A single rejection ends it.",
        "",
        "rhea@example.com asks for it, and so may not answer.",
        "Whoever is asked may hand their place to somebody else of the directory.",
        "",
        "Once it is approved, the workflow goes on.",
        "After a rejection the waiting state fails with the error Approval.Rejected.",
        (
            "Time is up 7 days after it was sent, on Monday, 9 March 2026, 09:30 UTC:"
            " the policy says nothing, and this is the limit here."
        ),
        "If it is still open then, the waiting state fails with the error Approval.TimedOut.",
        "If too few people are left to approve it, the waiting state fails with the error Approval.Cancelled.",
    )


def replies(**by: Any) -> Replies:
    return msgspec.convert(by, Replies)


def options(**rejecting: Any) -> tuple[Option, ...]:
    """Approve, and these with their outputs."""
    no = (Option(id=name, label=name, side="reject", output=output) for name, output in rejecting.items())
    return (Option(id="yes", label="yes", side="approve"), *no)


OFFICE: dict[str, Any] = {
    "timezone": "Europe/Berlin",
    "hours": {"mon-thu": ["09:00-12:00", "13:00-17:00"], "fri": "09:00-15:00"},
    "holidays": ["2026-03-03", "2026-04-06"],
}
FINANCE = {"groups": [{"from": ["group:finance"]}]}
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "one person": ({"reviewers": ("ana",)}, "That person has to approve."),
    "all": ({"need": "all"}, "Both of them have to approve."),
    "all of more": (
        {"reviewers": ("ana", "ben", "cleo"), "need": "all"},
        "All 3 of them have to approve.",
    ),
    "a share": (
        {"reviewers": ("ana", "ben", "cleo"), "need": "50%"},
        "2 of the 3 (50 %) have to approve.",
    ),
    "one person beside a group": (
        {"policy": policy({"groups": [{"from": ["group:finance"]}, {"from": ["cleo"]}]})},
        "Needed, in any order: 1 of 2 from finance; Cleo.",
    ),
    "some": ({"reviewers": ("ana", "ben", "cleo"), "need": 2}, "2 of the 3 have to approve."),
    "several groups": (
        {"policy": policy({"groups": [{"from": ["group:finance"]}, {"from": ["group:legal"], "need": 2}]})},
        "Needed, in any order: 1 of 2 from finance and 2 of 2 from legal.",
    ),
    "a named step": (
        {"policy": policy({**FINANCE, "name": "money"}, {"groups": [{"from": ["cleo"]}]})},
        "Step 1 of 2, “money”: Ana and Ben are asked at once, by mail.",
    ),
    "a later step": (
        {"policy": policy(FINANCE, {"groups": [{"from": ["cleo"]}]})},
        "Step 2 of 2: Cleo is asked as soon as step 1 is done, by mail.",
    ),
    "someone in two steps": (
        {"policy": policy(FINANCE, {"groups": [{"from": ["group:legal"]}]})},
        "Who has answered in an earlier step is not asked again: one person counts once.",
    ),
    "many people": (
        {"reviewers": tuple(f"r{n}@a.example" for n in range(9))},
        "r0@a.example, r1@a.example, r2@a.example, r3@a.example, r4@a.example and 4 others are asked at once, by mail.",
    ),
    "a quiet step": (
        {"policy": policy({**FINANCE, "quiet": True})},
        "Ana and Ben may answer at once, without being written to.",
    ),
    "a channel": ({"policy": policy({**FINANCE, "notify": ["slack:#money"]})}, "#money in Slack is told as well."),
    "more rejections": ({"policy": policy({**FINANCE, "reject": 2})}, "2 rejections end it."),
    "reminders": (
        {"policy": policy({**FINANCE, "remind": {"after": "1h", "every": "4h", "times": 3}})},
        "Whoever has not answered is reminded after 1 hour and then every 4 hours, 3 times in all.",
    ),
    "many reminders": (
        {"policy": policy({**FINANCE, "remind": {"after": "1h", "every": "2h", "times": 30}})},
        "Whoever has not answered is reminded after 1 hour and then every 2 hours, 30 times in all.",
    ),
    "reminders of a quiet step": (
        {"policy": policy({**FINANCE, "quiet": True, "notify": ["slack:#money"], "remind": ["1h"]})},
        "#money in Slack is reminded after 1 hour.",
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


MORE: dict[str, tuple[dict[str, Any], str]] = {
    "a reply in place of our error": (
        {"answers": replies(expired={"failure": {"error": "TooSlow"}})},
        "If it is still open then, the waiting state fails with the error TooSlow.",
    ),
    "a success in place of our error": (
        {"answers": replies(rejected={"success": {"ok": False}})},
        "After a rejection the workflow goes on with the words that it asked for.",
    ),
    "a failure in place of success": (
        {"answers": replies(approved={"failure": {"cause": "x"}})},
        "Once it is approved, the waiting state fails with the error Approval.Approved.",
    ),
    "an answer with an output": (
        {"options": options(hold=1)},
        "After “hold” the workflow goes on, with the output of that answer.",
    ),
    "other rejections": (
        {"options": options(hold=1, no=None)},
        "After any other rejection the waiting state fails with the error Approval.Rejected.",
    ),
    "a requester who may answer": (
        {"policy": policy(FINANCE, excludeRequester=False), "requester": "ana@example.com"},
        "Ana asks for it, and may answer all the same.",
    ),
    "a form of which nothing is required": (
        {"form": msgspec.convert({"properties": {"note": {}}}, Form)},
        "With an answer one may fill in “note”.",
    ),
    "two channels of many people": (
        {"reviewers": (*(f"r{n}@a.example" for n in range(6)), "slack:U12345")},
        (
            "r0@a.example, r1@a.example, r2@a.example, r3@a.example, r4@a.example and 2 others are asked at once,"
            " by mail or in Slack."
        ),
    ),
    "a step with little time": (
        {"policy": policy({**FINANCE, "timeout": "8h", "onTimeout": "reject"})},
        "If this step is not done within 8 hours, it counts as rejected, with the answer “Reject”.",
    ),
    "many growing gaps": (
        {"policy": policy({**FINANCE, "remind": {"after": "1h", "times": 7, "backoff": 2}})},
        (
            "Whoever has not answered is reminded after 1 hour and then with growing gaps (1 hour, 2 hours and so on),"
            " 7 times in all."
        ),
    ),
    "growing gaps in working days": (
        {
            "policy": policy(
                {**FINANCE, "remind": {"after": "1d", "times": 3, "backoff": 2}}, calendar=OFFICE, timeout="90d"
            )
        },
        (
            "Whoever has not answered is reminded after 1 working day and then with growing gaps"
            " (1 working day and 2 working days)."
        ),
    ),
    "who may use it": (
        {"policy": "guarded", "requester": None},
        "It may be used by tests or arn:* only.",
    ),
    "a digest": ({}, "What asks the same person by mail within 5 minutes comes as one mail."),
}


@pytest.mark.parametrize("case", MORE)
def test_a_sentence_says_too(case: str) -> None:
    changes, sentence = MORE[case]
    guarded = policy(FINANCE, callers=["tests", "arn:*"])
    said = explain(
        a_submission(**changes), directory=msgspec.structs.replace(DIRECTORY, policies={"guarded": guarded}),
        terms=msgspec.structs.replace(TERMS, digest_window=timedelta(minutes=5)), now=NOW, caller="tests",
    )  # fmt: skip
    assert sentence in said.text


def test_at_high_risk_nothing_waits_for_a_digest() -> None:
    terms = msgspec.structs.replace(TERMS, digest_window=timedelta(minutes=5))
    said = explain(a_submission(risk="high"), directory=DIRECTORY, terms=terms, now=NOW).text
    assert not any("comes as one mail" in sentence for sentence in said)


def test_who_is_away_without_anybody_is_waited_for_where_they_are_back_in_time() -> None:
    away = [{"from": "2026-03-02", "until": "2026-03-03T12:00:00Z"}]
    ana = msgspec.convert(
        {"id": "ana", "name": "Ana", "email": "ana@example.com", "timezone": "UTC", "away": away}, Person
    )
    said = explain(
        a_submission(reviewers=("ana",)), directory=Directory(people={"ana": ana}), terms=TERMS, now=NOW,
    )  # fmt: skip
    wanted = (
        "Ana is away until Tuesday, 3 March 2026, 12:00 UTC, and nobody answers for them; until they are back it waits."
    )
    assert wanted in said.text


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
    assert "Both of them have to approve, all with the same answer." in said
    assert not any("rejection ends" in sentence for sentence in said)


def test_each_person_stands_there_once_with_when_they_are_asked() -> None:
    stages: list[dict[str, Any]] = [
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
    stages: list[dict[str, Any]] = [FINANCE, {"groups": [{"from": ["cleo"]}], "remind": ["1h"]}]
    timeline = explained(policy=policy(*stages)).timeline
    assert [(m.step, m.at, m.after, m.what) for m in timeline] == [
        (1, NOW, None, "Ana and Ben are asked."),
        (None, NOW + timedelta(days=7), None, "Time is up: the waiting state fails with the error Approval.TimedOut."),
        (2, None, "step 1 is done", "Cleo is asked."),
        (2, None, "1 hour after step 2 begins", "Whoever has not answered is reminded."),
    ]


def test_what_cannot_be_submitted_is_not_explained_either() -> None:
    with pytest.raises(Invalid) as refused:
        explained(reviewers=("ana",), need=2)
    assert [fault.path for fault in refused.value.faults] == ["need"]


MINUTES = st.integers(min_value=1, max_value=300)
NIGHTS = {"timezone": "America/New_York", "hours": {"fri-sun": "22:00-06:00"}}


def lengths() -> st.SearchStrategy[str]:
    return st.one_of(
        MINUTES.map("{}m".format), st.integers(1, 30).map("{}h".format), st.integers(1, 4).map("{}d".format)
    )


@st.composite
def stages(draw: st.DrawFn, *, last: bool) -> dict[str, Any]:
    """A stage that nobody answers."""
    remind = st.one_of(
        st.lists(lengths(), max_size=4),
        st.fixed_dictionaries(
            {"after": lengths(), "every": lengths(), "times": st.integers(1, 5), "backoff": st.integers(1, 3)}
        ),
    )
    escalate = st.fixed_dictionaries(
        {"after": lengths(), "to": st.just(["dora"]), "mode": st.sampled_from(["add", "replace"])}
    )
    stage: dict[str, Any] = {**FINANCE, "remind": draw(remind), "escalate": draw(st.lists(escalate, max_size=3))}
    if draw(st.booleans()):
        stage["timeout"] = draw(lengths())
        stage["onTimeout"] = draw(st.sampled_from(["fail", "reject"] if last else ["fail", "reject", "pass", "pass"]))
    return stage


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    count = draw(st.integers(1, 3))
    them: list[dict[str, Any]] = [draw(stages(last=n == count - 1)) for n in range(count)]
    longest = max((duration(stage["timeout"]) for stage in them if "timeout" in stage), default=timedelta())
    more = {"timeout": f"PT{int((longest + timedelta(minutes=draw(MINUTES))).total_seconds())}S"}
    calendar = draw(st.sampled_from([None, OFFICE, NIGHTS]))
    for number, stage in enumerate(them):  # one person counts once
        stage["groups"] = [{"from": [("ana", "ben", "cleo")[number]]}]
    return policy(*them, **more, **({"calendar": calendar} if calendar else {}))


@given(policy=policies(), hours=st.integers(0, 24 * 8))
def test_the_moments_are_those_of_the_schedule(policy: Policy, hours: int) -> None:
    """Also by a calendar, over steps that pass when their time is up, from whatever hour of the week on."""
    now = NOW + timedelta(hours=hours)
    said = explain(a_submission(policy=policy), directory=DIRECTORY, terms=TERMS, now=now).timeline[1:]
    assert [m.at for m in said if m.at] == what_happens(policy=policy, now=now)


def what_happens(**changes: Any) -> list[datetime]:
    """The moments at which a real approval that nobody answers does something by itself."""
    approval, moments = an_approval(directory=DIRECTORY, terms=TERMS, **changes), []
    while approval.next_action_at is not None:
        change = advanced(approval, approval.next_action_at, directory=DIRECTORY)
        assert change is not None
        if change.note.event != "reseated" or change.messages:
            moments.append(change.note.at)
        approval = change.approval
    return moments


def test_steps_that_begin_by_themselves_have_their_moments() -> None:
    first = {**FINANCE, "timeout": "1h", "onTimeout": "pass"}
    timeline = explained(
        policy=policy(first, {"groups": [{"from": ["cleo"]}], "remind": ["2h"]}, timeout="1d")
    ).timeline
    assert [(m.step, m.at and m.at - NOW, m.what) for m in timeline] == [
        (1, timedelta(0), "Ana and Ben are asked."),
        (2, timedelta(hours=1), "The time of step 1 is up, and step 2 begins: Cleo is asked."),
        (2, timedelta(hours=3), "Whoever has not answered is reminded."),
        (None, timedelta(days=1), "Time is up: the waiting state fails with the error Approval.TimedOut."),
    ]


def test_a_great_many_moments_are_cut_but_the_end_is_told() -> None:
    stage = {**FINANCE, "remind": {"after": "1m", "every": "1m", "times": 100}}
    other = {"groups": [{"from": ["cleo"]}], "remind": {"after": "1m", "every": "1m", "times": 100}}
    timeline = explained(policy=policy({**stage, "timeout": "2h", "onTimeout": "pass"}, other)).timeline
    assert len(timeline) == MOST + 3
    assert [(m.kind, m.at) for m in timeline[-2:]] == [
        ("asked", NOW + timedelta(hours=2)),
        ("ended", NOW + timedelta(days=7)),
    ]


def test_a_policy_of_endless_moments_ends_as_well() -> None:
    remind = {"after": "1m", "every": "1m", "times": 100}
    them = [
        {"groups": [{"from": [f"r{n}-{k}@a.example" for k in range(12)]}], "remind": remind, "timeout": "1h"}
        for n in range(20)
    ]
    steps = [{"after": f"{n}m", "to": ["dora"]} for n in range(1, 21)]
    first = [{**stage, "onTimeout": "pass", "escalate": steps} for stage in them[:-1]]
    timeline = explained(policy=policy(*first, {**them[-1], "onTimeout": "fail"}, timeout="9d")).timeline
    assert [m.at for m in timeline if m.kind == "ended" and m.at] == [NOW + timedelta(days=9)]
    assert len([m for m in timeline if m.at]) < 2 * MOST


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "no time"), (1, "1 second"), (61, "1 minute 1 second"), (7200, "2 hours"), (90000, "1 day 1 hour")],
)
def test_a_span_reads(seconds: int, words: str) -> None:
    assert span(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.5, "a moment"), (59, "59 seconds"), (3661, "1 hour 1 minute"), (90061, "1 day 1 hour"), (172860, "2 days")],
)
def test_a_rough_span_reads(seconds: float, words: str) -> None:
    assert roughly(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("8h", "8 working hours"), ("1d", "1 working day"), ("P1W", "1 working week"), ("PT0S", "no time"),
        ("P1DT2H", "1 working day 2 working hours"), ("90m", "1 working hour 30 working minutes"),
    ],
)  # fmt: skip
def test_a_length_by_a_calendar_reads(text: str, words: str) -> None:
    assert length(text, msgspec.convert(OFFICE, Calendar)) == words


def test_hours_read_as_on_a_shop_door() -> None:
    assert weekly(msgspec.convert({**OFFICE, "hours": {**OFFICE["hours"], "sat": []}}, Calendar)) == (
        "Mon–Thu 09:00–12:00 and 13:00–17:00, Fri 09:00–15:00 (Europe/Berlin)"
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_policy_is_explained_as_it_was_read_aloud(path: Path) -> None:
    assert said(case(path)) == case(path).text


def test_ten_policies_are_there() -> None:
    assert len(FILES) == 10


@pytest.mark.parametrize(("name", "file"), DOCUMENTED)
def test_the_docs_show_what_is_said(name: str, file: str) -> None:
    """The policy as data, and the words."""
    docs = (ROOT / "docs" / file).read_text(encoding="utf-8")
    assert f"```text\n{case(BY_NAME[name]).text}```" in docs
    written = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", docs, re.DOTALL)]
    one = case(BY_NAME[name])
    assert one.submission in written
    assert not one.directory or one.directory in written
