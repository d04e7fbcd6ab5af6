"""The stage of a whole gateway: store, flows, sweep and outbox on a real database; only its clock is not real."""

from datetime import datetime

import sqlalchemy as sa

from approvals.adapters.database import tables
from approvals.domain.directory.people import Directory
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer, Approval, Note
from approvals.domain.model.messages.outgoing import Callback
from approvals.domain.model.messages.results import GivenUp
from approvals.domain.model.submission import Submission
from approvals.flows.delivery.unreachable import Attempted, store_failures
from tests.builders import BY_LINK, EXECUTION_ARN
from tests.fakes import FakeCallbacks, FakeChannel, World
from tests.scenarios.on_paper import DEPLOYMENT, PROOFS, REFUSED, asked_by_mail

_o = tables.outbox.c
TESTS = Actor(via="command", id="tests")
_NEXT_NOTICE = sa.select(sa.func.min(_o.next_attempt_at)).where(_o.lane == "notice")


class OnDatabase:
    """Implements Stage; several scenarios use one database, one after the other."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._clear()
        world.mail, world.callbacks, world.deployment = FakeChannel(), FakeCallbacks(), DEPLOYMENT
        world.gateway = world.another(channels={"mail": world.mail, "slack": world.mail})
        self._id = ""

    @property
    def now(self) -> datetime:
        return self._world.clock.now

    @now.setter
    def now(self, now: datetime) -> None:
        self._world.clock.now = now

    @property
    def directory(self) -> Directory:
        return self._world.directory

    @directory.setter
    def directory(self, directory: Directory) -> None:
        self._world.directory = directory

    @property
    def sent(self) -> list[tuple[str, str, str]]:
        ours = [notice for notice, approval, _ in self._world.mail.sent if approval.id == self._id]
        return [(notice.event, notice.channel, notice.to) for notice in ours]

    @property
    def told(self) -> list[Callback]:
        return self._world.callbacks.sent

    def open(self, submission: Submission, *, caller: str) -> None:
        self._id = self._world.gateway.submit(submission, caller=caller).approval_id

    def ask_again(self, submission: Submission, *, caller: str) -> None:
        if self._world.gateway.submit(
            submission, caller=caller
        ).created:  # the state closes the token of its last attempt
            self._world.callbacks.results.append(GivenUp("the state no longer waits", closed=True))

    def approval(self) -> Approval:
        return self._world.gateway.approval(self._id)

    def notes(self) -> list[Note]:
        return self._world.gateway.audit(self._id)

    def next_stop(self) -> datetime | None:
        with self._world.database.read() as connection:
            notice = connection.execute(_NEXT_NOTICE).scalar()
        return min((at for at in (notice, self.approval().next_action_at) if at), default=None)

    def sweep(self) -> None:
        self._world.sweep_all()

    def deliver(self) -> None:
        self._world.deliver_all()

    def decide(self, reviewer: int, answer: Answer, *, by: str) -> None:
        actor, assurance = PROOFS[by]
        self._world.gateway.decide(self._id, reviewer=reviewer, answer=answer, actor=actor, assurance=assurance)

    def fail_mail(self, reviewer: int) -> None:
        ports, address = self._world.gateway.ports, self.approval().reviewers[reviewer].email or ""
        store_failures(ports, self._id, asked_by_mail(reviewer, address), [Attempted("mail", address, REFUSED)])

    def claim(self, reviewer: int, *, release: bool) -> None:
        self._world.gateway.claim(self._id, reviewer=reviewer, actor=BY_LINK, release=release)

    def reassign(self, reviewer: int, *, to: str, operator: bool) -> None:
        actor = TESTS if operator else Actor(via="link", id="tests")
        self._world.gateway.reassign(self._id, reviewer=reviewer, to=to, actor=actor, operator=operator)

    def remind_now(self, reviewer: int | None) -> None:
        self._world.gateway.remind_now(self._id, actor=TESTS, reviewer=reviewer)

    def ask_question(self, reviewer: int, text: str) -> None:
        self._world.gateway.ask_question(self._id, reviewer=reviewer, text=text, actor=BY_LINK)

    def reply(self, text: str, *, actor: str) -> None:
        self._world.gateway.reply(self._id, question=0, text=text, actor=Actor(via="command", id=actor))

    def extend(self, until: datetime, *, reviewer: int | None) -> None:
        self._world.gateway.extend(self._id, until=until, actor=TESTS, reviewer=reviewer)

    def withdraw(self, actor: str) -> None:
        self._world.gateway.withdraw(self._id, actor=Actor(via="link", id=actor))

    def cancel(self, reason: str) -> None:
        self._world.gateway.cancel(self._id, actor="tests", reason=reason)

    def stop_execution(self) -> None:
        if self._world.gateway.check_execution(EXECUTION_ARN, reason="it ended", ended_at=self.now):
            self._world.callbacks.results.append(GivenUp("the state no longer waits", closed=True))

    def _clear(self) -> None:
        with self._world.database.write() as connection:
            for table in reversed(tables.metadata.sorted_tables):
                connection.execute(table.delete())
