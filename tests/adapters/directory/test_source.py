"""Sources of the directory file: no source gets needless requests, and every error names its fix."""

from collections.abc import Generator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from approvals.adapters.aws.clients import Clients
from approvals.adapters.directory.file import LARGEST
from approvals.adapters.directory.source import FileVersion, read_directory, source_of
from approvals.adapters.directory.watcher import DirectoryWatch
from approvals.domain.model.errors import Misconfigured
from tests.fakes import FrozenClock

ANA = "people: {ana: {email: ana@example.com}}\n"
BEN = "people: {ben: {email: ben@example.com}}\n"
REGION = "eu-west-1"


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Generator[Clients]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield Clients()


@pytest.fixture
def bucket(clients: Clients) -> Any:  # noqa: ARG001 in the same mock
    bucket = boto3.resource("s3", region_name=REGION).Bucket("the-bucket")
    bucket.create(CreateBucketConfiguration={"LocationConstraint": REGION})
    bucket.put_object(Key="folder/approvals.yml", Body=ANA.encode())
    return bucket


@pytest.fixture
def parameters(clients: Clients) -> Any:  # noqa: ARG001 in the same mock
    ssm = boto3.client("ssm", region_name=REGION)
    ssm.put_parameter(Name="/approvals/directory", Value=ANA, Type="SecureString")
    return ssm


def watched(place: str, clients: Clients, clock: FrozenClock) -> DirectoryWatch:
    return DirectoryWatch(source_of(place, clients=clients, region=REGION), clock=clock)


def test_an_object_in_s3_is_read_at_start_and_after_each_change_within_a_minute(clients: Clients, bucket: Any) -> None:
    clock = FrozenClock()
    watch = watched("s3://the-bucket/folder/approvals.yml", clients, clock)
    assert list(watch().directory.people) == ["ana"]
    bucket.put_object(Key="folder/approvals.yml", Body=BEN.encode())
    clock.forward(seconds=59)
    assert list(watch().directory.people) == ["ana"]
    clock.forward(seconds=1)
    assert list(watch().directory.people) == ["ben"]


def test_an_object_that_has_not_changed_is_not_sent_again(clients: Clients, bucket: Any) -> None:
    source = source_of("s3://the-bucket/folder/approvals.yml", clients=clients, region=REGION)
    found = source.look("")
    assert found is not None
    assert source.look(found.version) is None
    bucket.put_object(Key="folder/approvals.yml", Body=BEN.encode())
    again = source.look(found.version)
    assert again == FileVersion(again.version if again else "", BEN.encode())


def test_an_object_that_is_gone_or_wrong_leaves_the_old_one_in_its_place(clients: Clients, bucket: Any) -> None:
    clock = FrozenClock()
    watch = watched("s3://the-bucket/folder/approvals.yml", clients, clock)
    bucket.Object("folder/approvals.yml").delete()
    clock.forward(minutes=1)
    assert list(watch().directory.people) == ["ana"]
    assert watch().wrong
    bucket.put_object(Key="folder/approvals.yml", Body=b"people: 3")
    clock.forward(minutes=1)
    assert list(watch().directory.people) == ["ana"]
    assert watch().wrong
    bucket.put_object(Key="folder/approvals.yml", Body=BEN.encode())
    clock.forward(minutes=1)
    assert (list(watch().directory.people), watch().wrong) == (["ben"], "")


def test_an_object_that_is_too_large_is_not_read(clients: Clients, bucket: Any) -> None:
    bucket.put_object(Key="large.yml", Body=b"#" * (LARGEST + 1))
    with pytest.raises(Misconfigured, match=r"s3://the-bucket/large.yml has more than 1024 KiB"):
        read_directory("s3://the-bucket/large.yml", clients=clients, region=REGION)


@pytest.mark.parametrize(
    "place",
    ["ssm:/approvals/directory", f"arn:aws:ssm:{REGION}:123456789012:parameter/approvals/directory"],
)
def test_a_parameter_is_read_decrypted_by_name_or_arn_and_after_each_change(
    clients: Clients, parameters: Any, place: str
) -> None:
    clock = FrozenClock()
    watch = watched(place, clients, clock)
    assert list(watch().directory.people) == ["ana"]
    parameters.put_parameter(Name="/approvals/directory", Value=BEN, Type="SecureString", Overwrite=True)
    clock.forward(minutes=1)
    assert list(watch().directory.people) == ["ben"]


def test_a_parameter_that_is_recreated_is_known_by_its_content(clients: Clients, parameters: Any) -> None:
    clock = FrozenClock()
    watch = watched("ssm:/approvals/directory", clients, clock)
    parameters.delete_parameter(Name="/approvals/directory")
    parameters.put_parameter(Name="/approvals/directory", Value=BEN, Type="String")
    clock.forward(minutes=1)
    assert list(watch().directory.people) == ["ben"]


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("s3://the-bucket/nothing.yml", r"\(NoSuchKey\): it does not exist; create it, or correct APPROVALS_DIRECTORY"),
        ("s3://another-bucket/a.yml", r"\(NoSuchBucket\): it does not exist"),
        ("ssm:/nothing", r"\(ParameterNotFound\): it does not exist"),
        ("s3://the-bucket", "is not a location: write a path, s3://BUCKET/KEY, ssm:/NAME or the ARN of a parameter"),
        ("ssm:", "is not a location"),
        ("arn:aws:s3:::the-bucket/a.yml", "is not a location"),
    ],
)
@pytest.mark.usefixtures("bucket")
def test_what_cannot_be_had_is_named_with_the_fix(clients: Clients, place: str, says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        read_directory(place, clients=clients, region=REGION)


def test_without_the_right_the_permission_is_named() -> None:
    from botocore.stub import Stubber

    clients = Clients()
    with Stubber(clients.get("s3", region=REGION, attempts=2)) as stub:
        stub.add_client_error("get_object", "AccessDenied", http_status_code=403)
        with pytest.raises(Misconfigured, match=r"\(AccessDenied\): allow s3:GetObject to the gateway's role"):
            read_directory("s3://the-bucket/a.yml", clients=clients, region=REGION)


def test_where_aws_does_not_answer_that_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    for place in ("s3://the-bucket/a.yml", "ssm:/a"):
        with pytest.raises(Misconfigured, match=r"AWS does not answer \(EndpointConnectionError\)"):
            read_directory(place, clients=Clients(), region=REGION)
