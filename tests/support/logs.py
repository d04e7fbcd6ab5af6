"""Logging that a command or a handler has set up for itself is pytest's again afterwards."""

import logging
from collections.abc import Generator

import pytest


@pytest.fixture
def logs_as_they_were() -> Generator[None]:
    root = logging.getLogger()
    before = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = before
