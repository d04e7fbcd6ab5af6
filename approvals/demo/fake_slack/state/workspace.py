"""A workspace: its people, conversations, messages and views. Permissions are checked by the methods."""

import copy
from dataclasses import dataclass, field
from typing import Any

ALL_SCOPES = frozenset(
    {
        "chat:write", "commands", "users:read", "users:read.email", "im:write", "channels:read", "groups:read",
        "im:read", "mpim:read", "channels:history", "groups:history", "im:history",
    }
)  # fmt: skip


@dataclass(kw_only=True)
class SlackUser:
    id: str
    name: str
    email: str | None = None
    real_name: str = ""
    tz: str = "Europe/Amsterdam"
    deleted: bool = False
    is_bot: bool = False
    email_confirmed: bool = True
    home: str = ""
    """The home workspace of an external member of a shared channel."""


@dataclass(kw_only=True)
class Conversation:
    id: str
    name: str = ""
    private: bool = False
    archived: bool = False
    members: set[str] = field(default_factory=set)
    with_user: str | None = None
    """The other person of a direct message."""

    @property
    def kind(self) -> str:
        if self.with_user:
            return "im"
        return "private_channel" if self.private else "public_channel"


@dataclass(kw_only=True)
class SlackMessage:
    """A message. `versions` holds its content before each update, oldest first."""

    channel: str
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    user: str
    bot_id: str | None = None
    app_id: str | None = None
    thread_ts: str | None = None
    only_for: str | None = None
    edited: str | None = None
    team: str = ""
    metadata: Any = None
    versions: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)

    def change(self, *, text: str, blocks: list[dict[str, Any]]) -> None:
        self.versions.append((self.text, copy.deepcopy(self.blocks)))
        self.text, self.blocks = text, blocks


@dataclass(kw_only=True)
class SlackView:
    """A modal or the content of a Home tab."""

    id: str
    team: str
    user: str
    hash: str
    content: dict[str, Any]
    root: str | None = None
    previous: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    open: bool = True


@dataclass(kw_only=True)
class Workspace:
    id: str
    domain: str
    name: str
    token: str
    bot_id: str
    bot_user: str
    app_id: str
    scopes: set[str] = field(default_factory=lambda: set(ALL_SCOPES))
    token_state: str = ""
    """`token_revoked` or `account_inactive` once the token is not valid any more."""
    edit_window_seconds: float | None = None
    home_tab: bool = True
    users: dict[str, SlackUser] = field(default_factory=dict)
    channels: dict[str, Conversation] = field(default_factory=dict)
    messages: list[SlackMessage] = field(default_factory=list)
    views: dict[str, SlackView] = field(default_factory=dict)
    homes: dict[str, SlackView] = field(default_factory=dict)

    def user(self, user_id: str, name: str, **details: Any) -> SlackUser:
        self.users[user_id] = made = SlackUser(id=user_id, name=name, **details)
        return made

    def channel(
        self, channel_id: str, name: str, *, members: tuple[str, ...] = (), bot: bool = True, **how: Any
    ) -> Conversation:
        """Add a channel; with `bot`, the app's bot is a member."""
        people = {*members, *([self.bot_user] if bot else [])}
        self.channels[channel_id] = made = Conversation(id=channel_id, name=name, members=people, **how)
        return made

    def dm(self, user_id: str) -> Conversation:
        """Return the direct messages between the bot and a person, opened if necessary."""
        channel_id = "D" + user_id[1:]
        if channel_id not in self.channels:
            both = {user_id, self.bot_user}
            self.channels[channel_id] = Conversation(id=channel_id, members=both, with_user=user_id)
        return self.channels[channel_id]

    def messages_in(self, channel_id: str) -> list[SlackMessage]:
        """Return the messages visible to all members, including replies, in posting order."""
        return [each for each in self.messages if each.channel == channel_id and each.only_for is None]

    def replies_to(self, message: SlackMessage) -> list[SlackMessage]:
        return [each for each in self.messages_in(message.channel) if each.thread_ts == message.ts]

    def ephemerals(self, user_id: str) -> list[SlackMessage]:
        return [each for each in self.messages if each.only_for == user_id]

    def find_message(self, channel_id: str, ts: str) -> SlackMessage | None:
        return next((each for each in self.messages_in(channel_id) if each.ts == ts), None)

    def open_views(self, user_id: str) -> list[SlackView]:
        return [view for view in self.views.values() if view.user == user_id and view.open]
