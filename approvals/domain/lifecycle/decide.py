"""Decide: the one place where an answer becomes a decision, for every entry point."""

from datetime import datetime

import msgspec

from approvals.domain.checks.content_checks import as_read
from approvals.domain.eligibility.quorum import satisfied, side_count
from approvals.domain.eligibility.reachability import reached
from approvals.domain.eligibility.satisfiability import shortage
from approvals.domain.lifecycle.notices import answered_for_notices
from approvals.domain.lifecycle.schedule import next_version, stage_done
from approvals.domain.lifecycle.settle import settle, winning_option
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer, Approval, Change, Decision, Note, Reviewer, Status
from approvals.domain.model.errors import AlreadySettled, Refused
from approvals.domain.model.forms import Scalar, answers
from approvals.domain.model.policy import ASSURANCES, Assurance, stronger_than_link
from approvals.domain.model.reasons import (
    AnsweredEarlier,
    AskedLater,
    EarlierStepOpen,
    MayNotAnswer,
    NeededLater,
    NeedsProof,
    NotAReviewer,
    OnBehalfForbidden,
    OtherContent,
    Replaced,
    StepOver,
)  # fmt: skip
from approvals.domain.model.submission import Option
from approvals.domain.problems import Invalid, Problem

COMMENT_LENGTH = 4000


def decide(
    approval: Approval, *, reviewer: int, answer: Answer, actor: Actor, assurance: Assurance, now: datetime,
    shown: str | None = None,
) -> Change | None:  # fmt: skip
    """Record an answer and settle the approval if that is enough; None if the same answer is recorded already.

    `shown` is the hash of the content that the person saw, where the entry point knows it.
    Raises AlreadySettled when it was settled or its time is up, Refused when this person may not answer,
    Invalid when the answer is not one that this approval takes.
    """
    if not approval.pending or now >= approval.deadline:
        raise AlreadySettled(approval)
    if shown not in (None, approval.content_sha256):
        raise Refused(OtherContent())
    person = _entitled(approval, reviewer, assurance)
    approval = reached(approval, reviewer)
    option, form = _checked(approval, answer)
    decision = Decision(
        reviewer=reviewer, stage=approval.stage, option=option.id, side=option.side, comment=answer.comment.strip(),
        form=form, at=now, via=actor.via, assurance=assurance, content_sha256=approval.content_sha256,
        operator=actor.operator,
    )  # fmt: skip
    if _same(approval.latest(approval.stage).get(reviewer), decision):
        return None
    note = actor.note("decided", {"option": option.id}, at=now, reviewer_id=person.id)
    after = msgspec.structs.replace(approval, decisions=(*approval.decisions, decision))
    change = _counted(after, decision, note, now)
    if decision.side == "approve" and change.approval.pending and shortage(after) and not shortage(approval):
        raise Refused(NeededLater())
    notices = () if decision.own else answered_for_notices(change.approval, person)
    return msgspec.structs.replace(change, messages=(*change.messages, *notices))


def needs_confirmation(approval: Approval, option: Option) -> bool:
    """Return whether the reviewer has to type the option's label, as for approving at high risk."""
    return approval.content.risk == "high" and option.side == "approve"


def comment_required(approval: Approval, option: Option) -> bool:
    rule = option.comment or approval.policy.comment
    return rule == "required" or (rule == "requiredOnReject" and option.side == "reject")


def may_answer(approval: Approval, reviewer: int) -> MayNotAnswer | str | None:
    """Return why this reviewer may not answer now; None if they may, a text from rows of older versions."""
    if reviewer in {r.number for r in approval.eligible}:
        return None
    if any(d.reviewer == reviewer and d.stage < approval.stage for d in approval.decisions):
        return AnsweredEarlier()
    person = approval.reviewers[reviewer]
    if person.why_not:
        return person.why_not
    if any(seat[0] > approval.stage for seat in person.seats):
        return EarlierStepOpen()
    if any(stage < approval.stage for stage, _ in person.seats):
        return StepOver()
    if any(join[0] >= approval.stage for join in person.joins) and not person.seats:
        return AskedLater()
    return Replaced()


def _entitled(approval: Approval, reviewer: int, assurance: Assurance) -> Reviewer:
    if not 0 <= reviewer < len(approval.reviewers):
        raise Refused(NotAReviewer())
    why_not = may_answer(approval, reviewer)
    if why_not:
        raise Refused(why_not)
    if _too_weak(assurance, approval.policy.assurance):
        raise Refused(NeedsProof(approval.policy.assurance))
    if assurance == "operator" and not approval.policy.on_behalf:
        raise Refused(OnBehalfForbidden())
    return approval.reviewers[reviewer]


def _too_weak(given: Assurance, wanted: Assurance) -> bool:
    """Return whether a proof is too weak. Where a link is enough, an operator may answer, too."""
    enough = ASSURANCES.index(given) >= ASSURANCES.index(wanted)
    return not enough and (given != "operator" or stronger_than_link(wanted))


def _checked(approval: Approval, answer: Answer) -> tuple[Option, dict[str, Scalar]]:
    option = approval.content.option(answer.option)
    if option is None:
        known = ", ".join(o.id for o in approval.content.options)
        raise Invalid.at("option", f"choose one of {known}" if answer.option else "choose an answer")
    problems: list[Problem] = []
    comment = answer.comment.strip()
    if comment_required(approval, option) and not comment:
        problems.append(Problem("comment", "a comment is required for this answer"))
    if "\0" in comment:
        problems.append(Problem("comment", "holds a character that cannot be kept (NUL); leave it out"))
    if len(comment) > COMMENT_LENGTH:
        problems.append(Problem("comment", f"may have at most {COMMENT_LENGTH} characters, this has {len(comment)}"))
    if needs_confirmation(approval, option) and as_read(answer.confirmation) != as_read(option.label):
        problems.append(Problem("confirmation", f"type “{option.label}” to confirm"))
    form: dict[str, Scalar] = {}
    if approval.form:
        form, wrong = answers(approval.form, answer.form, insist=option.side == "approve")
        problems += wrong
    if problems:
        raise Invalid(problems)
    return option, form


def _same(standing: Decision | None, decision: Decision) -> bool:
    """Return whether this was recorded before. A reviewer may confirm what somebody else answered for them."""
    if standing is None or (decision.own and not standing.own):
        return False
    return (standing.option, standing.comment, standing.form) == (
        decision.option, decision.comment, decision.form,
    )  # fmt: skip


def _counted(approval: Approval, decision: Decision, note: Note, now: datetime) -> Change:
    """Return the change after the decision is counted: settled, in the next stage, or still waiting."""
    if side_count(approval, "reject") >= approval.current_stage.reject:
        option = winning_option(approval, "reject")
        return settle(approval, status=Status.REJECTED, option=option, now=now, note=note, decision=decision)
    if decision.side == "approve" and satisfied(approval, decision.option):
        return stage_done(approval, decision.option, note=note, now=now, decision=decision)
    return Change(approval=next_version(approval, now), note=note, decision=decision)
