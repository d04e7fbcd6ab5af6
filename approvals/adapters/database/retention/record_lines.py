"""Lines: the rows of an approval as one line of JSON, with the names of the API. The sealed task token is left out.

Keys are sorted, so the same rows give the same bytes, and the content in a line has the hash that was recorded for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from approvals.adapters.database import tables
from approvals.domain.values import canonical_json

Rows = Mapping[str, Sequence[sa.RowMapping]]
"""The rows of one approval by table."""
FORMAT = 1
LISTS = {"decisions": tables.decisions, "notes": tables.notes, "messages": tables.outbox}
"""The tables with rows of an approval that are part of its line, by the key in the line."""
JSON = {
    "content", "policy", "reviewers", "outcome", "answers", "operators", "undelivered", "form", "facts", "message",
    tables.ACTIONS,
}  # fmt: skip
_RENAMED = {tables.ACTIONS: "actions"}
_LEFT_OUT = {"sealed_token", "next_action_at", "next_attempt_at", "lease", "approval_id"}
"""The token, and what is empty in an approval of which nothing is left to do."""


def record_line(approval: sa.RowMapping, others: Rows) -> bytes:
    """Return the line of an approval with its other rows. Raises one of READ_ERRORS."""
    parts = {key: [_named(row) for row in others.get(key, ())] for key in LISTS}
    return canonical_json({"format": FORMAT, "approval": _named(approval), **parts}) + b"\n"


def _named(row: sa.RowMapping) -> dict[str, Any]:
    """Return the columns that are not empty by their names in JSON, and the JSON in them as such."""
    found = {name: value for name, value in row.items() if value is not None and name not in _LEFT_OUT}
    return {
        _RENAMED.get(name) or _camel(name): msgspec.json.decode(value) if name in JSON else value
        for name, value in found.items()
    }


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)
