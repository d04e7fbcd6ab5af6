"""The last valid directory. An invalid, missing or unreachable file never replaces it.

It is used several times in every request, so it reads the file only at intervals, in one thread at a time; the other
threads get the current directory.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import NamedTuple

from msgspec.structs import replace

from approvals.adapters.directory.file import decode_directory_file
from approvals.adapters.directory.source import DirectorySource, FileVersion
from approvals.domain.directory.configuration import Configuration, configuration
from approvals.domain.mail_addresses import ADDRESS
from approvals.domain.model.errors import Misconfigured
from approvals.domain.values import content_hash
from approvals.presentation.moments import exact_moment

MOST_PROBLEMS = 20

log = logging.getLogger(__name__)


class _Unsettled(NamedTuple):
    """A change that may still be incomplete."""

    version: str
    since: datetime


class DirectoryWatch:
    """Watches the directory file. Raises Misconfigured if the file is invalid at start."""

    def __init__(self, source: DirectorySource, *, clock: Callable[[], datetime], slack_team: str = "") -> None:
        self._source, self._clock, self._lock, self._slack_team = source, clock, Lock(), slack_team
        self._since = self._looked = clock()
        found = source.look("") or FileVersion("", b"")
        self._judged = found.version
        self._good = self._configuration = self._read(found)
        self._pause = source.every
        self._unsettled: _Unsettled | None = None
        self._broken = self._unreachable = ""

    def __call__(self) -> Configuration:
        """Return the current directory."""
        if not self._looked <= self._clock() < self._looked + self._pause and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._configuration

    def reload_directory(self) -> bool:
        """Read the file now. Return False while there is a change that may be incomplete."""
        with self._lock:
            self._look()
            return self._unsettled is None

    def _look(self) -> None:
        """Read the file; an error must not fail the request that triggered it."""
        self._looked, self._pause = self._clock(), self._source.every
        try:
            self._examine(self._source.look(self._judged))
        except Misconfigured as error:
            self._miss(str(error))
        except Exception:
            log.exception("the directory could not be checked", extra={"event": "directory.error"})
            self._unreachable = self._instead()
        wrong = self._unreachable or self._broken
        self._configuration = replace(self._good, wrong=wrong) if wrong else self._good

    def _examine(self, found: FileVersion | None) -> None:
        self._unreachable = ""
        if found is None:
            self._unsettled = None
        elif self._is_settled(found):
            self._judge(found)

    def _is_settled(self, found: FileVersion) -> bool:
        before, self._unsettled = self._unsettled, None
        since = before.since if before and before.version == found.version else self._looked
        if self._looked - since >= self._source.settles:
            return True
        self._unsettled, self._pause = _Unsettled(found.version, since), self._source.settles
        return False

    def _judge(self, found: FileVersion) -> None:
        """Check new content once."""
        self._judged = found.version
        try:
            good = self._read(found)
        except Misconfigured as error:
            self._broken = self._instead()
            self._complain("directory.wrong", str(error))
            return
        self._broken, self._good, self._since = "", good, self._looked
        counted = {"event": "directory.changed", "people": len(good.directory.people)}
        log.info("the directory has changed", extra=counted)

    def _miss(self, reason: str) -> None:
        """Record that the file is missing or unreachable, and log each reason once."""
        self._unsettled = None
        if not self._unreachable:
            self._unreachable = self._instead()
            self._complain("directory.unreadable", reason)

    def _complain(self, event: str, problems: str) -> None:
        """Log the problem without the content, because logs must not contain addresses."""
        said = [ADDRESS.sub("(address)", line) for line in problems.splitlines()]
        log.error(self._unreachable or self._broken, extra={"event": event, "faults": said[:MOST_PROBLEMS]})

    def _instead(self) -> str:
        looked, used = exact_moment(self._looked), exact_moment(self._since)
        return f"the directory is wrong or unreadable since {looked}; that of {used} is used"

    def _read(self, found: FileVersion) -> Configuration:
        """Read the directory. An empty one has a fingerprint too, so that removed reviewers are noticed."""
        file = decode_directory_file(found.raw, name=self._source.name)
        directory = replace(file.directory, slack_team=self._slack_team)
        return replace(
            configuration(directory, file.adapters), fingerprint=content_hash((directory.people, directory.groups))
        )  # fmt: skip
