"""The messages between the driver and PostgreSQL, as libpq itself records them: statements, round trips, waits."""

import re
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO, Any, NamedTuple

import psycopg
import sqlalchemy as sa
from psycopg import pq

# In a pipeline the driver also parses BEGIN, which is not planned.
_SENT = re.compile(rb'^F\t\d+\t(Query|Execute|Sync|Flush|Parse(?!\t "" "BEGIN))\b', re.MULTILINE)
# The driver flushes after a Sync if the answer is not there yet: that is no further question.
_AGAIN = re.compile(rb"^(F\t\d+\tSync\n)F\t\d+\tFlush\n", re.MULTILINE)


class Cost(NamedTuple):
    """What an operation costs on any machine."""

    statements: int
    """Statements that the server executes, those of a transaction (BEGIN, COMMIT) among them."""
    round_trips: int
    """How often the client asks for what the server has to answer."""
    waits: int
    """How often the driver waits for its connection, which takes it more processor time than most statements."""
    parsed: int = 0
    """Texts that the server parses and plans again. None, once each statement has been prepared."""


class Conversation:
    """All that is said on the connections of an engine, from the first one on."""

    def __init__(self, engine: sa.Engine) -> None:
        self._traced: list[tuple[psycopg.Connection, IO[bytes]]] = []
        self._waits = 0
        sa.event.listen(engine, "do_connect", self._connect)

    @contextmanager
    def counted(self) -> Generator[list[Cost]]:
        """Count what happens in the block. Afterwards the list has its cost."""
        cost: list[Cost] = []
        before = self._so_far()
        yield cost
        cost.append(Cost(*(now - then for now, then in zip(self._so_far(), before, strict=True))))

    @property
    def connections(self) -> int:
        return len(self._traced)

    def close(self) -> None:
        """End the recording, before the connections are closed."""
        for connection, trace in self._traced:
            if not connection.closed:
                connection.pgconn.untrace()
            trace.close()

    def _connect(self, _dialect: Any, _record: Any, arguments: Any, parameters: Any) -> psycopg.Connection:
        conversation = self

        class Observed(psycopg.Connection):
            def wait(self, *arguments: Any, **options: Any) -> Any:
                conversation._waits += 1
                return super().wait(*arguments, **options)

        connection = Observed.connect(*arguments, **parameters)
        trace = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._traced.append((connection, trace))
        connection.pgconn.trace(trace.fileno())
        connection.pgconn.set_trace_flags(pq.Trace.SUPPRESS_TIMESTAMPS)
        return connection

    def _so_far(self) -> Cost:
        sent = [kind for _, trace in self._traced for kind in _kinds(trace)]
        times = {kind: sent.count(kind) for kind in (b"Query", b"Parse", b"Execute", b"Sync", b"Flush")}
        return Cost(
            statements=times[b"Query"] + times[b"Execute"],
            round_trips=times[b"Query"] + times[b"Sync"] + times[b"Flush"],
            waits=self._waits,
            parsed=times[b"Parse"],
        )


def _kinds(trace: IO[bytes]) -> list[bytes]:
    trace.seek(0)
    return _SENT.findall(_AGAIN.sub(rb"\1", trace.read()))
