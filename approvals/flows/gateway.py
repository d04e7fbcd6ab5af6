"""Gateway: the ports, with the verbs as methods. All that a door ever sees."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from approvals.domain.model.approval import Answer, Approval, Via
from approvals.domain.model.digest import Line
from approvals.domain.model.messages.outgoing import Lane
from approvals.domain.model.policy import Assurance
from approvals.domain.model.submission import Submission
from approvals.domain.problems import Invalid
from approvals.flows import actions
from approvals.flows.cancel_execution import cancel_execution
from approvals.flows.decide import cancel, decide
from approvals.flows.delivery.send import deliver, redeliver
from approvals.flows.fresh_links import refresh_inbox, refresh_link
from approvals.flows.inbox import MOST_READ, Inbox, as_now, inbox, named_in, waiting
from approvals.flows.persist import Decided
from approvals.flows.ports import Ports
from approvals.flows.submit import Submitted, refuse, submit_all
from approvals.flows.sweep import sweep


class Gateway(Ports):
    """What `wiring.build` makes and every door is given."""

    def submit(self, submission: Submission, *, caller: str) -> Submitted:
        """Opens an approval, or finds the one of this task token. Raises Invalid."""
        [result] = self.submit_all([submission], caller=caller)
        if isinstance(result, Invalid):
            raise result
        return result

    def submit_all(self, submissions: Sequence[Submission], *, caller: str) -> list[Submitted | Invalid]:
        """The same for many in one transaction; each has its own verdict."""
        return submit_all(self, submissions, caller=caller)

    def refuse(self, task_token: str, *, reasons: Invalid, execution_arn: str | None = None) -> bool:
        """Fails the task of a submission that cannot be taken. False: try again later."""
        return refuse(self, task_token, reasons=reasons, execution_arn=execution_arn)

    def decide(
        self, approval_id: str, *, reviewer: int, answer: Answer, via: Via, assurance: Assurance,
        facts: dict[str, Any] | None = None, within: timedelta | None = None,
    ) -> Decided:  # fmt: skip
        """Records an answer. Raises NotFound, AlreadySettled, Refused, Invalid, or Stale if others never let us in.

        `within` is for how long to wait for the workflow to be told; it is told in any case.
        """
        return decide(
            self, approval_id, reviewer=reviewer, answer=answer, via=via, assurance=assurance, facts=facts or {},
            within=within,
        )  # fmt: skip

    def cancel(self, approval_id: str, *, actor: str, reason: str) -> Decided:
        """Ends it without a decision: the workflow gets Approval.Cancelled. Raises NotFound, AlreadySettled."""
        return cancel(self, approval_id, actor=actor, reason=reason)

    def claim(
        self, approval_id: str, *, reviewer: int, release: bool = False, facts: dict[str, Any] | None = None
    ) -> Decided:
        """Says that a reviewer is looking at it, or no longer. Raises NotFound, AlreadySettled, Refused, Stale."""
        return actions.claim(self, approval_id, reviewer=reviewer, release=release, facts=facts or {})

    def extend(
        self, approval_id: str, *, until: datetime, actor: str, reviewer: int | None = None,
        facts: dict[str, Any] | None = None,
    ) -> Decided:  # fmt: skip
        """Moves the deadline, within the state's own. Raises NotFound, AlreadySettled, Refused, Invalid, Stale."""
        return actions.extend(self, approval_id, until=until, actor=actor, reviewer=reviewer, facts=facts or {})

    def reassign(
        self, approval_id: str, *, reviewer: int, to: str, actor: str, operator: bool = False,
        facts: dict[str, Any] | None = None,
    ) -> Decided:  # fmt: skip
        """Gives a reviewer's place to somebody else. Raises NotFound, AlreadySettled, Refused, Invalid, Stale."""
        return actions.reassign(
            self, approval_id, reviewer=reviewer, to=to, actor=actor, operator=operator, facts=facts or {}
        )

    def remind_now(
        self, approval_id: str, *, actor: str, reviewer: int | None = None, facts: dict[str, Any] | None = None
    ) -> Decided:
        """Reminds those who have not answered, now and then. Raises NotFound, AlreadySettled, Refused, Stale."""
        return actions.remind_now(self, approval_id, actor=actor, reviewer=reviewer, facts=facts or {})

    def ask_question(
        self, approval_id: str, *, reviewer: int, text: str, facts: dict[str, Any] | None = None
    ) -> Decided:
        """Asks whoever asks for the approval. Raises NotFound, AlreadySettled, Refused, Invalid, Stale."""
        return actions.ask_question(self, approval_id, reviewer=reviewer, text=text, facts=facts or {})

    def reply(
        self, approval_id: str, *, question: int, text: str, actor: str, facts: dict[str, Any] | None = None
    ) -> Decided:
        """Answers such a question (the first is 0). Raises NotFound, AlreadySettled, Invalid, Stale."""
        return actions.reply(self, approval_id, question=question, text=text, actor=actor, facts=facts or {})

    def withdraw(
        self, approval_id: str, *, actor: str, reason: str = "", facts: dict[str, Any] | None = None
    ) -> Decided:
        """Cancels it for whoever asked for it. Raises NotFound, AlreadySettled, Invalid, Stale."""
        return actions.withdraw(self, approval_id, actor=actor, reason=reason, facts=facts or {})

    def cancel_execution(self, execution_arn: str, *, reason: str, ended_at: datetime, redrive_count: int = 0) -> int:
        """An execution has ended: cancels what waits of it, of this or an earlier run. Returns how many that were."""
        return cancel_execution(self, execution_arn, reason=reason, ended_at=ended_at, redrive_count=redrive_count)

    def refresh_link(self, approval_id: str, *, reviewer: int) -> bool:
        """Sends a fresh link to the reviewer's own address. False where one has just been sent or nothing waits."""
        return refresh_link(self, approval_id, reviewer=reviewer)

    def inbox(self, approval_id: str, *, reviewer: int, before: str | None = None) -> Inbox:
        """What waits for whoever is this reviewer, newest first. Raises NotFound, BadLink."""
        return inbox(self, approval_id, reviewer=reviewer, before=before)

    def waiting_for(self, names: Sequence[str]) -> list[Line]:
        """What waits for the answer of somebody of these names, the newest first."""
        return [line for _, line in islice(waiting(self, names), MOST_READ) if line]

    def as_now(self, approval: Approval) -> Approval:
        """With who may answer judged anew, as a verb will; nothing is kept."""
        return as_now(self, approval)

    def named_in(self, approval_ids: Sequence[str], approval_id: str, *, reviewer: int) -> tuple[Line, ...]:
        """Which of these approvals name whoever is this reviewer of that one, and as whom. Raises NotFound, BadLink."""
        return named_in(self, approval_ids, approval_id, reviewer=reviewer)

    def refresh_inbox(self, approval_id: str, *, reviewer: int) -> bool:
        """Sends whoever is this reviewer a list with a fresh link, to their address there. False as `refresh_link`."""
        return refresh_inbox(self, approval_id, reviewer=reviewer)

    def redeliver(self, approval_id: str, *, actor: str) -> bool:
        """Tries a callback that was not delivered again now. False where there is nothing to send. Raises NotFound."""
        return redeliver(self, approval_id, actor=actor)

    def sweep(self, *, limit: int = 200) -> int:
        """Does what is due: reminders, escalations, time-outs. Returns how many changes it made."""
        return sweep(self, limit=limit)

    def deliver(self, *, lane: Lane, limit: int = 100) -> int:
        """Sends what is due in one lane. Returns how many messages it took."""
        return deliver(self, lane=lane, limit=limit)
