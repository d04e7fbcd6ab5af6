"""Purge: move approvals that were settled long ago into the archive, and delete them once they are there.

What was not archived is never deleted. A process that dies in between leaves both, and the next one writes the same
file again: its name holds the first and the last id and a hash of the content, so no other content replaces it.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence

from approvals.domain.model.records import Record
from approvals.flows.ports import Ports, Retention

log = logging.getLogger(__name__)


def purge(ports: Ports, *, proceed: Callable[[], bool]) -> int:
    """Purge batch by batch while `proceed` returns true. Return the number of approvals. Raises NotArchived."""
    retention = ports.retention
    if retention is None:
        return 0
    before, purged, after = ports.clock() - retention.kept_for, 0, ""
    while proceed():
        page = ports.records().settled(before=before, after=after, limit=retention.batch)
        if page.last is None:
            break
        after = page.last
        if page.records:
            _archive(retention, page.records)
            purged += ports.records().purge(page.records, before=before)
    if purged:
        log.info("%s approvals were purged", purged, extra={"event": "retention.purged", "approvals": purged})
    return purged


def archive_name(records: Sequence[Record], content: bytes) -> str:
    """Return the name of the file of a batch, which is the same for the same content."""
    return f"{records[0].approval_id}-{records[-1].approval_id}-{hashlib.sha256(content).hexdigest()[:16]}.jsonl"


def _archive(retention: Retention, records: Sequence[Record]) -> None:
    if retention.archive:
        content = b"".join(record.line for record in records)
        retention.archive.store(archive_name(records, content), content)
