"""The plans that PostgreSQL really uses for the statements of an engine, as its own auto_explain reports them."""

import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
import pytest
import sqlalchemy as sa

_REPORT = {"log_min_duration": "0", "log_format": "json", "log_level": "notice", "log_nested_statements": "on"}
_MADE = "SELECT coalesce(sum(custom_plans), 0) FROM pg_prepared_statements"


class Plan(NamedTuple):
    statement: str
    root: Mapping[str, Any]

    @property
    def whole(self) -> list[str]:
        """The tables and indexes that it reads from end to end."""
        return [name for node in _nodes(self.root) if (name := _read_whole(node))]


class Plans:
    """All plans of the connections of an engine, from the first one on."""

    def __init__(self, engine: sa.Engine) -> None:
        self._connections: list[psycopg.Connection] = []
        self._reports: list[str] = []
        sa.event.listen(engine, "connect", self._report)

    @contextmanager
    def used(self) -> Generator[list[Plan]]:
        """Collect the plans of the block, which the list has afterwards."""
        plans: list[Plan] = []
        self._reports.clear()
        yield plans
        read = [json.loads(report.partition("plan:")[2]) for report in self._reports]
        plans += [Plan(one["Query Text"], one["Plan"]) for one in read]

    def made_for_values(self) -> int:
        """Return how many plans were made for single executions of prepared statements.

        PostgreSQL makes five of each, and then keeps one for all values if it costs no more.
        """
        # By the driver alone: after a ROLLBACK of SQLAlchemy it would forget all prepared statements.
        rows = [connection.execute(_MADE).fetchone() for connection in self._connections]
        return sum(int(row[0]) for row in rows if row)

    def _report(self, connection: psycopg.Connection, _record: object) -> None:
        try:
            connection.execute("LOAD 'auto_explain'")
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedFile) as error:
            pytest.skip(f"this PostgreSQL does not report its plans: {error}")
        for name, value in _REPORT.items():
            connection.execute(f"SET auto_explain.{name} = '{value}'")
        connection.commit()
        self._connections.append(connection)
        connection.add_notice_handler(lambda notice: self._reports.append(notice.message_primary or ""))


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _read_whole(node: Mapping[str, Any]) -> str:
    if node["Node Type"] == "Seq Scan":
        return str(node["Relation Name"])
    walked = node["Node Type"] in ("Index Scan", "Index Only Scan") and "Index Cond" not in node
    return str(node["Index Name"]) if walked else ""
