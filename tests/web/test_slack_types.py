"""TypeScript tells blocks that Slack's types allow from those they do not, and knows all that the stand-in accepts."""

from pathlib import Path
from typing import Any

import pytest

from approvals.demo.fake_slack.state.store import Accepted
from tests.demo.fake_slack.test_acting import MODAL
from tests.demo.fake_slack.test_schema import LIMITS, VIEW_LIMITS
from tests.support.slack.published_types import type_problems

TEXT = {"type": "mrkdwn", "text": "*Deploy?*"}
BUTTON = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Go"}}
GOOD: list[tuple[Any, Any]] = [
    ("message", [{"type": "section", "text": TEXT}, {"type": "actions", "elements": [BUTTON]}]),
    ("modal", MODAL),
    ("home", {"type": "home", "blocks": [{"type": "divider"}]}),
]
WRONG: list[tuple[Any, Any]] = [
    ("message", [{"type": "section", "text": TEXT, "colour": "red"}]),
    ("message", [{"type": "section", "text": "*Deploy?*"}]),
    ("message", [{"type": "poem", "text": TEXT}]),
    ("message", [{"type": "header", "text": TEXT}]),
    ("message", [{"type": "actions", "elements": [{**BUTTON, "style": "warning"}]}]),
    ("message", [{"type": "actions", "elements": [{**BUTTON, "txt": "x"}]}]),
    ("modal", {**MODAL, "title": TEXT}),
    ("modal", {"type": "modal", "blocks": []}),
    ("home", {"type": "home", "blocks": [], "title": {"type": "plain_text", "text": "x"}}),
]


def test_good_blocks_have_their_types(tmp_path: Path) -> None:
    assert type_problems([Accepted("test", kind, content) for kind, content in GOOD], tmp_path) == []


def test_each_wrong_field_is_found_and_shown(tmp_path: Path) -> None:
    wrong = [Accepted("test", kind, content) for kind, content in WRONG]
    problems = type_problems([*wrong, *(Accepted("test", kind, content) for kind, content in GOOD)], tmp_path)
    assert len(problems) == len(WRONG)
    assert all(f'"{name}"' in problem for name, problem in zip(["colour", "text", "poem"], problems, strict=False))


def test_all_that_the_stand_in_accepts_has_its_type(tmp_path: Path) -> None:
    messages = [Accepted(name, "message", [made(3)]) for name, (_, made) in LIMITS.items()]
    views = [Accepted(name, "modal", made(3)) for name, (_, made) in VIEW_LIMITS.items()]
    assert type_problems([*messages, *views], tmp_path) == []


def test_a_test_run_that_made_a_wrong_message_fails(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_a_message(slack_types):
            slack_types.message([{"type": "poem"}])
        """
    )
    arguments = ["-q", "-p", "tests.support.slack.published_types", "-p", "no:cacheprovider"]
    result = pytester.runpytest_inprocess(*arguments)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(['*"poem"*'])
