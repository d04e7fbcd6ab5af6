"""Here notices wait for a digest."""

from datetime import timedelta

import pytest

from tests.support.digests import WINDOW


@pytest.fixture
def window() -> timedelta:
    return WINDOW
