"""What the tests of the adapters share."""

from collections.abc import Generator

import pytest

from tests.support.callbacks import Aws, an_aws


@pytest.fixture
def aws() -> Generator[Aws]:
    with an_aws() as aws:
        yield aws
