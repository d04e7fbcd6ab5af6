"""Undelivered: the addresses of reviewers at which messages do not arrive, as the approval stores them."""

from datetime import datetime
from typing import Literal

from approvals.domain.values import Value

FailureKind = Literal["refused", "bounced", "complained", "absent"]
"""How it is known: refused when a message was sent, returned later, called spam by the recipient, or not set up here.

A message that is accepted later disproves a refusal only: a mail that bounces was accepted, too.
"""


class MailReport(Value, frozen=True, kw_only=True):
    """What became of a mail after it was sent, found by its receipt."""

    receipt: str
    kind: Literal["bounced", "complained", "delivered"]
    reason: str
    sent_at: datetime


class Undelivered(Value, frozen=True, kw_only=True):
    """An address at which messages to a reviewer do not arrive, and why."""

    reviewer: int
    channel: str
    address: str
    reason: str
    kind: FailureKind = "refused"
    at: datetime
