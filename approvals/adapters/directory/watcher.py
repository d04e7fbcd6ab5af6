"""The directory as it was last found right. What is wrong, gone or out of reach never takes its place.

It is asked several times in every request: it looks only when a look is due, in one thread; the others get the old one.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import NamedTuple

from msgspec.structs import replace

from approvals.adapters.directory.file import decode_directory_file
from approvals.adapters.directory.source import DirectorySource, Found
from approvals.domain.directory.configuration import Known, known
from approvals.domain.directory.people import EMAIL
from approvals.domain.model.errors import Misconfigured
from approvals.domain.values import content_hash

MOST_PROBLEMS = 20

log = logging.getLogger(__name__)


class _Unsettled(NamedTuple):
    """A change that may not be whole yet."""

    version: str
    since: datetime


class DirectoryWatch:
    """Raises Misconfigured when it is made: a gateway that was never right does not start."""

    def __init__(self, source: DirectorySource, *, clock: Callable[[], datetime], slack_team: str = "") -> None:
        self._source, self._clock, self._lock, self._slack_team = source, clock, Lock(), slack_team
        self._since = self._looked = clock()
        found = source.look("") or Found("", b"")
        self._judged = found.version
        self._good = self._known = self._read(found)
        self._pause = source.every
        self._unsettled: _Unsettled | None = None
        self._broken = self._unreachable = ""

    def __call__(self) -> Known:
        """The one to use now."""
        if not self._looked <= self._clock() < self._looked + self._pause and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._known

    def look_again(self) -> bool:
        """Looks now, whether or not it is due. False while there is a change that may not be whole yet."""
        with self._lock:
            self._look()
            return self._unsettled is None

    def _look(self) -> None:
        """Whatever goes wrong in it must not stop whoever asked."""
        self._looked, self._pause = self._clock(), self._source.every
        try:
            self._examine(self._source.look(self._judged))
        except Misconfigured as error:
            self._miss(str(error))
        except Exception:
            log.exception("the directory could not be looked at", extra={"event": "directory.error"})
            self._unreachable = self._instead()
        wrong = self._unreachable or self._broken
        self._known = replace(self._good, wrong=wrong) if wrong else self._good

    def _examine(self, found: Found | None) -> None:
        self._unreachable = ""
        if found is None:
            self._unsettled = None
        elif self._is_settled(found):
            self._judge(found)

    def _is_settled(self, found: Found) -> bool:
        before, self._unsettled = self._unsettled, None
        since = before.since if before and before.version == found.version else self._looked
        if self._looked - since >= self._source.settles:
            return True
        self._unsettled, self._pause = _Unsettled(found.version, since), self._source.settles
        return False

    def _judge(self, found: Found) -> None:
        """Each content once."""
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
        """It is not there, or nobody can say whether it is. The same reason is not said again."""
        self._unsettled = None
        if not self._unreachable:
            self._unreachable = self._instead()
            self._complain("directory.unreadable", reason)

    def _complain(self, event: str, problems: str) -> None:
        """Addresses do not belong into logs."""
        said = [EMAIL.sub("(address)", line) for line in problems.splitlines()]
        log.error(self._unreachable or self._broken, extra={"event": event, "faults": said[:MOST_PROBLEMS]})

    def _instead(self) -> str:
        return f"the directory is wrong or unreadable since {_said(self._looked)}; that of {_said(self._since)} is used"

    def _read(self, found: Found) -> Known:
        """With a fingerprint even where nobody is in it: whoever was in it before is gone then."""
        file = decode_directory_file(found.raw, name=self._source.name)
        directory = replace(file.directory, slack_team=self._slack_team)
        return replace(
            known(directory, file.adapters), fingerprint=content_hash((directory.people, directory.groups))
        )  # fmt: skip


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
