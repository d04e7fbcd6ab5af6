"""A world on both databases; every test of the verbs runs on each."""

from collections.abc import Generator

import pytest

from tests.fakes import World


@pytest.fixture
def world(database_url: str) -> Generator[World]:
    world = World(database_url)
    yield world
    world.close()
