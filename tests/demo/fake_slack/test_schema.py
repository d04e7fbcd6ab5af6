"""Slack's published limits of blocks and views, each tried at the limit and one above."""

from collections.abc import Callable
from typing import Any

import pytest

from approvals.demo.fake_slack.errors import ApiError
from approvals.demo.fake_slack.schema.validation import check_message_blocks, check_view

Made = Callable[[int], dict[str, Any]]


def plain(size: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": "x" * size}


def marked(size: int) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": "x" * size}


def button(**changes: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(1), "action_id": "a", **changes}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def field(**element: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": "b", "label": plain(1), "element": {"action_id": "value", **element}}


def option(number: int, size: int = 1) -> dict[str, Any]:
    return {"text": plain(size), "value": f"o{number}"}


def options(count: int) -> list[dict[str, Any]]:
    return [option(number) for number in range(count)]


def confirm(**sizes: int) -> dict[str, Any]:
    return {name: plain(sizes.get(name, 1)) for name in ("title", "text", "confirm", "deny")}


LIMITS: dict[str, tuple[int, Made]] = {
    "section text": (3000, lambda n: {"type": "section", "text": marked(n)}),
    "section fields": (10, lambda n: {"type": "section", "fields": [marked(1)] * n}),
    "section field": (2000, lambda n: {"type": "section", "fields": [marked(n)]}),
    "header": (150, lambda n: {"type": "header", "text": plain(n)}),
    "context elements": (10, lambda n: {"type": "context", "elements": [marked(1)] * n}),
    "block_id": (255, lambda n: {"type": "divider", "block_id": "x" * n}),
    "markdown": (12_000, lambda n: {"type": "markdown", "text": "x" * n}),
    "actions elements": (25, lambda n: actions(*(button(action_id=str(i)) for i in range(n)))),
    "button text": (75, lambda n: actions(button(text=plain(n)))),
    "button value": (2000, lambda n: actions(button(value="x" * n))),
    "button url": (3000, lambda n: actions(button(url="https://x/".ljust(n, "x")))),
    "action_id": (255, lambda n: actions(button(action_id="x" * n))),
    "accessibility_label": (75, lambda n: actions(button(accessibility_label="x" * n))),
    "confirm title": (100, lambda n: actions(button(confirm=confirm(title=n)))),
    "confirm text": (300, lambda n: actions(button(confirm=confirm(text=n)))),
    "confirm confirm": (30, lambda n: actions(button(confirm=confirm(confirm=n)))),
    "confirm deny": (30, lambda n: actions(button(confirm=confirm(deny=n)))),
    "overflow options": (5, lambda n: actions({"type": "overflow", "action_id": "a", "options": options(n)})),
    "input label": (2000, lambda n: {**field(type="plain_text_input"), "label": plain(n)}),
    "input hint": (2000, lambda n: {**field(type="plain_text_input"), "hint": plain(n)}),
    "input placeholder": (150, lambda n: field(type="plain_text_input", placeholder=plain(n))),
    "input initial_value": (3000, lambda n: field(type="plain_text_input", initial_value="x" * n)),
    "input max_length": (3000, lambda n: field(type="plain_text_input", max_length=n)),
    "select options": (100, lambda n: field(type="static_select", options=options(n))),
    "select option text": (75, lambda n: field(type="static_select", options=[option(1, n)])),
    "option value": (150, lambda n: field(type="static_select", options=[{"text": plain(1), "value": "x" * n}])),
    "radio options": (10, lambda n: field(type="radio_buttons", options=options(n))),
    "checkbox options": (10, lambda n: field(type="checkboxes", options=options(n))),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_holds_at_its_edge_and_not_beyond(name: str) -> None:
    edge, made = LIMITS[name]
    check_message_blocks([made(edge)])
    with pytest.raises(ApiError) as refused:
        check_message_blocks([made(edge + 1)])
    assert refused.value.error == "invalid_blocks"
    assert "[json-pointer:/blocks/0" in refused.value.more["errors"][0]


WRONG: dict[str, tuple[Any, str]] = {
    "unknown block": ({"type": "poem"}, "unsupported type: poem [json-pointer:/blocks/0/type]"),
    "no type": ({}, "missing required field: type [json-pointer:/blocks/0]"),
    "unknown field": ({"type": "divider", "colour": "red"}, "invalid additional property: colour"),
    "section of nothing": ({"type": "section"}, "must define either `fields` or `text`"),
    "empty text": ({"type": "section", "text": marked(0)}, "must be more than 0 characters"),
    "header in markup": ({"type": "header", "text": marked(1)}, "unsupported type: mrkdwn"),
    "button in markup": (actions(button(text=marked(1))), "[json-pointer:/blocks/0/elements/0/text/type]"),
    "button without text": (actions({"type": "button"}), "missing required field: text"),
    "style of no kind": (actions(button(style="warning")), "[json-pointer:/blocks/0/elements/0/style]"),
    "url of no scheme": (actions(button(url="example.com")), "[json-pointer:/blocks/0/elements/0/url]"),
    "no elements": (actions(), "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
    "twice the action_id": (actions(button(), button()), "`action_id` a already exists"),
    "typed in actions": (actions({"type": "plain_text_input", "action_id": "a"}), "unsupported type: plain_text_input"),
    "button in input": (field(**button()), "unsupported type: button"),
    "options of neither kind": (field(type="static_select"), "must define either `options` or `option_groups`"),
    "twice the value": (field(type="radio_buttons", options=[option(1), option(1)]), "`value` o1 already exists"),
    "initial beside": (
        field(type="radio_buttons", options=options(2), initial_option=option(3)),
        "the initial option is not among the options",
    ),
    "number without decimals": (field(type="number_input"), "missing required field: is_decimal_allowed"),
    "date of no day": (field(type="datepicker", initial_date="tomorrow"), "/element/initial_date]"),
    "least above most": (field(type="plain_text_input", min_length=5, max_length=4), "`min_length` must not be"),
    "number for text": ({"type": "markdown", "text": 5}, "expected `str`, got `int` [json-pointer:/blocks/0/text]"),
}


@pytest.mark.parametrize("name", WRONG)
def test_invalid_blocks_are_refused_with_their_path(name: str) -> None:
    block, said = WRONG[name]
    with pytest.raises(ApiError) as refused:
        check_message_blocks([block])
    [fault] = refused.value.more["errors"]
    assert said in fault


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(ApiError) as refused:
        check_message_blocks([{"type": "poem"}, {"type": "divider"}, {"type": "section"}])
    faults = refused.value.more["errors"]
    assert [fault.partition("[")[2] for fault in faults] == ["json-pointer:/blocks/0/type]", "json-pointer:/blocks/2]"]
    assert refused.value.more["response_metadata"]["messages"] == [f"[ERROR] {fault}" for fault in faults]


def test_a_block_id_is_there_once_in_a_message() -> None:
    with pytest.raises(ApiError) as refused:
        check_message_blocks([{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}])
    assert refused.value.more["errors"] == ["`block_id` a already exists [json-pointer:/blocks/1/block_id]"]


def test_all_blocks_together_are_not_too_long() -> None:
    with pytest.raises(ApiError, match="msg_blocks_too_long"):
        check_message_blocks([{"type": "section", "text": marked(3000)}] * 5)


# views


def modal(**changes: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain(1), "submit": plain(1), "blocks": [{"type": "divider"}], **changes}


VIEW_LIMITS: dict[str, tuple[int, Made]] = {
    "title": (24, lambda n: modal(title=plain(n))),
    "submit": (24, lambda n: modal(submit=plain(n))),
    "close": (24, lambda n: modal(close=plain(n))),
    "private_metadata": (3000, lambda n: modal(private_metadata="x" * n)),
    "callback_id": (255, lambda n: modal(callback_id="x" * n)),
    "external_id": (255, lambda n: modal(external_id="x" * n)),
    "blocks": (100, lambda n: modal(blocks=[{"type": "divider"}] * n)),
}


@pytest.mark.parametrize("name", VIEW_LIMITS)
def test_a_limit_of_views_holds_at_its_edge_and_not_beyond(name: str) -> None:
    edge, made = VIEW_LIMITS[name]
    check_view(made(edge), kinds=("modal",))
    with pytest.raises(ApiError) as refused:
        check_view(made(edge + 1), kinds=("modal",))
    assert refused.value.error == "invalid_arguments"
    assert f"[json-pointer:/view/{name}" in refused.value.more["errors"][0]


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ([], "must provide an object"),
        ({"type": "modal", "blocks": []}, "missing required field: title"),
        ({"type": "modal", "title": plain(1)}, "missing required field: blocks [json-pointer:/view]"),
        ({"type": "home", "blocks": [], "title": plain(1)}, "invalid additional property: title"),
        ({"type": "window"}, "unsupported type: window [json-pointer:/view/type]"),
        (modal(blocks=[{"type": "markdown", "text": "x"}]), "unsupported type: markdown [json-pointer:/view/blocks/0"),
        ({"type": "modal", "title": plain(1), "blocks": [field(type="plain_text_input")]}, "a `submit` is required"),
    ],
)
def test_a_view_that_slack_would_refuse_is_refused(view: Any, said: str) -> None:
    with pytest.raises(ApiError) as refused:
        check_view(view, kinds=("modal", "home"))
    assert said in refused.value.more["errors"][0]


def test_a_view_of_more_than_250_kb_is_too_large() -> None:
    with pytest.raises(ApiError, match="view_too_large"):
        check_view(modal(blocks=[{"type": "section", "text": marked(3000)}] * 90), kinds=("modal",))
