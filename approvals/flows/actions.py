"""attend: what people do with a pending approval besides answering it. Each is one verb of the domain, persisted."""

from datetime import datetime
from functools import partial

from approvals.domain.lifecycle import actions as attending
from approvals.domain.lifecycle import questions as inquiring
from approvals.domain.lifecycle import reassign as handing_over
from approvals.domain.lifecycle.actions import Facts
from approvals.domain.model.approval import Approval, Change
from approvals.flows.persist import Decided, persist
from approvals.flows.ports import Ports


def claim(ports: Ports, approval_id: str, *, reviewer: int, release: bool, facts: Facts) -> Decided:
    def verb(approval: Approval, now: datetime) -> Change | None:
        return attending.claim(approval, reviewer=reviewer, now=now, release=release, facts=facts)

    return persist(ports, approval_id, verb)


def extend(
    ports: Ports, approval_id: str, *, until: datetime, actor: str, reviewer: int | None, facts: Facts
) -> Decided:
    def verb(approval: Approval, now: datetime) -> Change | None:
        return attending.extend(approval, until=until, actor=actor, now=now, reviewer=reviewer, facts=facts)

    return persist(ports, approval_id, verb)


def hand_over(
    ports: Ports, approval_id: str, *, reviewer: int, to: str, actor: str, operator: bool, facts: Facts
) -> Decided:
    given = partial(handing_over.hand_over, reviewer=reviewer, to=to, actor=actor, operator=operator, facts=facts)

    def verb(approval: Approval, now: datetime) -> Change:
        return given(approval, directory=ports.directory, reach=ports.terms.reach, now=now)

    return persist(ports, approval_id, verb)


def nudge(ports: Ports, approval_id: str, *, actor: str, reviewer: int | None, facts: Facts) -> Decided:
    def verb(approval: Approval, now: datetime) -> Change:
        return attending.nudge(approval, actor=actor, now=now, reviewer=reviewer, facts=facts)

    return persist(ports, approval_id, verb)


def inquire(ports: Ports, approval_id: str, *, reviewer: int, text: str, facts: Facts) -> Decided:
    asking = partial(inquiring.inquire, reviewer=reviewer, text=text, facts=facts)

    def verb(approval: Approval, now: datetime) -> Change | None:
        return asking(approval, directory=ports.directory, reach=ports.terms.reach, now=now)

    return persist(ports, approval_id, verb)


def reply(ports: Ports, approval_id: str, *, inquiry: int, text: str, actor: str, facts: Facts) -> Decided:
    def verb(approval: Approval, now: datetime) -> Change | None:
        return inquiring.reply(approval, inquiry=inquiry, text=text, actor=actor, now=now, facts=facts)

    return persist(ports, approval_id, verb)


def withdraw(ports: Ports, approval_id: str, *, actor: str, reason: str, facts: Facts) -> Decided:
    def verb(approval: Approval, now: datetime) -> Change:
        return attending.withdraw(approval, actor=actor, reason=reason, now=now, facts=facts)

    return persist(ports, approval_id, verb)
