"""The identity of a Slack member: by the ids of workspace and user, as the approval or the directory has them.

The e-mail address of their account counts only if a setting allows it and Slack has confirmed the address.
"""

import logging
from collections.abc import Callable, Iterator

from approvals.adapters.slack.errors import NotDone
from approvals.domain.directory.people import Directory, Person
from approvals.domain.model.approval import Approval, Reviewer
from approvals.entrypoints.slack.payloads import Member

EmailOf = Callable[[str, str], str | None]

log = logging.getLogger(__name__)


class Members:
    """`directory` returns the current directory. Ids without a workspace belong to the first workspace of `teams`.

    `email_of` returns the confirmed address of a member; None if addresses may not identify people.
    """

    def __init__(
        self, directory: Callable[[], Directory], *, teams: tuple[str, ...], email_of: EmailOf | None = None
    ) -> None:
        self._directory, self._teams, self._email_of = directory, teams, email_of

    def reviewer(self, approval: Approval, member: Member) -> Reviewer | None:
        """Return the reviewer who is this member. Only if the id is unknown, Slack is asked for the address."""
        return next(filter(None, map(approval.reviewer, self.references(member))), None)

    def references(self, member: Member) -> Iterator[str]:
        """Return the references by which an approval may name this member, the most reliable first."""
        for address in self._addresses(member):
            yield address
            yield from _names(self._directory().person(address))
        if email := self._email(member):
            yield email
            yield from _names(self._directory().person(email))

    def _addresses(self, member: Member) -> Iterator[str]:
        yield f"slack:{member}"
        if member.team == self._teams[0]:
            yield f"slack:{member.user}"

    def _email(self, member: Member) -> str | None:
        """Return the confirmed address. After an error the member counts as unknown, and reads so."""
        if self._email_of is None:
            return None
        try:
            return self._email_of(member.team, member.user)
        except NotDone as error:
            log.warning("%s", error, extra={"event": "slack.unknown", "team": member.team})
            return None


def _names(person: Person | None) -> Iterator[str]:
    if person is None:
        return
    yield person.id
    yield from person.references
