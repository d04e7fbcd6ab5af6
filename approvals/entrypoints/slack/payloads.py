"""The payloads of Slack, as far as the gateway reads them. Unknown fields and kinds are ignored: Slack adds some.

Only the ids of workspace and user identify a person; names are for display.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from approvals.adapters.slack.blocks.buttons import Pressed, pressed
from approvals.domain.problems import Invalid

Id = Annotated[str, Meta(pattern=r"^[A-Z0-9]{1,32}\Z")]
T = TypeVar("T")
OCCASION_LENGTH = 64


class Member(msgspec.Struct, frozen=True):
    """A member of a workspace: a user id identifies nobody without its workspace."""

    team: str
    user: str

    def __str__(self) -> str:
        return f"{self.team}/{self.user}"


class Team(msgspec.Struct, frozen=True):
    """A workspace: `id` is None where an app is installed for a whole organisation."""

    id: Id | None = None
    enterprise_id: Id | None = None


class User(msgspec.Struct, frozen=True):
    id: Id
    team_id: Id | None = None


class ItemId(msgspec.Struct, frozen=True):
    """The id of a channel or a message."""

    id: str = ""
    ts: str = ""


class Container(msgspec.Struct, frozen=True):
    """The container of a pressed button."""

    channel_id: str | None = None
    is_ephemeral: bool | None = None


class ViewState(msgspec.Struct, frozen=True):
    """The state of a view: the values of its inputs, by block and by action."""

    values: dict[str, dict[str, dict[str, Any]]] = {}


class ViewPayload(msgspec.Struct, frozen=True):
    id: str = ""
    type: str = ""
    callback_id: str = ""
    private_metadata: str = ""
    app_installed_team_id: Id | None = None
    blocks: tuple[dict[str, Any], ...] = ()
    state: ViewState | None = None


class Interaction(msgspec.Struct, frozen=True):
    """A button, a submitted modal or a shortcut: the `payload` of /slack/interactions."""

    type: str
    user: User
    team: Team | None = None
    is_enterprise_install: bool = False
    trigger_id: str = ""
    response_url: str = ""
    callback_id: str = ""
    actions: tuple[dict[str, Any], ...] = ()
    view: ViewPayload | None = None
    container: Container | None = None
    channel: ItemId | None = None

    @property
    def workspace(self) -> str | None:
        """Return the workspace where the used app is installed; in a shared channel members may be of another one."""
        if self.view and self.view.app_installed_team_id:
            return self.view.app_installed_team_id
        return self.team.id if self.team else None

    @property
    def member(self) -> Member:
        """Return the member. In Enterprise Grid `team_id` is the organization's, and user ids are unique within it."""
        team = self.team or Team()
        own = self.user.team_id
        if own and own != team.enterprise_id:
            return Member(own, self.user.id)
        return Member(team.id or "", self.user.id)

    @property
    def pressed(self) -> Pressed | None:
        """Return the first action: a message sends one at a time."""
        return pressed(self.actions[0]) if self.actions else None

    @property
    def place(self) -> str:
        """Return the channel of the message, if there is one."""
        if self.channel and self.channel.id:
            return self.channel.id
        return (self.container and self.container.channel_id) or ""

    @property
    def occasion(self) -> str:
        """Return the id of this press or form. An equal id means that Slack sent the same request again."""
        at = self.actions[0].get("action_ts") if self.actions else self.view and self.view.id
        return at if isinstance(at, str) and len(at) <= OCCASION_LENGTH else ""

    @property
    def private_list(self) -> str:
        """Return the URL that updates the ephemeral message of the button; Slack has no other way."""
        return self.response_url if self.container and self.container.is_ephemeral else ""


class Command(msgspec.Struct, frozen=True):
    """A slash command: the form of /slack/commands."""

    team_id: Id
    user_id: Id
    command: str = ""
    text: str = ""
    response_url: str = ""
    channel_id: str = ""
    is_enterprise_install: str = "false"

    @property
    def member(self) -> Member:
        return Member(self.team_id, self.user_id)


class InnerEvent(msgspec.Struct, frozen=True):
    """The event itself."""

    type: str = ""
    user: Any = None
    tab: str = ""


class EventCallback(msgspec.Struct, frozen=True):
    """An event, or the challenge that verifies the address: the JSON of /slack/events."""

    type: str
    challenge: str = ""
    team_id: Id | None = None
    event_id: str = ""
    event: InnerEvent = InnerEvent()
    is_enterprise_install: bool = False


def interaction(form: Mapping[str, str]) -> Interaction:
    """Raises Invalid."""
    return _decoded(form.get("payload", ""), Interaction)


def read_command(form: Mapping[str, str]) -> Command:
    """Raises Invalid."""
    try:
        return msgspec.convert(dict(form), Command)
    except msgspec.ValidationError:
        raise Invalid.at("", "is nothing that Slack sends") from None


def read_event(body: bytes) -> EventCallback:
    """Raises Invalid."""
    return _decoded(body, EventCallback)


def read_metadata(view: ViewPayload, kind: type[T]) -> T | None:
    """Return the metadata that the gateway wrote into a view; None if it has another form."""
    try:
        return msgspec.json.decode(view.private_metadata, type=kind)
    except (msgspec.DecodeError, RecursionError):
        return None


def _decoded(text: bytes | str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Invalid.at("", "is nothing that Slack sends") from None
