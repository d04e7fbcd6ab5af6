"""The archive in S3: an object for each batch, and reasons that name the fix."""

from collections.abc import Generator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from approvals.adapters.archive.s3 import S3Archive
from approvals.adapters.aws.clients import Clients
from approvals.domain.model.errors import NotArchived

REGION = "eu-west-1"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Generator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        bucket = boto3.resource("s3", region_name=REGION).Bucket("the-archive")
        bucket.create(CreateBucketConfiguration={"LocationConstraint": REGION})
        yield bucket


@pytest.mark.parametrize(("prefix", "key"), [("", "a-b.jsonl"), ("old/ones/", "old/ones/a-b.jsonl")])
def test_a_batch_is_one_object_whose_checksum_s3_has_compared(bucket: Any, prefix: str, key: str) -> None:
    clients, checksums = Clients(), list[str]()
    events = clients.get("s3", region=REGION, attempts=3).meta.events
    events.register(
        "before-call.s3.PutObject", lambda params, **_: checksums.append(params["headers"]["x-amz-checksum-sha256"])
    )
    archive = S3Archive(clients, bucket="the-archive", prefix=prefix, region=REGION)
    archive.store("a-b.jsonl", b"{}\n")
    archive.store("a-b.jsonl", b"{}\n")
    [found] = bucket.objects.all()
    stored = found.get()
    assert (found.key, stored["Body"].read(), stored["ContentType"]) == (key, b"{}\n", "application/x-ndjson")
    assert checksums == ["yj0WO6sFU4GCciYUBWjzvvfqrBh869doeOC2Pp5EI1Y="] * 2


@pytest.mark.usefixtures("bucket")
def test_a_bucket_that_is_not_there_is_the_reason() -> None:
    with pytest.raises(NotArchived) as refused:
        S3Archive(Clients(), bucket="another", prefix="", region=REGION).store("a", b"1")
    assert refused.value.reason == "s3://another: NoSuchBucket"


@pytest.mark.usefixtures("bucket")
def test_a_missing_permission_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-nobody")
    denied = {"Error": {"Code": "AccessDenied", "Message": "no"}}
    clients = Clients()
    client = clients.get("s3", region=REGION, attempts=3)
    client.meta.events.register("before-call.s3.PutObject", lambda **_: (_Denied(), denied))
    with pytest.raises(NotArchived, match="allow s3:PutObject"):
        S3Archive(clients, bucket="the-archive", prefix="", region=REGION).store("a", b"1")


class _Denied:
    status_code = 403
