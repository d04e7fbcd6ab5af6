"""decide and cancel: what ends an approval from outside. The commit comes first, then the callback is sent at once."""

from datetime import datetime, timedelta
from typing import Any

from approvals.domain.lifecycle import decide as deciding
from approvals.domain.lifecycle import settle as settling
from approvals.domain.model.approval import Answer, Approval, Change, Via
from approvals.domain.model.errors import AlreadySettled
from approvals.domain.model.policy import Assurance
from approvals.flows.persist import Decided, persist
from approvals.flows.ports import Ports


def decide(
    ports: Ports, approval_id: str, *, reviewer: int, answer: Answer, via: Via, assurance: Assurance,
    facts: dict[str, Any], within: timedelta | None = None,
) -> Decided:  # fmt: skip
    def verb(approval: Approval, now: datetime) -> Change | None:
        return deciding.decide(
            approval, reviewer=reviewer, answer=answer, via=via, assurance=assurance, now=now, facts=facts
        )

    return persist(ports, approval_id, verb, within=within)


def cancel(ports: Ports, approval_id: str, *, actor: str, reason: str) -> Decided:
    def verb(approval: Approval, now: datetime) -> Change:
        if not approval.pending:
            raise AlreadySettled(approval)
        return settling.cancel(approval, actor=actor, reason=reason, now=now)

    return persist(ports, approval_id, verb)
