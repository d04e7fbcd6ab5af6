"""Damage: rows as a later release may write them, or as a fault leaves them. Each is what one UPDATE sets."""

import logging
from typing import Any

import pytest
import sqlalchemy as sa

from approvals.adapters.database.engine import Database
from tests.builders import a_submission
from tests.fakes import World

APPROVALS = {
    "JSON that is cut off": {"content": '{"title": "Ref'},
    "content with a field of a later release": {"content": '{"title": "Refund", "fromTheFuture": true}'},
    "content of another type": {"content": "[]"},
    "a policy of a later release": {"policy": '{"stages": [{"groups": [{"from": ["ana"], "weight": 2}]}]}'},
    "a policy that is null": {"policy": "null"},
    "an unknown word in the policy": {"policy": '{"stages": [{"groups": [{"from": ["ana"]}]}], "assurance": "oath"}'},
    "a reviewer without a number": {"reviewers": '[{"id": "ana@example.com"}]'},
    "no text at all": {"reviewers": ""},
    "an unknown status": {"status": "onHold"},
    "an unknown state of the callback": {"callback": "queued"},
    "actions of another shape": {"meanwhile": '{"claim": 7}'},
    "an action of nobody": {"meanwhile": '{"claim": {"reviewer": 70, "at": "2026-03-02T09:30:00Z"}}'},
    "an outcome of another shape": {"outcome": '"approved"'},
    "answers of another shape": {"answers": "7"},
    "a stage that it does not have": {"stage": 7},
}
ONLY_SQLITE: dict[str, dict[str, Any]] = {
    "a moment that is none": {"deadline": "tomorrow"},
    "text for a number": {"stage": "first"},
    "bytes for text": {"content": b"\xff\xfe"},
    "text that is not UTF-8": {"content": sa.text("CAST(x'7bff7d' AS TEXT)")},
    "a name that is not UTF-8": {"caller": sa.text("CAST(x'ff' AS TEXT)")},
}
ONLY_POSTGRESQL: dict[str, dict[str, Any]] = {
    "a moment after all years": {"deadline": "infinity"},
    "a moment before all years": {"stage_since": "-infinity"},
}
MESSAGES = {
    "JSON that is cut off": {"message": '{"kind": "noti'},
    "a kind of a later release": {"message": '{"kind": "voice", "to": "+49"}'},
    "a topic of a later release": {
        "message": '{"kind": "notice", "about": {"kind": "praised"}, "channel": "mail", "to": "ana@example.com"}'
    },
    "null": {"message": "null"},
}


def named(database_url: str) -> dict[str, dict[str, Any]]:
    """Return every damage of a row of approvals that this database can hold."""
    return APPROVALS | (ONLY_SQLITE if database_url.startswith("sqlite") else ONLY_POSTGRESQL)


def damage(database: Database, table: str, values: dict[str, Any], **where: Any) -> None:
    """Set these columns of the rows with these values, past all code."""
    given = {name: value for name, value in values.items() if not isinstance(value, sa.TextClause)}
    said = [f"{name} = {value if isinstance(value, sa.TextClause) else f':{name}'}" for name, value in values.items()]
    found = " AND ".join(f"{name} = :of_{name}" for name in where) or "1 = 1"
    with database.engine.begin() as connection:
        connection.execute(
            sa.text(f"UPDATE {table} SET {', '.join(said)} WHERE {found}"),
            {**given, **{f"of_{name}": value for name, value in where.items()}},
        )


def stored(database: Database, table: str, column: str = "*", **where: Any) -> list[Any]:
    """Return the rows as they are, or one column of them."""
    found = " AND ".join(f"{name} = :{name}" for name in where) or "1 = 1"
    shown = f"CAST({column} AS TEXT)" if column != "*" else "*"
    with database.engine.connect() as connection:
        rows = connection.execute(
            sa.text(f"SELECT {shown} FROM {table} WHERE {found}"),
            where,
        )
        return [row[0] if column != "*" else tuple(row) for row in rows]


def submit_several(world: World, count: int = 3, **changes: Any) -> list[str]:
    """Submit some approvals and return their ids."""
    return [
        world.gateway.submit(a_submission(task_token=f"token-{n}", **changes), caller="tests").approval_id
        for n in range(count)
    ]


def spoil(world: World, approval_id: str, values: dict[str, Any] | None = None) -> None:
    """Write a value into an approval that this version cannot read."""
    damage(world.database, "approvals", values or APPROVALS["content with a field of a later release"], id=approval_id)


def unreadable_rows(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Return the table and the approval of each row that was logged as unreadable."""
    found = [record for record in caplog.records if getattr(record, "event", "") == "row.unreadable"]
    assert all(record.levelno == logging.ERROR for record in found)
    return [(vars(record)["table"], vars(record)["approval_id"]) for record in found]
