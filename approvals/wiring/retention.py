"""How long settled approvals are kept, and the archive that takes them afterwards."""

from datetime import timedelta

from approvals.adapters.aws.clients import Clients
from approvals.flows.ports import Retention
from approvals.flows.storage import Archive
from approvals.settings.environment import Settings


def retention_of(settings: Settings, *, kept_for: timedelta, clients: Clients) -> Retention:
    return Retention(kept_for=kept_for, archive=_archive(settings, clients))


def _archive(settings: Settings, clients: Clients) -> Archive | None:
    location = settings.retention_export
    if location == "none":
        return None
    if not location.startswith("s3://"):
        from approvals.adapters.archive.files import FileArchive

        return FileArchive(location)
    from approvals.adapters.archive.s3 import S3Archive

    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    return S3Archive(clients, bucket=bucket, prefix=prefix, region=settings.aws_region or None)
