"""The stage: whatever holds an approval while a scenario is played."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from approvals.domain.directory.people import Directory
from approvals.domain.model.approval import Answer, Approval, Note
from approvals.domain.model.messages.outgoing import Callback
from approvals.domain.model.submission import Submission


class Stage(Protocol):
    """What holds the approval: values alone, or a gateway on a database. The verbs raise what theirs raise."""

    now: datetime
    directory: Directory

    @property
    def sent(self) -> Sequence[tuple[str, str, str]]:
        """(event, channel, address) of what has left so far."""

    @property
    def told(self) -> Sequence[Callback]: ...

    def open(self, submission: Submission, *, caller: str) -> None: ...
    def ask_again(self, submission: Submission, *, caller: str) -> None: ...
    def approval(self) -> Approval: ...
    def notes(self) -> list[Note]: ...
    def next_stop(self) -> datetime | None:
        """When something is due by itself next, be it only a message that waits for the morning."""

    def sweep(self) -> None: ...
    def deliver(self) -> None: ...
    def decide(self, reviewer: int, answer: Answer, *, by: str) -> None: ...
    def fail_mail(self, reviewer: int) -> None:
        """The mail server refuses the reviewer's address."""

    def claim(self, reviewer: int, *, release: bool) -> None: ...
    def reassign(self, reviewer: int, *, to: str, operator: bool) -> None: ...
    def remind_now(self, reviewer: int | None) -> None: ...
    def ask_question(self, reviewer: int, text: str) -> None: ...
    def reply(self, text: str, *, actor: str) -> None: ...
    def extend(self, until: datetime, *, reviewer: int | None) -> None: ...
    def withdraw(self, actor: str) -> None: ...
    def cancel(self, reason: str) -> None: ...
    def stop_execution(self) -> None: ...


def outline(stage: Stage) -> dict[str, Any]:
    """What must be the same wherever it is played."""
    approval = stage.approval()
    return {
        "notes": [(n.event, n.at, n.actor) for n in stage.notes() if not n.event.startswith("callback.")],
        "reviewers": approval.reviewers, "status": approval.status, "stage": approval.stage,
        "next": approval.next_action_at, "actions": approval.actions,
    }  # fmt: skip
