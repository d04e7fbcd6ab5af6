"""Attempts that end all their tasks: siblings of a failed Parallel branch or Map iteration lose their tokens.

Moto leaves the siblings waiting, and lets them write into the history. On AWS one failure ends all of them, and their
tokens answer TaskTimedOut.
"""
# ruff: noqa: SLF001 - repairs reach into the interpreter

from collections.abc import Iterator
from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

from approvals.demo.stepfunctions.patching import replace

Frame = Any  # an Environment with the attributes this module adds: parent, latest_frame, abandoned

_open_frame_inside: Any = vars(Environment)["as_inner_frame_of"].__func__
_open_frame: Any = Environment.open_frame
_add_event = EventManager.add_event


def open_frame_inside(cls: type[Environment], env: Frame, *args: Any, **options: Any) -> Frame:
    frame = _open_frame_inside(cls, env, *args, **options)
    frame.parent = env
    frame.event_history_context.frame = frame
    return frame


def open_frame(self: Frame, *args: Any, **options: Any) -> Frame:
    """Open and record a frame: each attempt of a state runs in the latest frame of its environment."""
    self.latest_frame = _open_frame(self, *args, **options)
    return self.latest_frame


def lineage(frame: Frame | None) -> Iterator[Frame]:
    """Yield the frame and all its ancestors."""
    while frame is not None:
        yield frame
        frame = getattr(frame, "parent", None)


def abandon(frame: Frame) -> None:
    """Close every waiting task inside the frame, and discard its later events."""
    frame.abandoned = True
    for task in list(frame.callback_pool_manager._pool.values()):
        if frame in lineage(task.frame):
            task.interrupt_all()


def finish(env: Frame, event_type: HistoryEventType, event_details: Any) -> None:
    """Write the execution's last event and close its tasks at once, before its threads notice."""
    env.event_history_context.source_event_id = 0
    env.event_manager.add_event(context=env.event_history_context, event_type=event_type, event_details=event_details)
    env.event_manager.finished = True
    abandon(env)


def add_event(self: EventManager, context: Any, *args: Any, **options: Any) -> int:
    muted = any(getattr(frame, "abandoned", False) for frame in lineage(getattr(context, "frame", None)))
    if muted or getattr(self, "finished", False):
        return 0
    return int(_add_event(self, context, *args, **options))


def apply() -> None:
    replace(Environment, as_inner_frame_of=classmethod(open_frame_inside), open_frame=open_frame)
    replace(EventManager, add_event=add_event)
