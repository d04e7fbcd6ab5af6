"""The context object's Execution as in AWS, with StartTime as text and RedriveCount.

Moto omits the count, and sets a datetime that no task can serialise as JSON.
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
