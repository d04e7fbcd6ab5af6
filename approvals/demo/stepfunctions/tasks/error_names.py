"""Reserved error names: kept when an error leaves a branch, and two names for a missed heartbeat.

AWS reports a missed heartbeat as States.Timeout and its catchers match States.HeartbeatTimeout as well; moto matches
the first only. Moto also turns a States.* error of a branch or iteration into States.Runtime.
"""
# ruff: noqa: SLF001 - repairs reach into the interpreter

from collections.abc import Callable
from typing import Any

from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import iteration_worker
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import branches_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_activitiy
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_callback
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask
from moto.stepfunctions.parser.asl.eval.callback.callback import HeartbeatTimeoutError

from approvals.demo.stepfunctions.patching import replace

_name_task_error = StateTask._from_error
_name_activity_error = state_task_activitiy.StateTaskActivity._from_error


class HeartbeatErrorName(StatesErrorName):
    """An error name that equals both names. Python tries the `__eq__` of the more derived class first."""

    def __init__(self) -> None:
        super().__init__(typ=StatesErrorNameType.StatesTimeout)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ErrorName) and other.error_name in ("States.Timeout", "States.HeartbeatTimeout")

    __hash__ = None  # type: ignore[assignment] # equal to two names: no hash can agree with both


def error_name_of(error_name: str | None = None) -> ErrorName:
    reserved = next((known for known in StatesErrorNameType if known.to_name() == error_name), None)
    if reserved is not None:
        return StatesErrorName(typ=reserved)
    if error_name is not None and error_name.startswith("States."):
        return StatesErrorName(typ=StatesErrorNameType.StatesRuntime)
    return CustomErrorName(error_name=error_name)


def with_heartbeat_name(name_error: Callable[..., Any]) -> Callable[..., Any]:
    def name_error_of(self: StateTask, env: Any, ex: Exception) -> Any:
        failure = name_error(self, env=env, ex=ex)
        if isinstance(ex, HeartbeatTimeoutError):
            failure.error_name = HeartbeatErrorName()
        return failure

    return name_error_of


def apply() -> None:
    for module in (branches_decl, iteration_worker, state_task_activitiy, state_task_service_callback):
        replace(module, CustomErrorName=error_name_of)
    replace(StateTask, _from_error=with_heartbeat_name(_name_task_error))
    replace(state_task_activitiy.StateTaskActivity, _from_error=with_heartbeat_name(_name_activity_error))
