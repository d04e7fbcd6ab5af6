"""Ending an execution at once and permanently: stopped, timed out or finished.

In moto, StopExecution leaves a waiting execution RUNNING, and TimeoutSeconds of the state machine leaves its tokens
open. On AWS the status is final when StopExecution answers, and every token answers TaskTimedOut from then on.
"""
# ruff: noqa: SLF001 - repairs reach into the interpreter

import datetime
import threading
import time
from typing import Any

from moto.stepfunctions.parser.api import ExecutionStatus, HistoryEventType
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped, ProgramTimedOut
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends
from moto.stepfunctions.parser.utils import TMP_THREADS

from approvals.demo.stepfunctions.patching import replace
from approvals.demo.stepfunctions.tasks.attempt_frames import abandon, finish

# moto sets the status before the output; reading both requires this lock
status_lock = threading.RLock()

_initialise = Execution.__init__
_set_error = Environment.set_error
_set_timed_out = Environment.set_timed_out
_terminated = BaseExecutionWorkerCommunication.terminated


def initialise(self: Execution, *args: Any, **options: Any) -> None:
    """Set the status at once, as an execution is listed shortly before it is started."""
    _initialise(self, *args, **options)
    self.exec_status = ExecutionStatus.RUNNING


def running_environment(execution: Execution, *, patience_seconds: float = 5) -> Environment | None:
    """Wait for the environment, which exists shortly after StartExecution, or never if parsing fails."""
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        env = execution.exec_worker.env if execution.exec_worker else None
        if env is not None and env.program_state() is not None:
            return env
        time.sleep(0.002)
    return None


def stop(self: Execution, stop_date: datetime.datetime, error: str | None, cause: str | None) -> None:
    env = running_environment(self)
    with status_lock:
        if self.exec_status != ExecutionStatus.RUNNING:
            return
        self.stop_date, self.error, self.cause = stop_date, error, cause
        self.exec_status = ExecutionStatus.ABORTED
        if env is not None:
            env.set_stop(stop_date=stop_date, cause=cause, error=error)
            details = {"executionAbortedEventDetails": {"error": error, "cause": cause}}
            finish(env, HistoryEventType.ExecutionAborted, details)


def set_timed_out(self: Environment) -> None:
    with status_lock:
        _set_timed_out(self)
        if not self.is_frame():
            finish(self, HistoryEventType.ExecutionTimedOut, {"executionTimedOutEventDetails": {}})


def set_error(self: Environment, error: Any) -> None:
    """Record an error, unless the execution was stopped, which makes its threads fail."""
    if not isinstance(self._program_state, (ProgramStopped, ProgramTimedOut)):
        _set_error(self, error)


def terminated(self: BaseExecutionWorkerCommunication) -> None:
    execution: Any = self.execution
    with status_lock:
        if execution.exec_status == ExecutionStatus.RUNNING:
            _terminated(self)
        abandon(execution.exec_worker.env)


def stop_everything() -> None:
    """Stop all executions of all accounts and Regions, and wait for their threads.

    A thread that still sends a message could otherwise reach a new queue with the same name.
    """
    now = datetime.datetime.now(datetime.UTC)
    for backends in stepfunctions_parser_backends.values():
        for backend in backends.values():
            if isinstance(backend, StepFunctionsParserBackend):
                for execution in backend._get_executions():
                    execution.stop(now, None, None)
    _wait_for_threads()


def _wait_for_threads(*, patience_seconds: float = 5) -> None:
    deadline = time.monotonic() + patience_seconds
    while any(thread.is_alive() for thread in list(TMP_THREADS)) and time.monotonic() < deadline:
        time.sleep(0.002)
    TMP_THREADS.clear()


def apply() -> None:
    replace(Execution, __init__=initialise, stop=stop)
    replace(Environment, set_timed_out=set_timed_out, set_error=set_error)
    replace(BaseExecutionWorkerCommunication, terminated=terminated)
