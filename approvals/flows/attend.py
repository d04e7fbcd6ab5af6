"""attend: what people do with a pending approval besides answering it. Each is one verb of the domain, persisted."""

from datetime import datetime
from functools import partial

from approvals.domain import attending
from approvals.domain.approval import Approval, Change
from approvals.flows.decide import Decided, persist
from approvals.flows.ports import Ports


def claim(ports: Ports, approval_id: str, *, reviewer: int, release: bool) -> Decided:
    def verb(approval: Approval, now: datetime) -> Change | None:
        return attending.claim(approval, reviewer=reviewer, now=now, release=release)

    return persist(ports, approval_id, verb)


def extend(ports: Ports, approval_id: str, *, until: datetime, actor: str) -> Decided:
    def verb(approval: Approval, now: datetime) -> Change:
        return attending.extend(approval, until=until, actor=actor, now=now)

    return persist(ports, approval_id, verb)


def hand_over(ports: Ports, approval_id: str, *, reviewer: int, to: str, actor: str, operator: bool) -> Decided:
    given = partial(attending.hand_over, reviewer=reviewer, to=to, actor=actor, operator=operator)

    def verb(approval: Approval, now: datetime) -> Change:
        return given(approval, directory=ports.directory, reach=ports.terms.reach, now=now)

    return persist(ports, approval_id, verb)


def nudge(ports: Ports, approval_id: str, *, actor: str) -> Decided:
    def verb(approval: Approval, now: datetime) -> Change:
        return attending.nudge(approval, actor=actor, now=now)

    return persist(ports, approval_id, verb)


def inquire(ports: Ports, approval_id: str, *, reviewer: int, text: str) -> Decided:
    asking = partial(attending.inquire, reviewer=reviewer, text=text)

    def verb(approval: Approval, now: datetime) -> Change:
        return asking(approval, directory=ports.directory, reach=ports.terms.reach, now=now)

    return persist(ports, approval_id, verb)


def reply(ports: Ports, approval_id: str, *, inquiry: int, text: str, actor: str) -> Decided:
    def verb(approval: Approval, now: datetime) -> Change:
        return attending.reply(approval, inquiry=inquiry, text=text, actor=actor, now=now)

    return persist(ports, approval_id, verb)


def withdraw(ports: Ports, approval_id: str, *, actor: str, reason: str) -> Decided:
    def verb(approval: Approval, now: datetime) -> Change:
        return attending.withdraw(approval, actor=actor, reason=reason, now=now)

    return persist(ports, approval_id, verb)
