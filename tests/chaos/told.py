"""What the gateway told its clients: the judge holds it against the record."""

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Told:
    """Each answer on which a client relies."""

    submitted: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The ids of the approvals that a task token was answered with."""
    decisions: dict[str, str] = field(default_factory=dict)
    """The options that were answered as recorded, by their comments: each attempt has a comment of its own."""
    attempts: dict[str, str] = field(default_factory=dict)
    """The options of all attempts, by their comments."""
    cancelled: set[str] = field(default_factory=set)
    callbacks: set[tuple[str, str]] = field(default_factory=set)
    """The final states of callbacks, each with the approval's id."""

    def recent(self, count: int) -> list[str]:
        """Return the ids of the latest approvals."""
        return [approval_id for ids in list(self.submitted.values())[-count:] for approval_id in list(ids)]

    def shown(self, approval: dict[str, str | dict[str, str]]) -> None:
        """Record the state of the callback in an answer of the API, if it is a final one."""
        callback = approval["callback"]
        if isinstance(callback, dict) and callback["state"] not in ("none", "waiting"):
            self.callbacks.add((str(approval["id"]), callback["state"]))
