"""The methods that there are, each with the scopes it needs one of and the tier of its rate limit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from approvals.demo.slack import chat, conversations, history, people, views
from approvals.demo.slack.calls import Call
from approvals.demo.slack.refusals import Refused

Handle = Callable[[Call], dict[str, Any]]


@dataclass(frozen=True)
class Method:
    """Without a tier the method counts its calls itself."""

    handle: Handle
    scopes: tuple[str, ...] = ()
    tier: int | None = None


READ = ("channels:read", "groups:read", "im:read", "mpim:read")

METHODS: dict[str, Method] = {
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
    "views.update": Method(views.update, tier=4),
}


def serve(call: Call) -> dict[str, Any]:
    """What the method answers. Raises Refused."""
    method = METHODS.get(call.method)
    if method is None:
        raise Refused("unknown_method", {"req_method": call.method})
    _authenticate(call)
    if method.scopes and not call.team.scopes.intersection(method.scopes):
        provided = ",".join(sorted(call.team.scopes))
        raise Refused("missing_scope", {"needed": ",".join(method.scopes), "provided": provided})
    if method.tier is not None:
        state = call.state
        wait = state.limits.call(team=call.team.id, method=call.method, tier=method.tier, now=state.seconds)
        refuse_for(wait)
    return {"ok": True, **method.handle(call)}


def refuse_for(wait: int) -> None:
    if wait:
        raise Refused("ratelimited", retry_after=wait)


def _authenticate(call: Call) -> None:
    if not call.token:
        raise Refused("not_authed")
    if call.token.startswith("xapp-"):
        raise Refused("not_allowed_token_type")
    call.team = call.state.by_token(call.token)
