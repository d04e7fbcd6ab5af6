"""The scheduled Lambda: sweep, deliver both lanes, delete used tokens and old approvals, while something is due and
time is left. The next tick does the rest."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from approvals.entrypoints.aws_lambda.runtime import (
    HandlerContext,
    Warm,
    make_step_functions_client,
    time_left,
    traced_invocation,
)

MARGIN = timedelta(seconds=30)
"""Longer than any single send can take."""


class Tick:
    """A tick: one step at a time, each started only if there is time for it."""

    def __init__(self, kept: HandlerContext) -> None:
        make_step_functions_client(kept)
        self._kept, self._gateway = kept, kept.gateway

    def __call__(self, context: Any) -> dict[str, int]:
        self._kept.metrics.backlog(self._gateway.backlog())
        done = {"changes": 0, "messages": 0, "forgotten": 0, "purged": 0}
        while sum(round_ := self._round(context)):
            done["changes"] += round_[0]
            done["messages"] += round_[1]
        if time_left(context, margin=MARGIN):
            done["forgotten"] = self._forget()
            done["purged"] = self._gateway.purge(proceed=lambda: time_left(context, margin=MARGIN))
        return done

    def _round(self, context: Any) -> tuple[int, int]:
        """Deliver once in each lane; callbacks first, because workflows wait for them."""
        changes = self._while_time(context, self._gateway.sweep)
        callbacks = self._while_time(context, lambda: self._gateway.deliver(lane="callback", limit=self._at_once))
        notices = self._while_time(context, lambda: self._gateway.deliver(lane="notice", limit=self._at_once))
        return changes, callbacks + notices

    def _while_time(self, context: Any, step: Callable[[], int]) -> int:
        total = 0
        while time_left(context, margin=MARGIN) and (done := step()):
            total += done
        return total

    @property
    def _at_once(self) -> int:
        """Return the batch size: the number of concurrent sends, so that a step lasts as long as its slowest send."""
        return self._kept.settings.delivery_threads

    def _forget(self) -> int:
        return self._gateway.forget_tokens(kept_for=self._kept.settings.token_retention)


def make(environ: Mapping[str, str] | None = None) -> Callable[[Any, Any], Any]:
    warm = Warm(Tick, environ=environ)

    def tick(_event: Any, context: Any) -> Any:
        with traced_invocation():
            return warm(context)(context)

    return tick
