"""People in Slack by e-mail address. Only an address that its owner has confirmed in the same workspace counts."""

from collections.abc import Mapping
from typing import Any

from approvals.adapters.slack.client import SlackApi
from approvals.adapters.slack.errors import NotDone
from approvals.domain.mail_addresses import reference_key

_NOBODY = {"users_not_found", "user_not_found", "user_not_visible"}


class SlackPeople:
    """Looks people up in Slack each time, because a person may have left the workspace."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api

    def email_of(self, team: str, user: str) -> str | None:
        """Return the confirmed address of a member, else None. Raises NotDone if Slack cannot tell."""
        found = self._user("users.info", team, user=user)
        return _confirmed(found, team)

    def by_email(self, team: str, email: str) -> str | None:
        """Return the id of the member who has confirmed this address. Raises NotDone if Slack cannot tell."""
        found = self._user("users.lookupByEmail", team, email=email)
        address = _confirmed(found, team)
        return str(found["id"]) if address and reference_key(address) == reference_key(email) else None

    def _user(self, method: str, team: str, **arguments: str) -> Mapping[str, Any]:
        try:
            return self._api.call(method, team=team, **arguments).get("user") or {}
        except NotDone as error:
            if error.code in _NOBODY:
                return {}
            raise


def _confirmed(user: Mapping[str, Any], team: str) -> str | None:
    """Return the confirmed address, but not a guest's, which the guest's own administrators chose."""
    active = user.get("is_email_confirmed") is True and not (user.get("deleted") or user.get("is_bot"))
    if not active or user.get("is_stranger") or not _is_of(user, team):
        return None
    return str((user.get("profile") or {}).get("email") or "") or None


def _is_of(user: Mapping[str, Any], team: str) -> bool:
    """Return whether the person is of this workspace; in Enterprise Grid one person may be of several."""
    return user.get("team_id") == team or team in ((user.get("enterprise_user") or {}).get("teams") or ())
