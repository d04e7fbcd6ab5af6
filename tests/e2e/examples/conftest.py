"""The examples run on SQLite alone: which database keeps the approvals is no matter to a workflow."""

import pytest

from tests.e2e.examples.playing import Play
from tests.e2e.whole import Whole


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def play(whole: Whole) -> Play:
    return Play(whole)
