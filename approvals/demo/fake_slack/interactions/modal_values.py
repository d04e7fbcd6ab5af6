"""A person's input in a modal, in the form of `state.values`."""

from collections.abc import Mapping
from typing import Any

CHOICES = ("static_select", "radio_buttons")
MULTIPLE_CHOICES = ("multi_static_select", "checkboxes")
PICKERS = {
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "users_select": ("selected_user", "initial_user"),
}


class InvalidInput(Exception):
    """Slack itself rejects the input: a required field is empty or a value is invalid."""


def view_state(view: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return `state.values` for the input by block ID. Raise InvalidInput if Slack would reject it."""
    inputs = {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}
    if unknown := set(given) - set(inputs):
        raise InvalidInput(f"the modal has no field {sorted(unknown)}, only {sorted(inputs)}")
    return {name: _of_block(block, given.get(name), is_set=name in given) for name, block in inputs.items()}


def _of_block(block: Mapping[str, Any], value: Any, *, is_set: bool) -> dict[str, Any]:
    element = block["element"]
    state = _state(element, value) if is_set else _initial(element)
    if not block.get("optional") and not any(state[name] for name in state if name != "type"):
        raise InvalidInput(f"{block['block_id']}: please complete this required field")
    return {element.get("action_id", "a0000"): state}


def _state(element: Mapping[str, Any], value: Any) -> dict[str, Any]:
    kind = element["type"]
    if kind in CHOICES:
        return {"type": kind, "selected_option": _option(element, value) if value else None}
    if kind in MULTIPLE_CHOICES:
        return {"type": kind, "selected_options": [_option(element, each) for each in value]}
    if kind in PICKERS:
        return {"type": kind, PICKERS[kind][0]: value}
    text = str(value) if value else None
    _check_length(element, text)
    return {"type": kind, "value": text}


def _initial(element: Mapping[str, Any]) -> dict[str, Any]:
    kind = element["type"]
    if kind in CHOICES:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in MULTIPLE_CHOICES:
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    if kind in PICKERS:
        return {"type": kind, PICKERS[kind][0]: element.get(PICKERS[kind][1])}
    return {"type": kind, "value": element.get("initial_value") or None}


def _option(element: Mapping[str, Any], value: str) -> Any:
    groups = [option for group in element.get("option_groups", ()) for option in group["options"]]
    for option in [*element.get("options", ()), *groups]:
        if option["value"] == value:
            return option
    raise InvalidInput(f"there is no option {value!r} to choose")


def _check_length(element: Mapping[str, Any], text: str | None) -> None:
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if text and not least <= len(text) <= most:
        raise InvalidInput(f"enter between {least} and {most} characters")
