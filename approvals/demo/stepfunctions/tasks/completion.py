"""SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat: the first completion wins, later ones get TaskTimedOut.

Moto accepts several completions, answers late ones with OK or InvalidToken, drops `cause`, and accepts an output that
is not JSON. The limits are those of the service model.
"""
# ruff: noqa: SLF001 - repairs reach into the interpreter

import json
from typing import Any, NoReturn

from moto.core.responses import EmptyResult
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackOutcomeFailure, CallbackOutcomeSuccess
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from approvals.demo.stepfunctions.patching import replace
from approvals.demo.stepfunctions.tasks.waiting_task import WaitingTask
from approvals.demo.stepfunctions.tasks.wire_errors import InvalidOutput, InvalidToken, TaskTimedOut, ValueTooLong

TOKEN_LENGTH = 2048
OUTPUT_BYTES = 262_144
ERROR_LENGTH = 256
CAUSE_LENGTH = 32_768


def find_task(backend: StepFunctionsParserBackend, token: str) -> WaitingTask:
    """Return the task of a token issued in this backend's account and Region. Raise InvalidToken otherwise."""
    limit_length("taskToken", token, TOKEN_LENGTH)
    for execution in backend._get_executions():
        env = execution.exec_worker.env if execution.exec_worker else None
        task = env.callback_pool_manager.get(token) if env else None
        if isinstance(task, WaitingTask):
            return task
    raise InvalidToken


def limit_length(field: str, value: str | None, limit: int) -> None:
    if value is not None and len(value) > limit:
        raise ValueTooLong(field, limit)


def check_output(output: str) -> None:
    if len(output.encode()) > OUTPUT_BYTES:
        raise InvalidOutput(f"Output exceeds {OUTPUT_BYTES} bytes")
    try:
        json.loads(output, parse_constant=refuse_constant)
    except ValueError as error:
        raise InvalidOutput(str(error)) from error


def fits_in_a_state(value: Any) -> bool:
    """Return whether a value is within the quota. Moto's check is one byte short and counts blanks it adds."""
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()) <= OUTPUT_BYTES


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")  # Python reads NaN and Infinity, JSON has neither


def send_task_success(self: StepFunctionsParserBackend, task_token: str, outcome: str) -> None:
    check_output(outcome)
    if not find_task(self, task_token).complete(CallbackOutcomeSuccess(callback_id=task_token, output=outcome)):
        raise TaskTimedOut


def send_task_failure(
    self: StepFunctionsParserBackend, task_token: str, error: str | None = None, cause: str | None = None
) -> None:
    limit_length("error", error, ERROR_LENGTH)
    limit_length("cause", cause, CAUSE_LENGTH)
    outcome = CallbackOutcomeFailure(callback_id=task_token, error=error, cause=cause)
    if not find_task(self, task_token).complete(outcome):
        raise TaskTimedOut


def send_task_heartbeat(self: StepFunctionsParserBackend, task_token: str) -> None:
    """Accept a heartbeat even without HeartbeatSeconds, for which AWS documents no behaviour."""
    if not find_task(self, task_token).beat():
        raise TaskTimedOut


def respond_to_failure(self: StepFunctionResponse) -> Any:
    backend: Any = self.stepfunction_backend
    backend.send_task_failure(
        self._get_param("taskToken"), error=self._get_param("error"), cause=self._get_param("cause")
    )
    return EmptyResult()


def apply() -> None:
    replace(
        StepFunctionsParserBackend,
        send_task_success=send_task_success,
        send_task_failure=send_task_failure,
        send_task_heartbeat=send_task_heartbeat,
    )
    for module in (state, state_task_service):
        replace(module, is_within_size_quota=fits_in_a_state)
    replace(StepFunctionResponse, send_task_failure=respond_to_failure)
