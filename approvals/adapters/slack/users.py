"""People in Slack by e-mail address. It counts only where its owner has confirmed it, in that very workspace."""

from collections.abc import Mapping
from typing import Any

from approvals.adapters.slack.client import SlackApi
from approvals.adapters.slack.errors import NotDone

_NOBODY = {"users_not_found", "user_not_found", "user_not_visible"}


class SlackPeople:
    """Looks people up in Slack each time, since a person may have left the workspace."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api

    def email_of(self, team: str, user: str) -> str | None:
        """The confirmed address of a person of that workspace, else None. Raises NotDone where Slack cannot say."""
        found = self._user("users.info", team, user=user)
        return _confirmed(found, team)

    def by_email(self, team: str, email: str) -> str | None:
        """The id of the person who has confirmed this address. Raises NotDone where Slack cannot say."""
        found = self._user("users.lookupByEmail", team, email=email)
        address = _confirmed(found, team)
        return str(found["id"]) if address and address.casefold() == email.casefold() else None

    def _user(self, method: str, team: str, **arguments: str) -> Mapping[str, Any]:
        try:
            return self._api.call(method, team=team, **arguments).get("user") or {}
        except NotDone as error:
            if error.code in _NOBODY:
                return {}
            raise


def _confirmed(user: Mapping[str, Any], team: str) -> str | None:
    """Guests of another company in a shared channel have whatever address their own administrators gave them."""
    active = user.get("is_email_confirmed") is True and not (user.get("deleted") or user.get("is_bot"))
    if not active or user.get("is_stranger") or not _is_of(user, team):
        return None
    return str((user.get("profile") or {}).get("email") or "") or None


def _is_of(user: Mapping[str, Any], team: str) -> bool:
    """In an organisation (Enterprise Grid) one person may be of several workspaces."""
    return user.get("team_id") == team or team in ((user.get("enterprise_user") or {}).get("teams") or ())
