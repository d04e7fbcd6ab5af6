"""Execution history: match an event to a callback that the gateway sent."""

import json
from typing import Any

from approvals.domain.model.messages.outgoing import Callback


def holds(event: dict[str, Any], callback: Callback) -> bool:
    """Return whether this callback caused the event: it contains the callback's id, or without an id the same output.

    Several waiting states of one execution with the same mapped output cannot be told apart.
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
    """Return whether both texts are equal, as text or as JSON."""
    if said == ours:
        return True
    try:
        return bool(json.loads(said) == json.loads(ours))
    except ValueError:
        return False
