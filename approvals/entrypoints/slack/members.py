"""Who somebody in Slack is: by the id of their workspace and their own, as the approval or the directory has it.

By the e-mail address of their account only where a setting allows it, and only one that Slack has confirmed.
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
    """`directory` gives who is known at the moment; of `teams`, our workspaces, ids without one belong to the first.

    `email_of` gives the confirmed address of a person of a workspace; None where addresses may not tell who it is.
    """

    def __init__(
        self, directory: Callable[[], Directory], *, teams: tuple[str, ...], email_of: EmailOf | None = None
    ) -> None:
        self._directory, self._teams, self._email_of = directory, teams, email_of

    def reviewer(self, approval: Approval, member: Member) -> Reviewer | None:
        """Who of those who are asked this is. Slack is only asked about who is not known by id."""
        return next(filter(None, map(approval.reviewer, self.references(member))), None)

    def references(self, member: Member) -> Iterator[str]:
        """Everything this person may be called by in an approval, what is surest first."""
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
        """Not knowing is no reason to fail: they are then told that they are not among those who are asked."""
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
