"""The event of an answer that was not accepted."""

from datetime import datetime

from approvals.domain.model.errors import Refused
from approvals.telemetry.event import Event, Name


def answer_refused(error: Refused, approval_id: str, *, via: str, at: datetime) -> Event:
    """Return the event; its reason is the kind of the refusal, never its text."""
    reason = "" if isinstance(error.reason, str) else type(error.reason).__name__
    return Event(name=Name.ANSWER_REFUSED, at=at, approval_id=approval_id, channel=via, reason=reason)
