"""The author of an action, for the audit trail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from approvals.domain.model.approval import Note, Via
from approvals.domain.values import Value


class Actor(Value, frozen=True, kw_only=True):
    """The author of an action, the channel it came by, and more facts for the audit trail."""

    via: Via
    id: str | None = None
    """None for a reviewer who acts for themselves: the note names that reviewer."""
    facts: Mapping[str, Any] = {}

    def note(self, event: str, facts: Mapping[str, Any] = {}, *, at: datetime, reviewer_id: str = "") -> Note:
        """Return the line of the audit trail about an event."""
        return Note(event=event, at=at, actor=self.id or reviewer_id, facts={**facts, "via": self.via, **self.facts})
