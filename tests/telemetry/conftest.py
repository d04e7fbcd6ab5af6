from collections.abc import Generator

import pytest

from tests.fakes import World


@pytest.fixture
def world(sqlite_url: str) -> Generator[World]:
    made = World(sqlite_url)
    yield made
    made.close()
