"""The methods that there are, each with the scopes it needs one of and the tier of its rate limit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from approvals.demo.fake_slack.errors import Refused
from approvals.demo.fake_slack.methods import apps, chat, conversations, history, views
from approvals.demo.fake_slack.methods import users as people
from approvals.demo.fake_slack.methods.request import Call

Handle = Callable[[Call], dict[str, Any]]


@dataclass(frozen=True)
class Method:
    """Without a tier the method counts its calls itself."""

    handle: Handle
    scopes: tuple[str, ...] = ()
    tier: int | None = None
    app_level: bool = False
    """With a token of the app itself, xapp-…, that belongs to no workspace."""


READ = ("channels:read", "groups:read", "im:read", "mpim:read")

METHODS: dict[str, Method] = {
    "apps.connections.open": Method(apps.connections_open, app_level=True),
    "auth.test": Method(people.auth_test, tier=None),
    "chat.postMessage": Method(chat.post_message, ("chat:write",)),
    "chat.postEphemeral": Method(chat.post_ephemeral, ("chat:write",), tier=4),
    "chat.update": Method(chat.update, ("chat:write",), tier=3),
    "conversations.history": Method(history.history, history.HISTORY, tier=3),
    "conversations.info": Method(conversations.info, READ, tier=3),
    "conversations.list": Method(conversations.list_all, READ, tier=2),
    "conversations.members": Method(conversations.members, READ, tier=4),
    "conversations.open": Method(conversations.open_dm, ("im:write", "mpim:write"), tier=3),
    "conversations.replies": Method(history.replies, history.HISTORY, tier=3),
    "users.conversations": Method(conversations.of_user, READ, tier=3),
    "users.info": Method(people.info, ("users:read",), tier=4),
    "users.lookupByEmail": Method(people.lookup_by_email, ("users:read.email",), tier=3),
    "views.open": Method(views.open_modal, tier=4),
    "views.publish": Method(views.publish, tier=4),
    "views.push": Method(views.push, tier=4),
    "views.update": Method(views.update, tier=4),
}


def authenticate(call: Call) -> Method:
    """The method, and in `call.team` whose token it is. Raises Refused."""
    method = METHODS.get(call.method)
    if method is None:
        raise Refused("unknown_method", {"req_method": call.method})
    if not call.token:
        raise Refused("not_authed")
    if call.token.startswith("xapp-") != method.app_level:
        raise Refused("not_allowed_token_type")
    if not method.app_level:
        call.team = call.state.by_token(call.token)
    elif call.token != call.state.app_token:
        raise Refused("invalid_auth")
    return method


def serve(call: Call, method: Method) -> dict[str, Any]:
    """What the method answers. Raises Refused."""
    if method.scopes and not call.team.scopes.intersection(method.scopes):
        provided = ",".join(sorted(call.team.scopes))
        raise Refused("missing_scope", {"needed": ",".join(method.scopes), "provided": provided})
    if method.tier is not None:
        state = call.state
        wait = state.limits.call(team=call.team.id, method=call.method, tier=method.tier, now=state.seconds)
        refuse_for(wait)
    return {"ok": True, **method.handle(call)}


def scope_headers(call: Call, method: Method) -> dict[str, str]:
    if method.app_level:
        return {}
    return {"X-OAuth-Scopes": ",".join(sorted(call.team.scopes)), "X-Accepted-OAuth-Scopes": ",".join(method.scopes)}


def refuse_for(wait: int) -> None:
    """Raises Refused where there is anything to wait for."""
    if wait:
        raise Refused("ratelimited", retry_after=wait)
