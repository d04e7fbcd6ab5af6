"""Gateway: all operations on approvals, and the reads. Entry points see nothing else."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from approvals.domain.lifecycle import actions, decide, questions, reassign, settle
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer
from approvals.domain.model.errors import AlreadySettled, Refused
from approvals.domain.model.messages.audience import Holder
from approvals.domain.model.messages.outgoing import Lane
from approvals.domain.model.messages.undelivered import MailReport
from approvals.domain.model.policy import Assurance
from approvals.domain.model.submission import Submission
from approvals.domain.problems import Invalid
from approvals.flows import check_execution, fresh_links, submit, sweep
from approvals.flows.attempts import Decided, attempts
from approvals.flows.delivery import mail_reports, send
from approvals.flows.reads import Reads
from approvals.flows.submit import Submitted
from approvals.telemetry.event import Event, Name


class Gateway(Reads):
    """The operations. Those on one approval raise NotFound, AlreadySettled, Refused, Invalid, or Stale."""

    def submit(self, submission: Submission, *, caller: str) -> Submitted:
        """Open an approval, or return the one that this task token has already. Raises Invalid."""
        [result] = submit.submit_all(self.ports, [submission], caller=caller)
        if isinstance(result, Invalid):
            self.ports.observe(Event(name=Name.SUBMISSION_REFUSED, at=self.now(), reason="invalid"))
            raise result
        return result

    def submit_all(
        self, submissions: Sequence[Submission], *, caller: str, within: Sequence[str] = ()
    ) -> list[Submitted | Invalid]:
        """Submit many in one transaction, each with a verdict of its own, and maybe `within` a trace of its own."""
        return submit.submit_all(self.ports, submissions, caller=caller, within=within)

    def refuse(self, task_token: str, *, reasons: Invalid, execution_arn: str | None = None) -> bool:
        """Fail the task of an invalid submission. False: try again later."""
        return submit.refuse(self.ports, task_token, reasons=reasons, execution_arn=execution_arn)

    def decide(
        self, approval_id: str, *, reviewer: int, answer: Answer, actor: Actor, assurance: Assurance,
        shown: str | None = None, within: timedelta | None = None,
    ) -> Decided:  # fmt: skip
        """Record an answer. `within` limits the wait for Step Functions, which gets the callback in any case.

        Without it the limit is that of all operations (`callback_wait`). `shown` is the hash of the content that the
        person saw; an answer to other content is refused.
        """
        try:
            for attempt in attempts(self.ports, approval_id, verb="decide"):
                with attempt as approval:
                    change = decide.decide(
                        approval, reviewer=reviewer, answer=answer, actor=actor, assurance=assurance,
                        now=attempt.now, shown=shown,
                    )  # fmt: skip
                    attempt.apply(change)
        except Refused as error:
            from approvals.telemetry.refusals import answer_refused

            self.ports.observe(answer_refused(error, approval_id, via=actor.via, at=self.now()))
            raise
        return attempt.conclude(within=within)

    def cancel(self, approval_id: str, *, actor: str, reason: str) -> Decided:
        """End an approval without a decision: the workflow gets Approval.Cancelled."""
        for attempt in attempts(self.ports, approval_id):
            with attempt as approval:
                if not approval.pending:
                    raise AlreadySettled(approval)
                attempt.apply(settle.cancel(approval, actor=actor, reason=reason, now=attempt.now))
        return attempt.conclude()

    def claim(self, approval_id: str, *, reviewer: int, actor: Actor, release: bool = False) -> Decided:
        """Record that a reviewer is looking at an approval, or no longer is."""
        for attempt in attempts(self.ports, approval_id):
            with attempt as approval:
                change = actions.claim(approval, reviewer=reviewer, actor=actor, now=attempt.now, release=release)
                attempt.apply(change)
        return attempt.conclude()

    def extend(self, approval_id: str, *, until: datetime, actor: Actor, reviewer: int | None = None) -> Decided:
        """Move the deadline, at most to where the state itself gives up."""
        for attempt in attempts(self.ports, approval_id):
            with attempt as approval:
                change = actions.extend(approval, until=until, actor=actor, now=attempt.now, reviewer=reviewer)
                attempt.apply(change)
        return attempt.conclude()

    def reassign(self, approval_id: str, *, reviewer: int, to: str, actor: Actor, operator: bool = False) -> Decided:
        """Give a reviewer's seats to somebody else."""
        for attempt in attempts(self.ports, approval_id):
            with attempt as approval:
                change = reassign.reassign(
                    approval, reviewer=reviewer, to=to, actor=actor, operator=operator, people=self.people,
                    now=attempt.now,
                )  # fmt: skip
                attempt.apply(change)
        return attempt.conclude()

    def remind_now(self, approval_id: str, *, actor: Actor, reviewer: int | None = None) -> Decided:
        """Remind the reviewers who have not answered, at most once an hour."""
        for attempt in attempts(self.ports, approval_id):
            with attempt as approval:
                change = actions.remind_now(approval, actor=actor, now=attempt.now, reviewer=reviewer)
                attempt.apply(change)
        return attempt.conclude()

    def ask_question(self, approval_id: str, *, reviewer: int, text: str, actor: Actor) -> Decided:
        """Ask the requester a question."""
        for attempt in attempts(self.ports, approval_id):
            with attempt as approval:
                change = questions.ask_question(
                    approval, reviewer=reviewer, text=text, actor=actor, people=self.people, now=attempt.now
                )
                attempt.apply(change)
        return attempt.conclude()

    def reply(self, approval_id: str, *, question: int, text: str, actor: Actor) -> Decided:
        """Reply to a question; the first is 0."""
        for attempt in attempts(self.ports, approval_id):
            with attempt as approval:
                change = questions.reply(approval, question=question, text=text, actor=actor, now=attempt.now)
                attempt.apply(change)
        return attempt.conclude()

    def withdraw(self, approval_id: str, *, actor: Actor, reason: str = "") -> Decided:
        """Cancel an approval for its requester."""
        for attempt in attempts(self.ports, approval_id):
            with attempt as approval:
                change = actions.withdraw(approval, actor=actor, reason=reason, now=attempt.now)
                attempt.apply(change)
        return attempt.conclude()

    def check_execution(self, execution_arn: str, *, reason: str, ended_at: datetime, redrive_count: int = 0) -> int:
        """Let heartbeats verify that an execution has ended, as an event reports. Return how many approvals wait."""
        return check_execution.check_execution(
            self.ports, execution_arn, reason=reason, ended_at=ended_at, redrive_count=redrive_count
        )

    def refresh_link(self, approval_id: str, *, holder: Holder) -> bool:
        """Send a fresh link to the reviewer's own address. False where one was just sent or nothing waits."""
        return fresh_links.refresh_link(self.ports, approval_id, holder=holder)

    def send_own_link(self, approval_id: str, *, address: str) -> bool:
        """Send the reviewer with this address their own link. False for strangers, and as for `refresh_link`."""
        return fresh_links.send_own_link(self.ports, approval_id, address=address)

    def refresh_inbox(self, approval_id: str, *, reviewer: int) -> bool:
        """Send the person who is this reviewer a list with a fresh link. False as for `refresh_link`."""
        return fresh_links.refresh_inbox(self.ports, approval_id, reviewer=reviewer)

    def redeliver(self, approval_id: str, *, actor: str) -> bool:
        """Send an undelivered callback again now. False where there is none. Raises NotFound."""
        return send.redeliver(self.ports, approval_id, actor=actor)

    def record_mail_report(self, report: MailReport) -> bool:
        """Record a report about a mail that was sent. Return False if the mail is not known yet."""
        return mail_reports.record_mail_report(self.ports, report)

    def sweep(self, *, limit: int = 200) -> int:
        """Apply due reminders, escalations and deadlines. Return the number of changes."""
        return sweep.sweep(self.ports, limit=limit)

    def deliver(self, *, lane: Lane, limit: int = 100, within: timedelta | None = None) -> int:
        """Send the due messages of one lane. Return their number.

        With `within`, sending to an account that is slower continues in the background.
        """
        return send.deliver(self.ports, lane=lane, limit=limit, within=within)

    def forget_tokens(self, *, kept_for: timedelta) -> int:
        """Drop the task tokens of approvals that were settled longer ago. Return their number."""
        return self.ports.store.forget_tokens(before=self.now() - kept_for)

    def purge(self, *, proceed: Callable[[], bool] = lambda: True) -> int:
        """Archive and delete approvals that were settled long ago, while `proceed` returns true. Return their number.

        Does nothing without a retention time. Raises NotArchived.
        """
        if self.ports.retention is None:
            return 0
        from approvals.flows.retention.purge import purge  # few processes keep approvals for a limited time

        return purge(self.ports, proceed=proceed)
