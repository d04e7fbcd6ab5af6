"""Which buttons a message has when, and what a pressed one says."""

from typing import Any

import msgspec
import pytest

from approvals.adapters.slack.blocks.buttons import Pressed, needs_modal, pressed
from approvals.adapters.slack.blocks.sections import address
from approvals.domain.model.forms import Form, Question
from approvals.domain.model.submission import Link, Option
from tests.adapters.slack.rendered import TWO_OF_TWO, actions, pressable, to_ana, to_channel
from tests.builders import an_approval
from tests.support.slack.block_kit_rules import said


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com:8443/a#b", "https://example.com:8443/a#b"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("https://example.com:99999/", None),
        ("https://exa mple.com/", None),
        ("javascript:alert(1)", None),
        ("https://good.example\\@evil.example/", None),
        ("https://good.example\\.evil.example/", None),
        ("https://example.com/<!channel>|x", "https://example.com/%3C!channel%3E%7Cx"),
    ],
)
def test_only_a_plain_address_becomes_a_button(url: str, expected: str | None) -> None:
    assert address(Link(label="x", url=url)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [False, False]),
        ({"policy": msgspec.structs.replace(TWO_OF_TWO, comment="required")}, [True, True]),
        ({"policy": msgspec.structs.replace(TWO_OF_TWO, comment="requiredOnReject")}, [False, True]),
        ({"form": Form(properties={"why": Question()})}, [True, True]),
        ({"form": Form(properties={})}, [False, False]),
    ],
)
def test_an_option_needs_a_modal_where_one_press_is_not_enough(changes: Any, expected: list[bool]) -> None:
    approval = an_approval(**changes)
    assert [needs_modal(approval, option) for option in approval.content.options] == expected
    menus = [element for element in pressable(to_ana(approval).blocks) if element["type"] == "overflow"]
    assert [len(menu["options"]) for menu in menus] == ([expected.count(False)] if False in expected else [])


def test_where_slack_is_not_enough_only_the_page_is_offered() -> None:
    approval = an_approval(policy=TWO_OF_TWO)
    stricter = msgspec.structs.replace(approval, policy=msgspec.structs.replace(approval.policy, assurance="signin"))
    assert actions(to_ana(stricter).blocks) == ["open"]
    assert actions(to_channel(stricter).blocks) == ["page"]
    assert "after signing in only" in said(to_channel(stricter).blocks)
    slack = msgspec.structs.replace(approval, policy=msgspec.structs.replace(approval.policy, assurance="slack"))
    assert "answer:approve" in actions(to_ana(slack).blocks)


def test_options_too_long_for_buttons_are_listed_in_full() -> None:
    labels = [f"{'Move everything to the other account ' * 2}"[:58] + f" {n}" for n in range(10)]
    options = tuple(Option(id=f"o{n}", label=label, side="approve") for n, label in enumerate(labels))
    blocks = to_ana(an_approval(options=options)).blocks
    assert all(f"{n}. {label}" in said(blocks) for n, label in enumerate(labels, start=1))
    assert [e["text"]["text"][:3] for e in pressable(blocks)][:3] == ["1. ", "2. ", "3. "]
    assert actions(blocks) == [*(f"answer:o{n}" for n in range(10)), "open"]


def test_what_is_pressed_reads_back_as_it_was_made() -> None:
    approval = an_approval(id="0190-a:b")
    made = pressable(to_channel(approval).blocks)
    chosen = {**made[2], "selected_option": made[2]["options"][1]}
    assert [pressed(element) for element in (made[0], chosen, made[3], made[4])] == [
        Pressed("answer", "0190-a:b", "approve"),
        Pressed("comment", "0190-a:b", "reject"),
        Pressed("page", "0190-a:b"),
        Pressed("claim", "0190-a:b"),
    ]
    assert pressed(pressable(to_ana(approval).blocks)[-1]) is None


@pytest.mark.parametrize(
    "action",
    [{}, {"action_id": 1, "value": "x"}, {"action_id": "answer:x"}, {"action_id": "answer:x", "value": 3},
     {"action_id": "comment", "selected_option": {"value": "no-colon"}}, {"action_id": "comment", "value": "a:b"},
     {"action_id": "link:0", "value": "x"}],
)  # fmt: skip
def test_what_carries_nothing_for_us_is_nothing(action: dict[str, Any]) -> None:
    assert pressed(action) is None
