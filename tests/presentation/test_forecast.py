"""What is explained is what would happen: the moments are checked against the schedule itself."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from approvals.domain.calendar.quiet_hours import QuietHours
from approvals.domain.model.policy import Policy
from approvals.domain.values import duration
from approvals.presentation.explain.forecast import MOST
from approvals.presentation.explain.policy_explanation import explain
from tests.builders import NOW, a_submission, advanced, an_approval
from tests.support.domain.explanations import DEPLOYMENT, DIRECTORY, FINANCE, OFFICE, explained, policy


def test_a_later_step_counts_from_its_own_beginning() -> None:
    stages: list[dict[str, Any]] = [FINANCE, {"groups": [{"from": ["cleo"]}], "remind": ["1h"]}]
    timeline = explained(policy=policy(*stages)).timeline
    assert [(m.step, m.at, m.after, m.what) for m in timeline] == [
        (1, NOW, None, "Ana and Ben are asked."),
        (None, NOW + timedelta(days=7), None, "Time is up: the waiting state fails with the error Approval.TimedOut."),
        (2, None, "step 1 is done", "Cleo is asked."),
        (2, None, "1 hour after step 2 begins", "Everyone who has not answered is reminded."),
    ]


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


@settings(deadline=None)
@given(policy=policies(), hours=st.integers(0, 24 * 8))
def test_the_moments_are_those_of_the_schedule(policy: Policy, hours: int) -> None:
    """Also by a calendar, over steps that pass when their time is up, from whatever hour of the week on."""
    now = NOW + timedelta(hours=hours)
    said = explain(a_submission(policy=policy), directory=DIRECTORY, deployment=DEPLOYMENT, now=now).timeline[1:]
    assert [m.at for m in said if m.at] == what_happens(policy=policy, now=now)


def what_happens(**changes: Any) -> list[datetime]:
    """The moments at which a real approval that nobody answers does something by itself."""
    approval, moments = an_approval(directory=DIRECTORY, deployment=DEPLOYMENT, **changes), []
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
        (2, timedelta(hours=3), "Everyone who has not answered is reminded."),
        (None, timedelta(days=1), "Time is up: the waiting state fails with the error Approval.TimedOut."),
    ]


def test_the_end_of_quiet_hours_is_told_once_and_not_of_those_who_may_no_longer_answer() -> None:
    asleep = QuietHours(from_="09:00", to="19:00")
    people = {**DIRECTORY.people, "ana": replace(DIRECTORY.people["ana"], quiet_hours=asleep, timezone="UTC")}
    several = {**FINANCE, "remind": ["1h", "2h"]}
    replaced = {**several, "escalate": [{"after": "3h", "to": ["cleo"], "mode": "replace"}]}
    told = [
        explain(
            a_submission(policy=policy(stage)),
            directory=replace(DIRECTORY, people=people),
            deployment=DEPLOYMENT,
            now=NOW,
        ).timeline
        for stage in (several, replaced)
    ]
    sent = [[(m.at and m.at.hour, m.what) for m in timeline if m.kind == "sent"] for timeline in told]
    assert sent == [[(19, "Quiet hours end, and messages are sent to Ana.")], []]


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
