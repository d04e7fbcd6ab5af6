"""Here notices wait for a digest."""

from datetime import timedelta

import pytest

from tests.support.domain.digests import WINDOW


@pytest.fixture
def window() -> timedelta:
    return WINDOW
