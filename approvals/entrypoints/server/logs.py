"""Logs: text for people, JSON lines for machines. Never bodies, tokens, links or addresses."""

import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from approvals.telemetry.context import request_id
from approvals.telemetry.tracing import current_trace_id

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """Format a record as JSON: time, level, logger, message, the current `facts`, and `extra`."""

    def __init__(self, facts: Mapping[str, object] | None = None) -> None:
        super().__init__()
        self._facts = {} if facts is None else facts

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **self._facts,
            **_extra(record),
            **_context(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()


class TextFormatter(logging.Formatter):
    """`12:03:44 info  message  event=… approval_id=…`."""

    def format(self, record: logging.LogRecord) -> str:
        extra = "".join(f"  {name}={value}" for name, value in {**_extra(record), **_context()}.items())
        clock = self.formatTime(record, "%H:%M:%S")
        line = f"{clock} {record.levelname.lower():<7} {_one_line(record.getMessage() + extra)}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configure(*, form: str, level: str, facts: Mapping[str, object] | None = None) -> None:
    # No line has the names of threads and processes, and collecting them for each costs time.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(facts) if form == "json" else TextFormatter())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for chatty in ("botocore", "urllib3", "werkzeug", "alembic"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))


def _context() -> dict[str, str]:
    """Return what all lines of one request and one trace share."""
    found = {"request_id": request_id.get(), "trace_id": current_trace_id()}
    return {name: value for name, value in found.items() if value}


def _extra(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _one_line(text: str) -> str:
    """Escape line breaks, so that outside text cannot forge a log line."""
    return text.replace("\n", "\\n").replace("\r", "\\r")
