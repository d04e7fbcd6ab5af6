"""The explanation of an approval's current state: the past events, the answers still needed, and the next events."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from approvals.domain.eligibility.policy_members import People
from approvals.domain.eligibility.quorum import helpers, progress, side_count
from approvals.domain.lifecycle.actions import claimant
from approvals.domain.model.approval import Approval, Note
from approvals.presentation.explain.forecast import Moment, first_unbegun, forecast, later_steps
from approvals.presentation.explain.history import happened
from approvals.presentation.explain.outcome_sentences import deadline_sentence
from approvals.presentation.explain.policy_explanation import Explanation, Needed, asked, paragraphs
from approvals.presentation.explain.stage_sentences import turn_sentence
from approvals.presentation.lists import counted, listed, listed_apart
from approvals.presentation.moments import local_moment
from approvals.presentation.names import actor_name, group_name, option_label, reviewer_name, reviewer_names, step_name
from approvals.presentation.spans import roughly
from approvals.presentation.unreachable import unreachable_sentences


def explain_approval(
    approval: Approval, notes: Sequence[Note], *, people: People, now: datetime, timezone: str
) -> Explanation:
    """Return the explanation of an approval at that moment. The forecast supposes that nobody answers."""
    to_come = forecast(approval, people=people, now=now)
    return Explanation(
        status=approval.status,
        text=tuple(_text(approval, to_come, now=now, timezone=timezone)),
        reviewers=tuple(asked(approval, reviewer) for reviewer in approval.reviewers),
        needed=tuple(_needed(approval)) if approval.pending else (),
        timeline=_timeline(approval, notes, to_come, people),
        now=now,
        deadline=approval.deadline,
        timezone=timezone,
    )


def timeline_of(approval: Approval, notes: Sequence[Note], *, people: People, now: datetime) -> tuple[Moment, ...]:
    """Return the timeline of an explanation alone: pages draw it at every visit, and need none of the sentences."""
    return _timeline(approval, notes, forecast(approval, people=people, now=now), people)


def _timeline(
    approval: Approval, notes: Sequence[Note], to_come: Sequence[Moment], people: People
) -> tuple[Moment, ...]:
    later = later_steps(approval, since=first_unbegun(approval, to_come)) if approval.pending else ()
    return (*happened(approval, notes, directory=people.directory), *to_come, *later)


def _text(approval: Approval, to_come: Sequence[Moment], *, now: datetime, timezone: str) -> Iterator[str]:
    if not approval.pending:
        if approval.settled_at:
            lasted = roughly(approval.settled_at - approval.created_at)
            yield f"That was on {local_moment(approval.settled_at, timezone)}, {lasted} after it was sent."
        yield from _answers(approval, range(len(approval.policy.stages)))
        return
    yield from paragraphs(
        _standing(approval, now=now), _to_do(approval, to_come, timezone=timezone), _deadline(approval, now, timezone)
    )


def _standing(approval: Approval, *, now: datetime) -> Iterator[str]:
    yield f"It has waited for {roughly(now - approval.created_at)}."
    if len(approval.policy.stages) > 1:
        yield f"{_step(approval, approval.stage)} is open."
    yield from _answers(approval, range(approval.stage, approval.stage + 1))
    for one in _needed(approval):
        if one.have < one.need:
            yield _still_needed(one, alone=len(approval.current_stage.groups) == 1)
    rejections, most = side_count(approval, "reject"), approval.current_stage.reject
    if rejections:
        yield f"{counted(most - rejections, 'more rejection')} would end it."
    yield from _stand_ins(approval)
    yield from unreachable_sentences(approval)
    if claim := claimant(approval):
        yield f"{actor_name(approval, claim)} is looking at it."
    open_questions = sum(not one.reply for one in approval.actions.questions)
    if open_questions == 1:
        yield "1 question to the requester waits for a reply."
    elif open_questions:
        yield f"{open_questions} questions to the requester wait for a reply."


def _to_do(approval: Approval, to_come: Sequence[Moment], *, timezone: str) -> Iterator[str]:
    upcoming = next((one for one in to_come if one.at and one.kind != "ended"), None)
    if upcoming and upcoming.at:
        at = local_moment(upcoming.at, timezone)
        yield f"If nobody answers before, the next thing happens on {at}: {upcoming.what}"
    for number in range(approval.stage + 1, len(approval.policy.stages)):
        yield f"{_step(approval, number)} comes after that: {turn_sentence(approval, number)}"


def _deadline(approval: Approval, now: datetime, timezone: str) -> Iterator[str]:
    if now >= approval.deadline:
        yield f"Time was up on {local_moment(approval.deadline, timezone)}; answers are no longer accepted."
        return
    at, left = local_moment(approval.deadline, timezone), roughly(approval.deadline - now)
    if approval.deadline < approval.ends_at:
        yield f"The time of this step is up on {at}, in {left}."
        return
    yield f"Time is up on {at}, in {left}."
    yield deadline_sentence("still open", approval)


def _answers(approval: Approval, stages: range) -> Iterator[str]:
    """Yield each answer with the people who gave it."""
    given: dict[str, list[str]] = {}
    for stage in stages:
        for decision in approval.counted(stage).values():
            given.setdefault(decision.option, []).append(actor_name(approval, decision))
    for option, people in given.items():
        yield f"{listed_apart(people)} answered “{option_label(approval, option)}”."


def _needed(approval: Approval) -> Iterator[Needed]:
    """Yield what each group of this step still needs, and the people who could give it."""
    answered = {number for number, d in approval.latest(approval.stage).items() if d.side == "approve"}
    open_to = [r for r in approval.eligible if r.number not in answered]
    for number, group in enumerate(progress(approval)):
        of = reviewer_names(helpers(approval, number, open_to))
        yield Needed(
            step=approval.stage + 1, group=group_name(group.group), need=group.need, have=group.have, of=tuple(of)
        )


def _still_needed(one: Needed, *, alone: bool) -> str:
    lacking, people = one.need - one.have, listed(one.of)
    match alone, len(one.of) == lacking:
        case True, True:
            return f"Still needed: {people}."
        case True, False:
            return f"Still needed: {lacking} of {people}."
        case False, True:
            return f"Still needed for {one.group}: {people}."
        case _:
            return f"Still needed for {one.group}: {lacking} of {people}."


def _stand_ins(approval: Approval) -> Iterator[str]:
    for reviewer in approval.eligible:
        if reviewer.instead_of:
            others = reviewer_names(approval.reviewers[number] for number in reviewer.instead_of)
            yield f"{reviewer_name(reviewer)} answers in place of {listed(others)}."


def _step(approval: Approval, number: int) -> str:
    return step_name(approval, number) + ("," if approval.policy.stages[number].name else "")
