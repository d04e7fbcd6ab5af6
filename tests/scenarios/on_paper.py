"""The stage made of values alone: the domain's verbs, a clock, and a pile of messages."""

from datetime import datetime

from msgspec.structs import replace

from approvals.domain.directory.configuration import configuration
from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.policy_members import People, Reach
from approvals.domain.eligibility.reevaluation import is_current
from approvals.domain.lifecycle import actions, questions, wait_attempts
from approvals.domain.lifecycle import decide as deciding
from approvals.domain.lifecycle import open as opening
from approvals.domain.lifecycle import reassign as reassigning
from approvals.domain.lifecycle import settle as settling
from approvals.domain.lifecycle.notices import pointless, with_requester_told
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.lifecycle.schedule import advance, next_action, reevaluate
from approvals.domain.lifecycle.unreachable import record_failures
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer, Approval, Change, Note
from approvals.domain.model.errors import AlreadySettled
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.outgoing import Callback, Notice, dedup_key
from approvals.domain.model.messages.results import GivenUp
from approvals.domain.model.messages.topics import Asked
from approvals.domain.model.messages.undelivered import Undelivered
from approvals.domain.model.policy import Assurance
from approvals.domain.model.submission import Submission
from approvals.domain.problems import Invalid
from tests.builders import NOW, by

REACH = Reach(channels=frozenset({"mail", "slack"}), assurance="slack")
DEPLOYMENT = Deployment(reach=REACH)
PROOFS: dict[str, tuple[Actor, Assurance]] = {
    "link": (Actor(via="link"), "link"),
    "slack": (Actor(via="slack"), "slack"),
    "command": (Actor(via="command", id="command:tests"), "operator"),
}
"""Who answers, and by what proof, for each way in which a story says that they do."""
REFUSED = GivenUp("the mail server refuses the recipient (550)", recipient=True)


def asked_by_mail(reviewer: int, address: str) -> Notice:
    return Notice(about=Asked(0), channel="mail", to=address, audience=ForReviewer(reviewer))


class OnPaper:
    """Implements Stage."""

    def __init__(self) -> None:
        self.now, self.directory = NOW, Directory()
        self.sent: list[tuple[str, str, str]] = []
        self.told: list[Callback] = []
        self._approval: Approval | None = None
        self._notes: list[Note] = []
        self._waiting: list[tuple[datetime, Notice]] = []
        self._keys: set[str] = set()
        self._held_against: str | None = None

    @property
    def people(self) -> People:
        return People(directory=self.directory, reach=REACH, fingerprint=configuration(self.directory).fingerprint)

    def open(self, submission: Submission, *, caller: str) -> None:
        change = self._opened(submission, caller=caller)
        self._held_against = configuration(self.directory).fingerprint
        self._apply(change)
        self._hold_against_people()
        self._write(change.then)

    def ask_again(self, submission: Submission, *, caller: str) -> None:
        newer, older = self._opened(submission, caller=caller).approval, self.approval()
        if wait_attempts.in_doubt(newer, [older]):
            self._apply(wait_attempts.end_unawaited(older, [newer], now=self.now))

    def approval(self) -> Approval:
        assert self._approval is not None
        return self._approval

    def notes(self) -> list[Note]:
        return self._notes

    def next_stop(self) -> datetime | None:
        moments = (self.approval().next_action_at, *(at for at, _ in self._waiting))
        return min((at for at in moments if at), default=None)

    def sweep(self) -> None:
        approval = self.approval()
        if approval.next_action_at and approval.next_action_at <= self.now:
            while change := advance(
                self.approval(),
                self.now,
                people=self.people,
            ):
                self._apply(change)
            if approval is self.approval():
                self._approval = replace(approval, next_action_at=next_action(approval, self.now))
            self._hold_against_people()
        fingerprint = configuration(self.directory).fingerprint
        if self.approval().pending and fingerprint not in (None, self._held_against):
            self._held_against = fingerprint
            self.judge_anew()
            self.sweep()

    def deliver(self) -> None:
        due = [notice for at, notice in self._waiting if at <= self.now]
        self._waiting = [(at, notice) for at, notice in self._waiting if at > self.now]
        self.sent += [(n.event, n.channel, n.to) for n in due if not pointless(n, self.approval())]

    def decide(self, reviewer: int, answer: Answer, *, by: str) -> None:
        actor, assurance = PROOFS[by]
        self.judge_anew()
        self._apply(
            deciding.decide(
                self.approval(), reviewer=reviewer, answer=answer, actor=actor, assurance=assurance, now=self.now
            )
        )

    def fail_mail(self, reviewer: int) -> None:
        approval = self.approval()
        if reviewer >= len(approval.reviewers):
            raise Invalid.at("reviewer", "nobody has this number")
        address = approval.reviewers[reviewer].email or ""
        failure = Undelivered(reviewer=reviewer, channel="mail", address=address, reason=REFUSED.reason, at=self.now)
        notice = asked_by_mail(reviewer, address)
        self._apply(record_failures(approval, [failure], notice=notice, people=self.people, now=self.now))

    def claim(self, reviewer: int, *, release: bool) -> None:
        self.judge_anew()
        self._apply(actions.claim(self.approval(), reviewer=reviewer, actor=by(), now=self.now, release=release))

    def reassign(self, reviewer: int, *, to: str, operator: bool) -> None:
        self.judge_anew()
        self._apply(
            reassigning.reassign(
                self.approval(), reviewer=reviewer, to=to, actor=by("tests"), people=self.people,
                now=self.now, operator=operator,
            )
        )  # fmt: skip

    def remind_now(self, reviewer: int | None) -> None:
        self.judge_anew()
        self._apply(actions.remind_now(self.approval(), actor=by("tests"), now=self.now, reviewer=reviewer))

    def ask_question(self, reviewer: int, text: str) -> None:
        self.judge_anew()
        self._apply(
            questions.ask_question(
                self.approval(),
                reviewer=reviewer,
                text=text,
                people=self.people,
                actor=by(),
                now=self.now,
            )
        )

    def reply(self, text: str, *, actor: str) -> None:
        self.judge_anew()
        self._apply(questions.reply(self.approval(), question=0, text=text, actor=by(actor), now=self.now))

    def extend(self, until: datetime, *, reviewer: int | None) -> None:
        self.judge_anew()
        self._apply(actions.extend(self.approval(), until=until, actor=by("tests"), now=self.now, reviewer=reviewer))

    def withdraw(self, actor: str) -> None:
        self.judge_anew()
        self._apply(actions.withdraw(self.approval(), actor=by(actor), reason="", now=self.now))

    def cancel(self, reason: str) -> None:
        self.judge_anew()
        if not self.approval().pending:
            raise AlreadySettled(self.approval())
        self._apply(settling.cancel(self.approval(), actor="tests", reason=reason, now=self.now))

    def stop_execution(self) -> None:
        if self.approval().pending:
            self._apply(wait_attempts.note_report(self.approval(), reason="it ended", now=self.now))
            reported = wait_attempts.reported_reason(self.notes(), now=self.now)
            self._apply(wait_attempts.end_unawaited(self.approval(), [], now=self.now, reported=reported))

    def _opened(self, submission: Submission, *, caller: str) -> Change:
        return opening.open_approval(
            submission, approval_id="approval", callback_id="callback", caller=caller, directory=self.directory,
            deployment=DEPLOYMENT, now=self.now,
        )  # fmt: skip

    def judge_anew(self) -> None:
        """Evaluate who may answer, as before every verb, and hold the evaluation that is skipped against a full one."""
        approval = self.approval()
        if not approval.pending or self.now >= approval.deadline:
            return
        change = reevaluate(approval, self.now, people=self.people)
        assert change is None or not is_current(approval, self.people), (
            "an evaluation that changes something is skipped"
        )
        self._apply(change)
        self._hold_against_people()

    def _hold_against_people(self) -> None:
        self._approval = replace(self.approval(), people_fingerprint=self.people.fingerprint)

    def _apply(self, change: Change | None) -> None:
        """What the flows would apply: the requester is told the outcome."""
        self._write(change and with_requester_told(change, people=self.people))

    def _write(self, change: Change | None) -> None:
        """What the store would write. No message is queued twice."""
        if change is None:
            return
        assert self._approval is None or change.approval.version == self._approval.version + 1
        self._approval = change.approval
        self._notes.append(change.note)
        for message in change.messages:
            assert dedup_key(message) not in self._keys, dedup_key(message)
            self._keys.add(dedup_key(message))
            if isinstance(message, Notice):
                self._waiting.append((message.not_before or self.now, message))
            elif isinstance(message, Callback):
                self.told.append(message)
