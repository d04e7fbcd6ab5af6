"""The author of an action, for the audit trail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from approvals.domain.model.approval import ON_BEHALF, Note, Via
from approvals.domain.values import Value


class Actor(Value, frozen=True, kw_only=True):
    """The author of an action, the channel it came by, and more facts for the audit trail."""

    via: Via
    id: str | None = None
    """None for a reviewer who acts for themselves: the note names that reviewer."""
    facts: Mapping[str, Any] = {}

    @property
    def on_behalf(self) -> bool:
        """Return whether what they do as a reviewer is done on behalf of that reviewer."""
        return self.via in ON_BEHALF

    @property
    def operator(self) -> str | None:
        """Return the id of an operator or of an API key."""
        return self.id if self.on_behalf else None

    def note(self, event: str, facts: Mapping[str, Any] = {}, *, at: datetime, reviewer_id: str = "") -> Note:
        """Return the line of the audit trail about an event. Its actor is who acted, on whose behalf its fact `for`."""
        behalf = {"for": reviewer_id} if reviewer_id and self.operator else {}
        whole = {**facts, **behalf, "via": self.via, **self.facts}
        return Note(event=event, at=at, actor=self.id or reviewer_id, facts=whole)
