"""The supported methods, each with the scopes of which it needs one, and the tier of its rate limit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from approvals.demo.fake_slack.errors import ApiError
from approvals.demo.fake_slack.methods import apps, chat, conversations, history, users, views
from approvals.demo.fake_slack.methods.request import ApiCall

Handle = Callable[[ApiCall], dict[str, Any]]


@dataclass(frozen=True)
class ApiMethod:
    """One method. Without a tier, it applies its own rate limit."""

    handle: Handle
    scopes: tuple[str, ...] = ()
    tier: int | None = None
    app_level: bool = False
    """Whether it needs an app-level token (xapp-…), which belongs to no workspace."""


READ_SCOPES = ("channels:read", "groups:read", "im:read", "mpim:read")

METHODS: dict[str, ApiMethod] = {
    "apps.connections.open": ApiMethod(apps.connections_open, app_level=True),
    "auth.test": ApiMethod(users.auth_test, tier=None),
    "chat.postMessage": ApiMethod(chat.post_message, ("chat:write",)),
    "chat.postEphemeral": ApiMethod(chat.post_ephemeral, ("chat:write",), tier=4),
    "chat.update": ApiMethod(chat.update, ("chat:write",), tier=3),
    "conversations.history": ApiMethod(history.history, history.HISTORY, tier=3),
    "conversations.info": ApiMethod(conversations.info, READ_SCOPES, tier=3),
    "conversations.list": ApiMethod(conversations.list_all, READ_SCOPES, tier=2),
    "conversations.members": ApiMethod(conversations.members, READ_SCOPES, tier=4),
    "conversations.open": ApiMethod(conversations.open_dm, ("im:write", "mpim:write"), tier=3),
    "conversations.replies": ApiMethod(history.replies, history.HISTORY, tier=3),
    "users.conversations": ApiMethod(conversations.of_user, READ_SCOPES, tier=3),
    "users.info": ApiMethod(users.info, ("users:read",), tier=4),
    "users.lookupByEmail": ApiMethod(users.lookup_by_email, ("users:read.email",), tier=3),
    "views.open": ApiMethod(views.open_modal, tier=4),
    "views.publish": ApiMethod(views.publish, tier=4),
    "views.push": ApiMethod(views.push, tier=4),
    "views.update": ApiMethod(views.update, tier=4),
}


def authenticate(call: ApiCall) -> ApiMethod:
    """Return the method and set `call.team` by the token. Raise ApiError if the token is not valid."""
    method = METHODS.get(call.method)
    if method is None:
        raise ApiError("unknown_method", {"req_method": call.method})
    if not call.token:
        raise ApiError("not_authed")
    if call.token.startswith("xapp-") != method.app_level:
        raise ApiError("not_allowed_token_type")
    if not method.app_level:
        call.team = call.state.by_token(call.token)
    elif call.token != call.state.app_token:
        raise ApiError("invalid_auth")
    return method


def serve(call: ApiCall, method: ApiMethod) -> dict[str, Any]:
    """Run the method and return its response. Raise ApiError for a missing scope or a rate limit."""
    if method.scopes and not call.team.scopes.intersection(method.scopes):
        provided = ",".join(sorted(call.team.scopes))
        raise ApiError("missing_scope", {"needed": ",".join(method.scopes), "provided": provided})
    if method.tier is not None:
        state = call.state
        wait = state.limits.call(team=call.team.id, method=call.method, tier=method.tier, now=state.seconds)
        check_rate_limit(wait)
    return {"ok": True, **method.handle(call)}


def scope_headers(call: ApiCall, method: ApiMethod) -> dict[str, str]:
    if method.app_level:
        return {}
    return {"X-OAuth-Scopes": ",".join(sorted(call.team.scopes)), "X-Accepted-OAuth-Scopes": ",".join(method.scopes)}


def check_rate_limit(wait: int) -> None:
    """Raise ApiError if the caller has to wait."""
    if wait:
        raise ApiError("ratelimited", retry_after=wait)
