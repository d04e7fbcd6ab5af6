"""Sentences about reviewers whom messages do not reach."""

from collections.abc import Iterator

from approvals.domain.eligibility.reachability import failures, is_unreachable
from approvals.domain.model.approval import Approval, Reviewer
from approvals.presentation.names import reviewer_name
from approvals.presentation.text import cut, plain

REASON_LENGTH = 200


def unreachable_sentences(approval: Approval) -> Iterator[str]:
    """Yield “Ana Silva could not be reached: …” for each unreachable reviewer who has not answered."""
    for reviewer, reason in unreachable(approval):
        yield f"{reviewer_name(reviewer)} could not be reached: {cut(plain(reason), REASON_LENGTH).rstrip('.')}."


def unreachable(approval: Approval) -> Iterator[tuple[Reviewer, str]]:
    """Yield each reviewer whom no message reaches and who has not answered, with the reason."""
    answered = {decision.reviewer for decision in approval.decisions}
    for reviewer in approval.reviewers if approval.undelivered else ():
        if reviewer.number not in answered and is_unreachable(approval, reviewer):
            reasons = (one.reason for one in failures(approval, reviewer) if one.kind != "absent")
            yield reviewer, "; ".join(dict.fromkeys(reasons))
