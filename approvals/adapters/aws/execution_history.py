"""The execution's history: whether an event of it came about by a callback of ours."""

import json
from typing import Any

from approvals.domain.model.messages.outgoing import Callback


def holds(event: dict[str, Any], callback: Callback) -> bool:
    """Whether the event came about by this callback: it holds its id, or, where that was not sent, the very same words.

    Of several waits of one execution that get the same words by mapping, it cannot be told which was meant.
    """
    kind, word = ("Failed", "cause") if callback.output is None else ("Succeeded", "output")
    ours = callback.output or callback.cause or ""
    found = (event.get(f"{waiting}{kind}EventDetails") for waiting in ("task", "activity"))
    said = next((details for details in found if details is not None), None)
    if said is None:
        return False
    if callback.callback_id and callback.callback_id in ours:
        return callback.callback_id in said.get(word, "")
    return said.get("error") == callback.error and _same(said.get(word) or "", ours)


def _same(said: str, ours: str) -> bool:
    """Word for word, or the same JSON in another spelling."""
    if said == ours:
        return True
    try:
        return bool(json.loads(said) == json.loads(ours))
    except ValueError:
        return False
