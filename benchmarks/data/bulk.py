"""Bulk data: many pending approvals as copies of one real approval, made by the database."""

from collections.abc import Mapping
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from approvals.adapters.database import tables
from approvals.flows.gateway import Gateway
from benchmarks.data.samples import submit_many

PEOPLE = 1000
MUCH_LATER = "now() + interval '30 days' + n * interval '1 second'"
NEW_ID = "lpad(to_hex(1600000000000 + n), 11, '0') || substr(md5(n::text), 1, 14)"
"""IDs in the real format, which begins with the time. All are older than approvals submitted during the run."""
COPIED = {
    "id": NEW_ID,
    "approval_id": NEW_ID,
    "token_sha256": "md5(n::text) || md5('token' || n)",
    "next_action_at": MUCH_LATER,
    "deadline": MUCH_LATER,
    "reviewers.reviewer": f"'person-' || mod(n, {PEOPLE}) || '-' || t.number || '@example.com'",
}
"""The columns that differ between copies, as SQL over the number n; all others are copied."""
NO_CHANGES: Mapping[str, str] = MappingProxyType({})
A_REVIEWER = "person-7-0@example.com"


def fill(gateway: Gateway, database_url: str, *, pending: int) -> None:
    """Fill a database with pending approvals whose notices are sent and whose heartbeats are not due."""
    [original] = submit_many(gateway, 1)
    engine = sa.create_engine(database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE outbox SET next_attempt_at = CASE lane WHEN 'notice' THEN NULL ELSE now() + interval '30 days' END,"
            " closed_at = CASE lane WHEN 'notice' THEN now() END, result = CASE lane WHEN 'notice' THEN 'sent' END"
        )
    copy(database_url, original=original, times=pending)
    analyze(database_url)


def copy(database_url: str, *, original: str, times: int, changes: Mapping[str, str] = NO_CHANGES) -> None:
    """Copy an approval with all its rows; `changes` are further columns that differ, as SQL over n."""
    engine = sa.create_engine(database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
        for table in tables.metadata.sorted_tables:
            connection.exec_driver_sql(_copying(table, {**COPIED, **changes}), {"original": original, "pending": times})


def analyze(database_url: str) -> None:
    """Give the database what time gives it: statistics, visible pages, and nothing to be written back."""
    engine = sa.create_engine(database_url, poolclass=NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
        connection.exec_driver_sql("CHECKPOINT")


def _copying(table: sa.Table, copied: Mapping[str, str]) -> str:
    whose = "approval_id" if "approval_id" in table.c else "id"
    names = ", ".join(f'"{column.name}"' for column in table.c)
    values = ", ".join(_value(column, copied) for column in table.c)
    return (
        f'INSERT INTO "{table.name}" ({names}) SELECT {values} FROM "{table.name}" AS t'
        f" CROSS JOIN generate_series(1, %(pending)s::bigint) AS n WHERE t.{whose} = %(original)s"
    )


def _value(column: sa.Column[object], copied: Mapping[str, str]) -> str:
    by_table = copied.get(f"{column.table}.{column.name}")
    return by_table or copied.get(column.name, f't."{column.name}"')
