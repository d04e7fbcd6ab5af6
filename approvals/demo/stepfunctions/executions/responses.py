"""The responses of StartExecution, StopExecution, DescribeExecution, ListExecutions and GetExecutionHistory.

Moto names every unnamed execution "None", drops StopExecution's error and cause, omits the quotes of a string output,
and supports neither reverseOrder nor pages of history. Shapes and page sizes are those of the service model.
"""

import datetime
import uuid
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import ValidationException
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.responses import StepFunctionResponse

from approvals.demo.stepfunctions.executions.stopping import status_lock
from approvals.demo.stepfunctions.patching import replace

HISTORY_PAGE = 100

_describe_execution = StepFunctionResponse.describe_execution
_list_executions = StepFunctionResponse.list_executions
_get_execution_history = StepFunctionResponse.get_execution_history


def start_execution(self: StepFunctionResponse) -> ActionResult:
    execution = self.stepfunction_backend.start_execution(
        self._get_param("stateMachineArn"),
        self._get_param("name") or str(uuid.uuid4()),
        self._get_param("input", if_none="{}"),
    )
    return ActionResult({"executionArn": execution.execution_arn, "startDate": execution.start_date})


def stop_execution(self: StepFunctionResponse) -> ActionResult:
    execution: Any = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    execution.stop(datetime.datetime.now(datetime.UTC), self._get_param("error"), self._get_param("cause"))
    return ActionResult({"stopDate": execution.stop_date})


def describe_execution(self: StepFunctionResponse) -> ActionResult:
    with status_lock:
        described: Any = _describe_execution(self).result
        execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
        if execution.status == ExecutionStatus.SUCCEEDED.value:
            described["output"] = to_json_str(execution.output, separators=(",", ":"))
        if execution.status != ExecutionStatus.RUNNING.value:
            described["stopDate"] = execution.stop_date
    return ActionResult(described)


def list_executions(self: StepFunctionResponse) -> ActionResult:
    with status_lock:
        listed: Any = _list_executions(self).result
        for item in listed["executions"]:
            if item["status"] != ExecutionStatus.RUNNING.value:
                execution = self.stepfunction_backend.describe_execution(item["executionArn"])
                item["stopDate"] = execution.stop_date
    return ActionResult(listed)


def get_execution_history(self: StepFunctionResponse) -> ActionResult:
    history: Any = _get_execution_history(self).result
    events = list(history["events"])
    if self._get_param("reverseOrder"):
        events.reverse()
    if self._get_param("includeExecutionData") is False:
        events = [without_data(event) for event in events]
    begin = page_begin(self._get_param("nextToken"))
    end = begin + int(self._get_param("maxResults") or HISTORY_PAGE)
    page: dict[str, Any] = {"events": events[begin:end]}
    if end < len(events):
        page["nextToken"] = str(end)
    return ActionResult(page)


def page_begin(next_token: str | None) -> int:
    if next_token is None:
        return 0
    if not next_token.isdigit():
        raise ValidationException(f"Invalid Token: '{next_token}'")
    return int(next_token)


def without_data(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event without the workflow's data."""
    withheld = {"input", "output", "parameters"}
    return {
        name: {key: kept for key, kept in value.items() if key not in withheld} if isinstance(value, dict) else value
        for name, value in event.items()
    }


def apply() -> None:
    replace(
        StepFunctionResponse,
        start_execution=start_execution,
        stop_execution=stop_execution,
        describe_execution=describe_execution,
        list_executions=list_executions,
        get_execution_history=get_execution_history,
    )
