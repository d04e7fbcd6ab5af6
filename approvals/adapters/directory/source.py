"""Sources of the directory file: disk, S3 and the Parameter Store of SSM, with detection of changes."""

import hashlib
import re
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from approvals.adapters.aws.clients import Clients
from approvals.adapters.directory.file import LARGEST, DirectoryFile, decode_directory_file
from approvals.domain.model.errors import Misconfigured

ATTEMPTS = 2
_S3 = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(.+)")
_SSM = re.compile(r"ssm:(/?[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*)")
_SSM_ARN = re.compile(r"arn:aws[a-z-]*:ssm:([a-z0-9-]+):\d{12}:parameter/[A-Za-z0-9_./-]+")


class FileVersion(NamedTuple):
    """The content of the file, and a version that changes with it."""

    version: str
    raw: bytes


class DirectorySource(Protocol):
    """A source of the directory file, which is read every `every`."""

    @property
    def name(self) -> str: ...
    @property
    def every(self) -> timedelta: ...
    @property
    def settles(self) -> timedelta:
        """How long the content must stay unchanged, because a file can be read while it is being written."""
        ...

    def look(self, seen: str) -> FileVersion | None:
        """Return the content, or None if it is still the version `seen`. Raises Misconfigured if it cannot be read."""
        ...


def source_of(location: str, *, clients: Clients, region: str | None) -> DirectorySource:
    """Return the source for the text of the setting, without connecting. Raises Misconfigured."""
    if match := _S3.fullmatch(location):
        return S3Source(clients, bucket=match[1], key=match[2], region=region)
    if match := _SSM.fullmatch(location):
        return SsmSource(clients, name=location, parameter=match[1], region=region)
    if match := _SSM_ARN.fullmatch(location):
        return SsmSource(clients, name=location, parameter=location, region=match[1])
    if location.startswith(("s3:", "ssm:", "arn:")):
        raise Misconfigured(
            f"{location} is not a location: write a path, s3://BUCKET/KEY, ssm:/NAME or the ARN of a parameter"
        )
    return FileSource(location)


def read_directory(location: str, *, clients: Clients, region: str | None) -> DirectoryFile:
    """Read the file now. Raises Misconfigured."""
    source = source_of(location, clients=clients, region=region)
    found = source.look("")
    return decode_directory_file(found.raw if found else b"", name=source.name)


class FileSource:
    every = timedelta(seconds=2)
    settles = timedelta(seconds=1)

    def __init__(self, path: str) -> None:
        self.name = path

    def look(self, seen: str) -> FileVersion | None:
        """Read the whole file: times and sizes do not reveal every change, and it is small."""
        path = Path(self.name)
        try:
            _refuse_if_large(self.name, path.stat().st_size)
            raw = path.read_bytes()
        except OSError as error:
            raise Misconfigured(f"{self.name} cannot be read: {error.strerror}") from None
        return _unless_seen(FileVersion(hashlib.sha256(raw).hexdigest(), raw), seen)


class S3Source:
    every = timedelta(seconds=60)
    settles = timedelta()

    def __init__(self, clients: Clients, *, bucket: str, key: str, region: str | None) -> None:
        self.name = f"s3://{bucket}/{key}"
        self._clients, self._bucket, self._key, self._region = clients, bucket, key, region

    def look(self, seen: str) -> FileVersion | None:
        """Send one request, which returns no body if the ETag is still the same."""
        wanted = {"Bucket": self._bucket, "Key": self._key} | ({"IfNoneMatch": seen} if seen else {})
        try:
            answer = self._clients.get("s3", region=self._region, attempts=ATTEMPTS).get_object(**wanted)
            _refuse_if_large(self.name, answer["ContentLength"])
            return FileVersion(answer["ETag"], answer["Body"].read())
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 304:
                return None
            _refused(self.name, error, permission="s3:GetObject")
        except BotoCoreError as error:
            _refused(self.name, error, permission="")


class SsmSource:
    every = timedelta(seconds=60)
    settles = timedelta()

    def __init__(self, clients: Clients, *, name: str, parameter: str, region: str | None) -> None:
        self.name = name
        self._clients, self._parameter, self._region = clients, parameter, region

    def look(self, seen: str) -> FileVersion | None:
        """Compare the content, because the versions of a recreated parameter start again at 1."""
        try:
            client = self._clients.get("ssm", region=self._region, attempts=ATTEMPTS)
            answer = client.get_parameter(Name=self._parameter, WithDecryption=True)
        except (ClientError, BotoCoreError) as error:
            _refused(self.name, error, permission="ssm:GetParameter")
        raw = str(answer["Parameter"]["Value"]).encode()
        return _unless_seen(FileVersion(hashlib.sha256(raw).hexdigest(), raw), seen)


def _unless_seen(found: FileVersion, seen: str) -> FileVersion | None:
    return None if found.version == seen else found


def _refuse_if_large(name: str, size: int) -> None:
    if size > LARGEST:
        raise Misconfigured(f"{name} has more than {LARGEST // 1024} KiB; put less into one directory")


_MISSING = {"NoSuchKey", "NoSuchBucket", "ParameterNotFound"}


def _refused(name: str, error: Any, *, permission: str) -> NoReturn:
    if not isinstance(error, ClientError):
        raise Misconfigured(f"{name} cannot be read: AWS does not answer ({type(error).__name__})") from None
    code = str(error.response.get("Error", {}).get("Code", "unknown"))
    fix = "see AWS's documentation of this error"
    if code in _MISSING:
        fix = "it does not exist; create it, or correct APPROVALS_DIRECTORY"
    elif code.startswith("AccessDenied"):
        fix = f"allow {permission} to the gateway's role, and kms:Decrypt where a key of yours encrypts it"
    raise Misconfigured(f"{name} cannot be read ({code}): {fix}") from None
