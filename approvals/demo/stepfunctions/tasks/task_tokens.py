"""Task tokens: a new one for every attempt, as long as AWS's and with characters that must be escaped in URLs.

Moto makes one short token per state, reuses it on Retry and replays the old outcome. AWS makes "a new random token" per
attempt (developer guide, "Wait for a callback with the task token").
"""
# ruff: noqa: SLF001 - repairs reach into the interpreter

import base64
import copy
import os
from typing import Any

from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import Timeout, TimeoutSeconds
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_activitiy import StateTaskActivity
from moto.stepfunctions.parser.asl.eval.states import ContextObject, TaskData

from approvals.demo.stepfunctions.patching import replace
from approvals.demo.stepfunctions.tasks.attempt_frames import abandon
from approvals.demo.stepfunctions.tasks.waiting_task import WaitingTask

TOKEN_PREFIX = "AQCEAAAAKgAAAAMAAAAA"  # the prefix of real tokens

_execute_service_task = StateTaskServiceCallback._eval_execution
_assert_pattern: Any = StateTaskServiceCallback._assert_integration_pattern_is_supported
_evaluate_with_timeout = ExecutionState._evaluate_with_timeout
_read_state_props = ExecutionState.from_state_props


class TimeoutInsideAttempt(Timeout):
    """A task's timeout inside its attempt; outside the attempt there is none.

    The interpreter runs a second clock around each attempt. Two clocks may disagree on whether a completion or the
    timeout came first, so only the token's own clock runs for waiting tasks.
    """

    def __init__(self, timeout: Timeout, *, around: Any) -> None:
        self._timeout = timeout
        self._around = around

    def is_default_value(self) -> bool:
        return bool(self._timeout.is_default_value())

    def _eval_seconds(self, env: Any) -> int:
        if env is self._around:
            return int(TimeoutSeconds.DEFAULT_TIMEOUT_SECONDS)
        return int(self._timeout._eval_seconds(env=env))


def new_task_token(self: ContextObject) -> str:
    token = TOKEN_PREFIX + base64.b64encode(os.urandom(560)).decode()
    self.context_object_data["Task"] = TaskData(Token=token)
    return token


def waits_for_token(state: Any) -> bool:
    if isinstance(state, StateTaskActivity):
        return True
    return isinstance(state, StateTaskServiceCallback) and (
        state.resource.condition is not None
        and ResourceCondition.WaitForTaskToken in state._supported_integration_patterns
    )


def enter_service_task(self: StateTaskServiceCallback, env: Any) -> None:
    """Run moto's method without its token, which would be shared by all attempts."""
    if waits_for_token(self):
        _assert_pattern(self)
    super(StateTaskServiceCallback, self)._eval_body(env=env)


def execute_service_task(self: StateTaskServiceCallback, env: Any) -> None:
    """Run one attempt in its own frame, with its own token."""
    if waits_for_token(self):
        self.timeout.eval(env=env)
        task = WaitingTask(env.states.context_object.update_task_token(), frame=env)
        task.run_for(env.stack.pop())
        env.callback_pool_manager._pool[task.callback_id] = task
    _execute_service_task(self, env)


def evaluate_attempt(self: ExecutionState, env: Any) -> None:
    attempt = self
    if waits_for_token(self):
        attempt = copy.copy(self)  # the state itself is shared by the iterations of a Map
        attempt.timeout = TimeoutInsideAttempt(self.timeout, around=env)
    try:
        _evaluate_with_timeout(attempt, env)
    except BaseException:
        abandon(env.latest_frame)
        raise


def read_state_props(self: ExecutionState, state_props: Any) -> None:
    """Read the properties, but keep AWS's default timeout: moto sets 60 s when only HeartbeatSeconds is given."""
    _read_state_props(self, state_props)
    if isinstance(self.timeout, TimeoutSeconds) and self.timeout.is_default:
        self.timeout = TimeoutSeconds(timeout_seconds=TimeoutSeconds.DEFAULT_TIMEOUT_SECONDS)


def apply() -> None:
    replace(ContextObject, update_task_token=new_task_token)
    replace(StateTaskServiceCallback, _eval_body=enter_service_task, _eval_execution=execute_service_task)
    replace(ExecutionState, _evaluate_with_timeout=evaluate_attempt, from_state_props=read_state_props)
