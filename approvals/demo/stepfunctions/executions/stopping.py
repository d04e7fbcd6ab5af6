"""An execution ends at once and for good: stopped, out of time, or over.

In the stock interpreter StopExecution leaves a waiting execution RUNNING, and TimeoutSeconds of the machine leaves its
tokens open. On AWS the status is final when StopExecution answers, and every token answers TaskTimedOut from then on.
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

# Moto sets the status first and the output later: whoever reads both holds this lock.
status_lock = threading.RLock()

_initialise = Execution.__init__
_set_error = Environment.set_error
_set_timed_out = Environment.set_timed_out
_terminated = BaseExecutionWorkerCommunication.terminated


def initialise(self: Execution, *args: Any, **options: Any) -> None:
    """An execution is listed a moment before it is started, and has to have a status already."""
    _initialise(self, *args, **options)
    self.exec_status = ExecutionStatus.RUNNING


def running_environment(execution: Execution, *, patience_seconds: float = 5) -> Environment | None:
    """The environment once its program runs: a moment after StartExecution has answered, or never if parsing failed."""
    give_up = time.monotonic() + patience_seconds
    while time.monotonic() < give_up:
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
    """Threads that a stop has woken fail on their way out; that is no news about the execution."""
    if not isinstance(self._program_state, (ProgramStopped, ProgramTimedOut)):
        _set_error(self, error)


def terminated(self: BaseExecutionWorkerCommunication) -> None:
    execution: Any = self.execution
    with status_lock:
        if execution.exec_status == ExecutionStatus.RUNNING:
            _terminated(self)
        abandon(execution.exec_worker.env)


def stop_everything() -> None:
    """Stop all that runs in any account and Region, so that no thread waits for an answer that cannot come.

    Nor sends one any more: what is made next may have the same name as the queue that a message was on its way to.
    """
    now = datetime.datetime.now(datetime.UTC)
    for backends in stepfunctions_parser_backends.values():
        for backend in backends.values():
            if isinstance(backend, StepFunctionsParserBackend):
                for execution in backend._get_executions():
                    execution.stop(now, None, None)
    _let_end()


def _let_end(*, patience_seconds: float = 5) -> None:
    give_up = time.monotonic() + patience_seconds
    while any(thread.is_alive() for thread in list(TMP_THREADS)) and time.monotonic() < give_up:
        time.sleep(0.002)
    TMP_THREADS.clear()


def apply() -> None:
    replace(Execution, __init__=initialise, stop=stop)
    replace(Environment, set_timed_out=set_timed_out, set_error=set_error)
    replace(BaseExecutionWorkerCommunication, terminated=terminated)
