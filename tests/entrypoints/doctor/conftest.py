"""What the doctor looks at: a database that is migrated, and AWS on this machine."""

from collections.abc import Generator

import pytest

from approvals.demo.stepfunctions.local_aws import LocalAws
from approvals.entrypoints.server import migrations


@pytest.fixture
def migrated_url(bare_database_url: str) -> str:
    migrations.upgrade(bare_database_url)
    return bare_database_url


@pytest.fixture(scope="module")
def local_aws() -> Generator[LocalAws]:
    with LocalAws(region="eu-central-1") as running:
        yield running


@pytest.fixture
def aws(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Generator[LocalAws]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", local_aws.endpoint)
    yield local_aws
    local_aws.reset()
