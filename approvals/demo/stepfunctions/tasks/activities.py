"""GetActivityTask, which moto does not implement, and activities shared by all executions of an account."""
# ruff: noqa: SLF001 - repairs reach into the interpreter

import threading
import time
from collections import deque
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import ActivityDoesNotExist as NoSuchActivity
from moto.stepfunctions.models import StepFunctionBackend
from moto.stepfunctions.parser.api import ActivityDoesNotExist
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_activitiy import StateTaskActivity
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackPoolManager
from moto.stepfunctions.responses import StepFunctionResponse

from approvals.demo.stepfunctions.patching import replace
from approvals.demo.stepfunctions.tasks.waiting_task import WaitingTask

POLL_SECONDS = 60.0  # AWS holds a poll open this long

_queues: dict[str, deque[WaitingTask]] = {}
_arrival = threading.Condition()
_polling = {"seconds": POLL_SECONDS, "closed": 0}

_delete_activity = StepFunctionBackend.delete_activity
_execute_activity = StateTaskActivity._eval_execution
_create_activity = StepFunctionBackend.create_activity


def create_activity(self: StepFunctionBackend, *args: Any, **options: Any) -> Any:
    activity = _create_activity(self, *args, **options)
    with _arrival:
        _queues[activity.arn] = deque()
    return activity


def delete_activity(self: StepFunctionBackend, activity_arn: str) -> None:
    _delete_activity(self, activity_arn)
    with _arrival:
        _queues.pop(activity_arn, None)


class PoolOfAttempt(CallbackPoolManager):
    """The execution's callback pool for one attempt of an activity; new tasks belong to the attempt's frame."""

    def __init__(self, pool: CallbackPoolManager, *, frame: Any) -> None:
        self._pool = pool._pool  # type: ignore[misc] # final in moto, and the same one here
        self._frame = frame

    def add_activity_task(self, callback_id: str, activity_arn: str, activity_input: str) -> WaitingTask:
        task = WaitingTask(callback_id, frame=self._frame, activity_input=activity_input)
        with _arrival:
            if activity_arn not in _queues:
                raise ActivityDoesNotExist(f"Activity Does Not Exist: '{activity_arn}'")
            self._pool[callback_id] = task
            _queues[activity_arn].append(task)
            _arrival.notify_all()
        return task


def execute_activity(self: StateTaskActivity, env: Any) -> None:
    env.callback_pool_manager = PoolOfAttempt(env.callback_pool_manager, frame=env)
    _execute_activity(self, env)


def take_task(activity_arn: str, worker_name: str | None) -> WaitingTask | None:
    """Return the oldest waiting task, or None when the poll ends."""
    with _arrival:
        closed = _polling["closed"]
        deadline = time.monotonic() + _polling["seconds"]
        while True:
            queue = _queues.get(activity_arn, deque())
            while queue:
                task = queue.popleft()
                if task.start(worker_name):
                    return task
            remaining = deadline - time.monotonic()
            if remaining <= 0 or _polling["closed"] != closed:
                return None
            _arrival.wait(remaining)


def get_activity_task(self: StepFunctionResponse) -> Any:
    activity_arn = self._get_param("activityArn")
    try:
        self.stepfunction_backend.describe_activity(activity_arn)
    except NoSuchActivity as error:
        raise NoSuchActivity(f"Activity Does Not Exist: '{activity_arn}'") from error
    task = take_task(activity_arn, self._get_param("workerName"))
    if task is None:
        return ActionResult({})
    return ActionResult({"taskToken": task.callback_id, "input": task.get_activity_input()})


def close_polls() -> None:
    """End all current polls without a task, and clear the queues."""
    with _arrival:
        _polling["closed"] += 1
        _queues.clear()
        _arrival.notify_all()


def apply(*, poll_seconds: float) -> None:
    _polling["seconds"] = poll_seconds
    replace(StepFunctionBackend, create_activity=create_activity, delete_activity=delete_activity)
    replace(StateTaskActivity, _eval_execution=execute_activity)
    # moto lacks the operation, so there is nothing to replace
    StepFunctionResponse.get_activity_task = get_activity_task  # type: ignore[attr-defined]
