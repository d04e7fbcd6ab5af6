"""The calls of one submission and one decision, traced and held against docs/explanation/architecture.md."""

import re
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from approvals.adapters.database.store import SqlStore
from approvals.adapters.database.transaction import SqlTransaction
from approvals.domain.lifecycle.decide import decide
from approvals.domain.lifecycle.open import open_approval
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.entrypoints.app import create_app
from approvals.flows.delivery.send import _callback as send_callback
from tests.builders import a_submission
from tests.entrypoints.api.api_client import KEYS, LEAST
from tests.entrypoints.pages.review_page import FROM_THE_PAGE, link, nonce_on
from tests.fakes import World
from tests.support.wheel import ROOT

MOST_CALLS = 6
ARCHITECTURE = ROOT / "docs/explanation/architecture.md"
PACKAGE = ROOT / "approvals"
CallPath = list[str]


@pytest.fixture
def world(sqlite_url: str) -> Generator[World]:
    world = World(sqlite_url)
    yield world
    world.close()


def test_a_submission_takes_the_documented_way(world: World) -> None:
    client = create_app(world.gateway, api_keys=KEYS).test_client()
    headers = {"Authorization": "Bearer apk_submit"}
    traced = trace(
        lambda: client.post("/v1/approvals", json=LEAST, headers=headers), until=(open_approval, SqlStore.add)
    )
    assert traced == documented("One submission")
    assert [len(path) <= MOST_CALLS for path in traced] == [True, True]


def test_a_decision_takes_the_documented_way(world: World) -> None:
    one = Policy(stages=(Stage(groups=(Group(from_=("ana@example.com",)),)),))
    approval_id = world.gateway.submit(a_submission(policy=one), caller="tests").approval_id
    client, path = create_app(world.gateway).test_client(), link(world, approval_id)
    form = {"nonce": nonce_on(client, path), "option": "approve"}
    traced = trace(
        lambda: client.post(path, data=form, headers=FROM_THE_PAGE),
        until=(decide, SqlTransaction.apply, send_callback),
    )
    assert traced[:2] == documented("One decision")[:2]
    assert traced == documented("One decision")
    assert [len(path) <= MOST_CALLS for path in traced[:2]] == [True, True]


def trace(act: Callable[[], Any], *, until: tuple[Callable[..., Any], ...]) -> list[CallPath]:
    """Return the first path of our calls to each of `until`, in the order in which they were reached."""
    wanted: set[CodeType] = {function.__code__ for function in until}
    paths: list[CallPath] = []

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in wanted:
            wanted.remove(frame.f_code)
            paths.append(calls_to(frame))

    sys.setprofile(profile)
    try:
        assert act().status_code in (201, 303)
    finally:
        sys.setprofile(None)
    assert not wanted
    return paths


def calls_to(frame: FrameType) -> CallPath:
    """Return our calls down to this one, from the view and what admits to it."""
    found: CallPath = []
    each: FrameType | None = frame
    while each:
        code = each.f_code
        if code.co_name != "<listcomp>" and (named := module_of(code)):
            found.insert(0, f"{named}.{code.co_qualname}")
        each = each.f_back
    return found


def module_of(code: CodeType) -> str:
    """Return the module below `approvals`, or nothing for other code."""
    path = Path(code.co_filename)
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts) if path.is_relative_to(PACKAGE) else ""


def documented(title: str) -> list[CallPath]:
    """Return the paths in the code block below this title: one a paragraph, indented by depth."""
    block = re.search(rf"\*\*{title}\*\*.*?```\n(.*?)```", ARCHITECTURE.read_text(), re.DOTALL)
    assert block, title
    return [[line.strip(" └─") for line in part.splitlines()] for part in block[1].strip().split("\n\n")]
