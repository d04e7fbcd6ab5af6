"""A world on both databases; every test of the verbs runs on each."""

from collections.abc import Generator
from datetime import timedelta

import pytest

from tests.fakes import World


@pytest.fixture
def window() -> timedelta:
    """For how long a notice waits for others to come as one digest."""
    return timedelta(0)


@pytest.fixture
def world(database_url: str, window: timedelta) -> Generator[World]:
    world = World(database_url, window=window)
    yield world
    world.close()
