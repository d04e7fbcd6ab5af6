"""The archive that the settings name."""

from pathlib import Path
from typing import Any

import pytest

from approvals import wiring
from approvals.adapters.archive.files import FileArchive
from approvals.adapters.archive.s3 import S3Archive
from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key
from approvals.settings.environment import Settings


@pytest.mark.parametrize(
    ("location", "kind"), [("none", type(None)), ("/var/archive", FileArchive), ("s3://bucket/prefix", S3Archive)]
)
def test_settled_approvals_go_where_the_setting_says(location: str, kind: Any, tmp_path: Path) -> None:
    more = {"APPROVALS_RETENTION": "30d", "APPROVALS_RETENTION_EXPORT": location}
    url = {"APPROVALS_DATABASE_URL": f"sqlite:///{tmp_path / 'a.db'}"}
    retention = wiring.build(Settings.from_env({**_keys(), **url, **more})).ports.retention
    assert retention
    assert retention.kept_for.days == 30
    assert isinstance(retention.archive, kind)


def _keys() -> dict[str, str]:

    return {"APPROVALS_SIGNING_KEYS": new_signing_key(), "APPROVALS_SEALING_KEYS": new_sealing_key()}
