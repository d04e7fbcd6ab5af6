"""Fresh state machines for each test of the local Step Functions."""

from collections.abc import Iterator

import pytest

from approvals.demo.stepfunctions.local_aws import LocalAws
from tests.support.aws.state_machines import Machines


@pytest.fixture
def machines(aws: LocalAws) -> Iterator[Machines]:
    """A fresh queue and fresh state machines, and nothing left waiting."""
    used = Machines(aws)
    yield used
    aws.reset()
