"""Answers from Slack: identify the reviewer, record the answer, and build the reply. `gateway.decide` alone decides.

It records an answer once, however often Slack or a person sends the same request."""

from approvals.adapters.slack.blocks.buttons import assurance_met
from approvals.adapters.slack.blocks.sections import shown_option
from approvals.domain.lifecycle.decide import may_answer
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer, Approval, Reviewer
from approvals.domain.model.errors import AlreadySettled, NotFound, Refused
from approvals.domain.model.forms import Form, answers
from approvals.domain.model.reasons import NeedsOwnPage, NotAReviewer
from approvals.domain.problems import ApprovalsError, Invalid
from approvals.entrypoints.slack.context import Slack
from approvals.entrypoints.slack.payloads import Interaction, Member
from approvals.flows.attempts import Decided
from approvals.presentation.messages import slack as words
from approvals.presentation.problems import problem_sentences
from approvals.presentation.refusals import error_sentence, late_answer


class ByPage(Refused):
    """The policy requires a stronger proof than Slack gives; carries the reviewer, whose page is shown instead."""

    def __init__(self, approval: Approval, reviewer: Reviewer) -> None:
        self.approval, self.reviewer = approval, reviewer
        super().__init__(NeedsOwnPage())


def reviewer_who_may_answer(slack: Slack, approval: Approval, *, member: Member) -> Reviewer:
    """Return the reviewer, if they may answer now. Raises Refused, ByPage, AlreadySettled."""
    reviewer = reviewer_of_member(slack, approval, member=member)
    if not approval.pending or slack.gateway.now() >= approval.deadline:
        raise AlreadySettled(approval)
    if not assurance_met(approval):
        raise ByPage(approval, reviewer)
    if why_not := may_answer(slack.gateway.reevaluated(approval), reviewer.number):
        raise Refused(why_not)
    return reviewer


def reviewer_of_member(slack: Slack, approval: Approval, *, member: Member) -> Reviewer:
    """Return the reviewer who is this member of Slack. Raises Refused."""
    reviewer = slack.members.reviewer(approval, member)
    if reviewer is None:
        raise Refused(NotAReviewer())
    return reviewer


def decide(slack: Slack, approval: Approval, *, reviewer: Reviewer, answer: Answer, sent: Interaction) -> Decided:
    """Record the answer. Raises the errors of `gateway.decide`."""
    if sent.occasion and _came_before(slack, approval, reviewer=reviewer, answer=answer, occasion=sent.occasion):
        return Decided(approval, changed=False)
    facts = {"member": str(sent.member), **({"occasion": sent.occasion} if sent.occasion else {})}
    return slack.gateway.decide(
        approval.id, reviewer=reviewer.number, answer=answer, actor=Actor(via="slack", facts=facts), assurance="slack",
        within=slack.within,
    )  # fmt: skip


def _came_before(slack: Slack, approval: Approval, *, reviewer: Reviewer, answer: Answer, occasion: str) -> bool:
    """Return whether the same request was recorded before: it must not undo a later answer.

    A form that is sent again with other values is another answer: Slack allows that after a late response.
    """
    form, _ = answers(approval.form, answer.form) if approval.form else ({}, [])
    moments = {note.at for note in slack.gateway.audit(approval.id) if note.facts.get("occasion") == occasion}
    same = (reviewer.number, answer.option, answer.comment.strip(), form)
    return any((d.reviewer, d.option, d.comment, d.form) == same for d in approval.decisions if d.at in moments)


def recorded_text(decided: Decided, *, reviewer: Reviewer) -> str:
    """Return the text for the reviewer whose answer was recorded."""
    approval = decided.approval
    label = shown_option(approval, approval.latest()[reviewer.number].option)
    return words.recorded_sentences(approval, label, before=not decided.changed)


def too_late_text(approval: Approval, *, reviewer: Reviewer | None, option: str) -> str:
    """Return the text for an answer after the end; a second press is told that the first one counted."""
    mine = approval.latest().get(reviewer.number) if reviewer else None
    if mine and mine.own and mine.option == option:
        return words.recorded_sentences(approval, shown_option(approval, option), before=True)
    late = late_answer(approval)
    return late if approval.pending else f"{late} {words.state_sentences(approval)}"


def error_text(error: ApprovalsError, *, form: Form | None = None) -> str:
    """Return the text of an error for the person who acted."""
    match error:
        case NotFound():
            return words.GONE
        case Invalid(shown=problems):
            return words.cannot_be_recorded(problem_sentences(problems, form))
        case _:
            return error_sentence(error)
