"""Actions: what people do with a pending approval other than answer it. Each is one verb of the domain, persisted."""

from datetime import datetime
from functools import partial

from approvals.domain.lifecycle import actions, questions
from approvals.domain.lifecycle import reassign as reassigning
from approvals.domain.lifecycle.actions import Facts
from approvals.domain.model.approval import Approval, Change
from approvals.flows.persist import Decided, persist
from approvals.flows.ports import Ports


def claim(ports: Ports, approval_id: str, *, reviewer: int, release: bool, facts: Facts) -> Decided:
    def verb(approval: Approval, now: datetime) -> Change | None:
        return actions.claim(approval, reviewer=reviewer, now=now, release=release, facts=facts)

    return persist(ports, approval_id, verb)


def extend(
    ports: Ports, approval_id: str, *, until: datetime, actor: str, reviewer: int | None, facts: Facts
) -> Decided:
    def verb(approval: Approval, now: datetime) -> Change | None:
        return actions.extend(approval, until=until, actor=actor, now=now, reviewer=reviewer, facts=facts)

    return persist(ports, approval_id, verb)


def reassign(
    ports: Ports, approval_id: str, *, reviewer: int, to: str, actor: str, operator: bool, facts: Facts
) -> Decided:
    given = partial(reassigning.reassign, reviewer=reviewer, to=to, actor=actor, operator=operator, facts=facts)

    def verb(approval: Approval, now: datetime) -> Change:
        return given(approval, directory=ports.directory, reach=ports.terms.reach, now=now)

    return persist(ports, approval_id, verb)


def remind_now(ports: Ports, approval_id: str, *, actor: str, reviewer: int | None, facts: Facts) -> Decided:
    def verb(approval: Approval, now: datetime) -> Change:
        return actions.remind_now(approval, actor=actor, now=now, reviewer=reviewer, facts=facts)

    return persist(ports, approval_id, verb)


def ask_question(ports: Ports, approval_id: str, *, reviewer: int, text: str, facts: Facts) -> Decided:
    asking = partial(questions.ask_question, reviewer=reviewer, text=text, facts=facts)

    def verb(approval: Approval, now: datetime) -> Change | None:
        return asking(approval, directory=ports.directory, reach=ports.terms.reach, now=now)

    return persist(ports, approval_id, verb)


def reply(ports: Ports, approval_id: str, *, question: int, text: str, actor: str, facts: Facts) -> Decided:
    def verb(approval: Approval, now: datetime) -> Change | None:
        return questions.reply(approval, question=question, text=text, actor=actor, now=now, facts=facts)

    return persist(ports, approval_id, verb)


def withdraw(ports: Ports, approval_id: str, *, actor: str, reason: str, facts: Facts) -> Decided:
    def verb(approval: Approval, now: datetime) -> Change:
        return actions.withdraw(approval, actor=actor, reason=reason, now=now, facts=facts)

    return persist(ports, approval_id, verb)
