"""Explain a submission without submitting it, or an approval in its current state; also as text."""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
from msgspec import Meta, field

from approvals.domain.calendar.time_zones import Zone, zone, zone_problems
from approvals.domain.model.approval import Approval
from approvals.domain.model.submission import Submission, TaskToken
from approvals.domain.problems import Invalid
from approvals.domain.values import Value
from approvals.entrypoints.intake.submission_reader import submission_of
from approvals.flows.gateway import Gateway
from approvals.presentation.explain.approval_explanation import explain_approval
from approvals.presentation.explain.forecast import Moment
from approvals.presentation.explain.policy_explanation import Explanation, explain
from approvals.presentation.outcomes import callback_sentence, outcome_sentence
from approvals.presentation.text import plain


class Draft(Submission, frozen=True, kw_only=True):
    """A submission to be explained: it needs no title, and its task token is ignored."""

    title: Annotated[str, Meta(min_length=1, max_length=200)] = "Untitled"
    task_token: TaskToken = field(default="none")
    timezone: Annotated[Zone | None, Meta(description="The time zone of the sentences. Default: UTC.")] = None


class Telling(Value, frozen=True, kw_only=True):
    """The options of an explanation."""

    timezone: Annotated[Zone | None, Meta(description="The time zone of the sentences. Default: UTC.")] = None


def explained(gateway: Gateway, payload: Any, *, caller: str, timezone: str | None = None) -> Explanation:
    """Explain what would happen if this were submitted now. Raises Invalid with every problem, as submitting would."""
    draft = submission_of(Draft, payload)
    timezone = known_zone(timezone or draft.timezone)
    return explain(
        draft,
        directory=gateway.directory,
        deployment=gateway.deployment,
        now=gateway.now(),
        caller=caller,
        timezone=timezone,
    )


def approval_explanation_of(gateway: Gateway, approval: Approval, *, timezone: str | None = None) -> Explanation:
    """Explain the state of an approval, the answers it needs and the next steps; or how it ended. Raises Invalid."""
    explanation = explain_approval(
        approval, gateway.audit(approval.id), people=gateway.people, now=gateway.now(),
        timezone=known_zone(timezone),
    )  # fmt: skip
    if approval.pending:
        return explanation
    told = (outcome_sentence(approval), callback_sentence(approval))
    return msgspec.structs.replace(explanation, text=(*told, *explanation.text))


def known_zone(name: str | None) -> str:
    """Return the requested time zone. Raises Invalid if it does not exist."""
    name = name or "UTC"
    if problems := list(zone_problems(name, "timezone")):
        raise Invalid(problems)
    return name


def explanation_lines(explanation: Explanation) -> Iterator[str]:
    """Return the explanation as lines of text: first the sentences, then the moments."""
    yield from map(plain, explanation.text)
    now = explanation.now
    past = [moment for moment in explanation.timeline if moment.at and moment.at < now]
    dated = [moment for moment in explanation.timeline if moment.at and moment.at >= now]
    pending = explanation.status == "pending"
    yield from _table("What has happened:", past, explanation.timezone)
    yield from _table("If nobody answers:" if pending else "What happens:", dated, explanation.timezone)
    rest = [moment for moment in explanation.timeline if moment.at is None]
    yield from (_later(rest))
    yield from ("", f"All times are those of {explanation.timezone}.")


def _table(title: str, moments: list[Moment], timezone: str) -> Iterator[str]:
    if moments:
        yield from ("", title)
    for moment in moments:
        assert moment.at is not None  # noqa: S101  the caller has sorted them
        at = moment.at.astimezone(zone(timezone))
        yield f"  {at:%a} {at.day:>2} {at:%b %Y, %H:%M}  {plain(moment.what)}"


def _later(moments: list[Moment]) -> Iterator[str]:
    if moments:
        yield from ("", "Later steps:")
    for moment in moments:
        when = "When " if moment.kind == "asked" else ""
        yield f"  {when}{plain(moment.after or '')}: {plain(moment.what)}"
