"""Explain a submission without submitting it, or an approval in its current state."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, field

from approvals.domain.calendar.time_zones import Zone, zone_problems
from approvals.domain.model.approval import Approval
from approvals.domain.model.submission import Submission, TaskToken
from approvals.domain.problems import Invalid
from approvals.domain.values import Value
from approvals.entrypoints.intake.submission_reader import submission_of
from approvals.flows.gateway import Gateway
from approvals.presentation.explain.approval_explanation import explain_approval
from approvals.presentation.explain.policy_explanation import Explanation, explain
from approvals.presentation.messages.failing import failing_sentences
from approvals.presentation.outcomes import callback_sentence, outcome_sentence


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
    zone = known_zone(timezone)
    explanation = explain_approval(
        approval, gateway.audit(approval.id), people=gateway.people, now=gateway.now(), timezone=zone
    )
    told = () if approval.pending else (outcome_sentence(approval), callback_sentence(approval))
    fails = failing_sentences(approval, gateway.failing_of(approval.id), timezone=zone)
    return msgspec.structs.replace(explanation, text=(*told, *explanation.text, *fails))


def known_zone(name: str | None) -> str:
    """Return the requested time zone. Raises Invalid if it does not exist."""
    name = name or "UTC"
    if problems := list(zone_problems(name, "timezone")):
        raise Invalid(problems)
    return name
