"""One local AWS for all tests of this folder that want one, emptied after each."""

from collections.abc import Generator

import pytest

from approvals.demo.stepfunctions.local_aws import LocalAws
from tests.e2e.whole import Whole
from tests.support.mail.smtp import SmtpServer


@pytest.fixture(scope="module")
def aws() -> Generator[LocalAws]:
    with LocalAws(activity_poll_seconds=0.3) as local:
        yield local


@pytest.fixture
def window() -> str:
    """For how long a mail waits for others to come as one digest."""
    return "0s"


@pytest.fixture
def whole(
    aws: LocalAws, smtp: SmtpServer, database_url: str, window: str, monkeypatch: pytest.MonkeyPatch
) -> Generator[Whole]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint)
    together = Whole(aws, smtp, database_url, window=window)
    yield together
    together.close()
