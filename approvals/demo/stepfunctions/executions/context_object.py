"""The context object's Execution as AWS gives it: StartTime is text, and RedriveCount is there (0 at first).

Moto leaves the count out, and puts in a moment that breaks every task which has to write it as JSON.
"""

from datetime import UTC, datetime
from typing import Any

from moto.stepfunctions.parser.backend import execution_worker

from approvals.demo.stepfunctions.patching import replace


def execution_data(**data: Any) -> dict[str, Any]:
    started = data["StartTime"]
    if isinstance(started, datetime):
        started = started.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {**data, "StartTime": started, "RedriveCount": 0}


def apply() -> None:
    replace(execution_worker, ExecutionData=execution_data)
