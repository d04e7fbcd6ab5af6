"""The explanation of a submission: its effects in sentences and moments. It is opened as usual, but not stored."""

from collections.abc import Iterator
from datetime import datetime

from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.due_times import calendar_of
from approvals.domain.eligibility.policy_members import People
from approvals.domain.eligibility.quorum import needs_of
from approvals.domain.lifecycle.open import Deployment, open_approval
from approvals.domain.model.approval import Approval, Change, Reviewer, Status
from approvals.domain.model.rule import Rule
from approvals.domain.model.submission import Submission
from approvals.domain.rules.evaluation import choose
from approvals.domain.values import Value
from approvals.presentation.explain import policy_sentences as conditions
from approvals.presentation.explain import stage_sentences as sentences
from approvals.presentation.explain.calendars import length
from approvals.presentation.explain.forecast import Moment, first_unbegun, forecast, later_steps
from approvals.presentation.names import group_name, reviewer_names


class Asked(Value, frozen=True, kw_only=True, omit_defaults=False):
    """A person who is asked, with the channel, the moment, and the people in whose place they answer."""

    id: str
    name: str
    by: str
    when: str
    instead_of: tuple[str, ...] = ()


class Needed(Value, frozen=True, kw_only=True, omit_defaults=False):
    """The answers that one group of a step still needs, and the people who could give them."""

    step: int
    group: str
    need: int
    have: int
    of: tuple[str, ...]


class Explanation(Value, frozen=True, kw_only=True, omit_defaults=False):
    """An explanation in sentences, and the same as values."""

    status: Status
    text: tuple[str, ...]
    """Lines; an empty one parts two paragraphs."""
    reviewers: tuple[Asked, ...]
    needed: tuple[Needed, ...]
    timeline: tuple[Moment, ...]
    """What has happened and, if nobody answers, what will; then what comes at a moment that nobody knows yet."""
    now: datetime
    deadline: datetime
    timezone: str


def explain(
    submission: Submission, *, directory: Directory, deployment: Deployment, now: datetime, caller: str = "",
    timezone: str = "UTC",
) -> Explanation:  # fmt: skip
    """Explain what would happen if this were submitted now. Raises Invalid with every problem, as submitting would."""
    opened = open_approval(
        submission, approval_id="", callback_id="", caller=caller, directory=directory, deployment=deployment, now=now
    )
    rule = choose(directory.rules, submission, caller=caller)
    if opened.then and rule:
        return _by_itself(opened.then.approval, rule, timezone)
    approval = opened.approval
    timeline = _timeline(opened, directory=directory, deployment=deployment)
    return Explanation(
        status=approval.status,
        text=tuple(
            _text(submission, approval, rule=rule, directory=directory, deployment=deployment, timezone=timezone)
        ),
        reviewers=tuple(asked(approval, reviewer) for reviewer in approval.reviewers),
        needed=tuple(needed(approval, range(len(approval.policy.stages)))),
        timeline=timeline,
        now=now,
        deadline=approval.ends_at,
        timezone=timezone,
    )


def asked(approval: Approval, reviewer: Reviewer) -> Asked:
    by = reviewer.addresses[0][0] if reviewer.addresses else ""
    instead_of = reviewer_names(approval.reviewers[number] for number in reviewer.instead_of)
    return Asked(
        id=reviewer.id, name=reviewer.name, by=by, when=_when(approval, reviewer), instead_of=tuple(instead_of)
    )


def needed(approval: Approval, stages: range) -> Iterator[Needed]:
    """Yield the needs of each group of these steps before anybody has answered."""
    for (stage, number), need in needs_of(approval.policy, approval.reviewers, stages).items():
        group = approval.policy.stages[stage].groups[number]
        of = reviewer_names(r for r in approval.reviewers if (stage, number) in r.seats)
        yield Needed(step=stage + 1, group=group_name(group), need=need, have=0, of=tuple(of))


def paragraphs(*parts: Iterator[str]) -> Iterator[str]:
    """Join paragraphs with an empty line; paragraphs without sentences are left out."""
    begun = False
    for part in parts:
        sentences = list(part)
        if sentences and begun:
            yield ""
        begun = begun or bool(sentences)
        yield from sentences


def _text(
    submission: Submission,
    approval: Approval,
    *,
    rule: Rule | None,
    directory: Directory,
    deployment: Deployment,
    timezone: str,
) -> Iterator[str]:
    steps = (
        sentences.step(approval, number, directory=directory, timezone=timezone)
        for number in range(len(approval.policy.stages))
    )
    yield from paragraphs(
        conditions.chosen(submission, approval, rule=rule, directory=directory),
        *steps,
        conditions.everywhere(approval, directory=directory, digest_window=deployment.digest_window),
        conditions.end(approval, state_timeout=submission.timeout_seconds, timezone=timezone),
    )


def _timeline(opened: Change, *, directory: Directory, deployment: Deployment) -> tuple[Moment, ...]:
    approval = opened.approval
    begin = Moment(kind="asked", step=1, at=approval.created_at, what=sentences.turn_sentence(approval, 0))
    now, waiting = approval.created_at, opened.messages
    people = People(directory=directory, reach=deployment.reach)
    moments = forecast(approval, people=people, now=now, waiting=waiting)
    return (begin, *moments, *later_steps(approval, since=first_unbegun(approval, moments)))


def _when(approval: Approval, reviewer: Reviewer) -> str:
    stages = approval.policy.stages
    if reviewer.seats:
        first = min(reviewer.seats)[0]
        return f"when step {first} is done" if first else "at once"
    if not reviewer.joins:
        return "not while they are away" if reviewer.why_not else "not any more"
    number, step = min(reviewer.joins)
    after = length(stages[number].escalate[step].after, calendar_of(approval.policy))
    return f"{after} after step {number + 1} begins, if it is still open"


def _by_itself(approval: Approval, rule: Rule, timezone: str) -> Explanation:
    text = tuple(conditions.by_itself(approval, rule))
    end = Moment(kind="ended", at=approval.created_at, what=f"The rule “{rule.name}” approves it.")
    return Explanation(
        status=approval.status, text=text, reviewers=(), needed=(), timeline=(end,), now=approval.created_at,
        deadline=approval.ends_at, timezone=timezone,
    )  # fmt: skip
