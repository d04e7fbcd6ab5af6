"""Restore pytest's logging after a command or handler has configured its own."""

import logging
from collections.abc import Generator
from contextlib import contextmanager

import pytest


@contextmanager
def own_logs() -> Generator[None]:
    root = logging.getLogger()
    before = list(root.handlers), root.level
    try:
        yield
    finally:
        root.handlers[:], root.level = before


@pytest.fixture
def logs_as_they_were() -> Generator[None]:
    with own_logs():
        yield
