"""Scopes: the permissions that the bot needs for our calls of Slack's Web API, and no others.

From each method's page in Slack's reference (docs.slack.dev/reference/methods/METHOD). Where a method serves several
kinds of conversation, each kind has a scope of its own: channels: is public ones, groups: private ones, im: direct.
"""

METHODS: dict[str, tuple[str, ...]] = {
    "auth.test": (),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history", "im:history"),
    "conversations.open": ("im:write",),
    "conversations.replies": ("channels:history", "groups:history", "im:history"),
    "users.conversations": ("channels:read", "groups:read"),
    "users.info": ("users:read",),
    "views.open": (),
    "views.publish": (),
    "views.update": (),
}
WITH_EMAIL: dict[str, tuple[str, ...]] = {
    "users.info": ("users:read.email",),
    "users.lookupByEmail": ("users:read.email",),
}
"""Only where people may be known by the e-mail address of their account."""
COMMANDS = "commands"
"""The slash command and the shortcut."""


def bot_scopes(*, match_email: bool) -> tuple[str, ...]:
    needed = {scope for scopes in METHODS.values() for scope in scopes} | {COMMANDS}
    if match_email:
        needed |= {scope for scopes in WITH_EMAIL.values() for scope in scopes}
    return tuple(sorted(needed))
