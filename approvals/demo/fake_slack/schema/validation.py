"""Validate blocks and views by Slack's published schema and limits. Errors name the path, as Slack's do."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from approvals.demo.fake_slack.errors import ApiError, validation_error
from approvals.demo.fake_slack.schema.blocks import MessageBlock, ViewBlock
from approvals.demo.fake_slack.schema.views import HomeSchema, ModalSchema

BLOCKS_IN_MESSAGE = 50
BLOCKS_IN_VIEW = 100
MARKDOWN_IN_MESSAGE = 12_000
# undocumented: the size at which users got msg_blocks_too_long, https://github.com/slackapi/bolt-js/issues/2509
CHARACTERS_OF_BLOCKS = 13_000
BYTES_OF_VIEW = 250_000

SLACK_WORDING = [
    (re.compile(r"^Expected `str` of length >= 1"), "must be more than 0 characters"),
    (re.compile(r"^Expected `str` of length <= (\d+)"), "must be no more than {} characters"),
    (re.compile(r"^Expected `array` of length <= (\d+)"), "no more than {} items allowed"),
    (re.compile(r"^Expected `array` of length >= (\d+)"), "no fewer than {} items allowed"),
    (re.compile(r"^Object missing required field `(\w+)`"), "missing required field: {}"),
    (re.compile(r"^Object contains unknown field `(.+)`$"), "invalid additional property: {}"),
    (re.compile(r"^Invalid value '([^']*)'"), "unsupported type: {}"),
]
"""msgspec's messages, and Slack's approximate wording of the same."""


def check_message_blocks(blocks: Any) -> list[dict[str, Any]]:
    """Return the blocks, each with a `block_id`. Raise ApiError if they are invalid."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise ApiError("invalid_blocks_format")
    problems = [
        *_count_problems(blocks, BLOCKS_IN_MESSAGE, at="/blocks"),
        *_schema_problems(blocks, MessageBlock, at="/blocks"),
    ]
    if problems:
        raise validation_error("invalid_blocks", problems)
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if markdown > MARKDOWN_IN_MESSAGE or len(json.dumps(blocks, ensure_ascii=False)) > CHARACTERS_OF_BLOCKS:
        raise ApiError("msg_blocks_too_long")
    return _with_ids(blocks)


def check_view(view: Any, *, kinds: tuple[str, ...]) -> dict[str, Any]:
    """Return the view with `block_id`s added. Raise ApiError if it is invalid."""
    if not isinstance(view, dict):
        raise validation_error("invalid_arguments", ["must provide an object [json-pointer:/view]"])
    if len(json.dumps(view)) > BYTES_OF_VIEW:
        raise ApiError("view_too_large")
    problems = list(_view_problems(view, kinds=kinds))
    if problems:
        raise validation_error("invalid_arguments", problems)
    return {**view, "blocks": _with_ids(view["blocks"])}


def _view_problems(view: dict[str, Any], *, kinds: tuple[str, ...]) -> Iterator[str]:
    if view.get("type") not in kinds:
        yield f"unsupported type: {view.get('type')} [json-pointer:/view/type]"
        return
    frame = {**view, "blocks": []} if isinstance(view.get("blocks"), list) else view
    yield from _problems(frame, ModalSchema if view["type"] == "modal" else HomeSchema, at="/view")
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        return
    yield from _count_problems(blocks, BLOCKS_IN_VIEW, at="/view/blocks")
    yield from _schema_problems(blocks, ViewBlock, at="/view/blocks")
    if view["type"] == "modal" and "submit" not in view and any(_kind(block) == "input" for block in blocks):
        yield "a `submit` is required when an `input` is in `blocks` [json-pointer:/view]"


def _count_problems(blocks: list[Any], most: int, *, at: str) -> Iterator[str]:
    if len(blocks) > most:
        yield f"no more than {most} items allowed [json-pointer:{at}]"


def _schema_problems(blocks: list[Any], schema: Any, *, at: str) -> Iterator[str]:
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        here = f"{at}/{number}"
        problems = [*_problems(block, schema, at=here)]
        yield from problems or _cross_field_problems(block, at=here)
        if isinstance(block, dict) and isinstance(name := block.get("block_id"), str):
            if name in seen:
                yield f"`block_id` {name} already exists [json-pointer:{here}/block_id]"
            seen.add(name)


def _cross_field_problems(block: dict[str, Any], *, at: str) -> Iterator[str]:
    """Yield the problems between the fields of a block."""
    if block["type"] == "section" and "text" not in block and "fields" not in block:
        yield f"must define either `fields` or `text` for this block [json-pointer:{at}]"
    yield from _repeated((element.get("action_id") for element in block.get("elements", ())), "action_id", at=at)
    for place, element in elements_of(block):
        yield from _element_problems(element, at=f"{at}/{place}")


def _element_problems(element: dict[str, Any], *, at: str) -> Iterator[str]:
    if element["type"] in ("static_select", "multi_static_select") and ("options" in element) == (
        "option_groups" in element
    ):
        yield f"must define either `options` or `option_groups` [json-pointer:{at}]"
    options = element.get("options", [])
    yield from _repeated((option["value"] for option in options), "value", at=f"{at}/options")
    chosen = [element["initial_option"]] if "initial_option" in element else element.get("initial_options", [])
    grouped = [option for group in element.get("option_groups", []) for option in group["options"]]
    if any(option not in [*options, *grouped] for option in chosen):
        yield f"the initial option is not among the options [json-pointer:{at}]"
    if element.get("min_length", 0) > element.get("max_length", 3000):
        yield f"`min_length` must not be greater than `max_length` [json-pointer:{at}]"


def _repeated(values: Iterable[Any], name: str, *, at: str) -> Iterator[str]:
    given = [value for value in values if value is not None]
    for value in {value for value in given if given.count(value) > 1}:
        yield f"`{name}` {value} already exists [json-pointer:{at}]"


def elements_of(block: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the elements of a valid block, each with its path."""
    found = [(f"elements/{number}", element) for number, element in enumerate(block.get("elements", []))]
    return found + [(place, block[place]) for place in ("accessory", "element") if place in block]


def _problems(value: Any, schema: Any, *, at: str) -> Iterator[str]:
    try:
        msgspec.convert(value, type=schema)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        yield f"{_slack_wording(message)} [json-pointer:{at}{_pointer(path.rstrip('`'))}]"


def _slack_wording(message: str) -> str:
    for pattern, wording in SLACK_WORDING:
        if found := pattern.match(message):
            return wording.format(*found.groups())
    return message.lower()


def _pointer(path: str) -> str:
    return re.sub(r"\.(\w+)|\[(\d+)\]", lambda found: f"/{found[1] or found[2]}", path)


def _kind(block: Any) -> Any:
    return block.get("type") if isinstance(block, dict) else None


def _with_ids(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add the IDs that Slack generates for blocks without one."""
    return [{"block_id": f"b{number:04}", **block} for number, block in enumerate(blocks)]
