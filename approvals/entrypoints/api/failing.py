"""The shape of failing messages in the API: those that could not be delivered, and are tried again."""

from datetime import datetime

from approvals.domain.model.approval import Approval
from approvals.domain.model.messages.failing import Failing, FailingMessage, MessageKind
from approvals.domain.model.messages.outgoing import Lane
from approvals.domain.model.messages.results import ReasonClass
from approvals.domain.model.messages.topics import EventName
from approvals.domain.values import Value
from approvals.presentation.messages.failing import recipient_of


class FailingView(Value, frozen=True, kw_only=True, omit_defaults=False):
    """A message that could not be delivered since then, and is tried again.

    `to` is the id of a reviewer, `requester`, or the address of a channel, and null for a callback and a heartbeat, as
    are `topic` and `channel`. `reasonClass` is one of a few words, `reason` says more.
    """

    lane: Lane
    what: MessageKind
    topic: EventName | None
    channel: str | None
    to: str | None
    attempts: int
    reason_class: ReasonClass
    reason: str
    since: datetime
    next_attempt: datetime


class FailingMessages(Value, frozen=True, kw_only=True, omit_defaults=False):
    """How many messages fail; `items` has the callback, and some of the others, the oldest first."""

    count: int
    items: tuple[FailingView, ...]


def failing_view(approval: Approval, failing: Failing) -> FailingMessages:
    """Return the failing messages of an approval as the API shows them."""
    return FailingMessages(count=failing.count, items=tuple(_view(approval, one) for one in failing.messages))


def _view(approval: Approval, one: FailingMessage) -> FailingView:
    return FailingView(
        lane=one.lane, what=one.what, topic=one.topic, channel=one.channel or None,
        to=recipient_of(approval, one) or None, attempts=one.attempts, reason_class=one.kind, reason=one.reason,
        since=one.since, next_attempt=one.next_attempt,
    )  # fmt: skip
