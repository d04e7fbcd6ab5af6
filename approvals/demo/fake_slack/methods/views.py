"""views.*: modals, opened with a trigger, and the app's Home tab."""

import secrets
from typing import Any

from approvals.demo.fake_slack.errors import Refused, with_messages
from approvals.demo.fake_slack.methods.request import Call
from approvals.demo.fake_slack.schema.validation import check_view
from approvals.demo.fake_slack.state.store import Accepted, State
from approvals.demo.fake_slack.state.workspace import View, Workspace

MOST_IN_A_STACK = 3


def open_modal(call: Call) -> dict[str, Any]:
    content = _checked(call, kinds=("modal",))
    trigger_id = call.needed("trigger_id")
    _need_free_external_id(call, content)
    trigger = call.state.grants.redeem(trigger_id, team=call.team.id, now=call.state.seconds)
    view = stack(call.team, new_view(call.state, call.team, trigger.user, content))
    return {"view": as_json(view, call.state, call.team)}


def push(call: Call) -> dict[str, Any]:
    """Onto the modal in which the trigger was clicked."""
    content = _checked(call, kinds=("modal",))
    trigger_id = call.needed("trigger_id")
    _need_free_external_id(call, content)
    trigger = call.state.grants.redeem(trigger_id, team=call.team.id, now=call.state.seconds)
    below = call.team.views.get(trigger.view or "")
    if below is None or not below.open:
        raise Refused("not_found")
    view = stack(call.team, new_view(call.state, call.team, trigger.user, content), on=below)
    return {"view": as_json(view, call.state, call.team)}


def update(call: Call) -> dict[str, Any]:
    content = _checked(call, kinds=("modal", "home"))
    view = _find(call)
    if view is None or not view.open:
        raise Refused("not_found")
    if (given := call.text("hash")) and given != view.hash:
        raise Refused("hash_conflict")
    if content["type"] != view.content["type"]:
        raise with_messages("invalid_arguments", ["a view's type cannot be changed [json-pointer:/view/type]"])
    replace(view, content)
    return {"view": as_json(view, call.state, call.team)}


def publish(call: Call) -> dict[str, Any]:
    content = _checked(call, kinds=("home",))
    user = call.team.users.get(call.needed("user_id"))
    if not call.team.home_tab:
        raise Refused("not_enabled")
    if user is None or user.deleted or user.is_bot:
        raise with_messages("invalid_arguments", ["invalid `user_id`"])
    shown = call.team.homes.get(user.id)
    if shown and (given := call.text("hash")) and given != shown.hash:
        raise Refused("hash_conflict")
    if shown:
        replace(shown, content)
    else:
        shown = call.team.homes[user.id] = new_view(call.state, call.team, user.id, content)
    return {"view": as_json(shown, call.state, call.team)}


def stack(team: Workspace, view: View, *, on: View | None = None) -> View:
    """Raises Refused."""
    if on and len([each for each in team.open_views(view.user) if each.root == on.root]) >= MOST_IN_A_STACK:
        raise Refused("push_limit_reached")
    view.root, view.previous = (on.root, on.id) if on else (view.id, None)
    team.views[view.id] = view
    return view


def new_view(state: State, team: Workspace, user: str, content: dict[str, Any]) -> View:
    return View(id=state.new_id("V"), team=team.id, user=user, hash=_new_hash(), content=content)


def replace(view: View, content: dict[str, Any]) -> None:
    view.content, view.hash, view.errors = content, _new_hash(), {}


def as_json(view: View, state: State, team: Workspace) -> dict[str, Any]:
    """As Slack shows a view in answers and in payloads."""
    blank: dict[str, Any] = {"private_metadata": "", "callback_id": "", "external_id": "", "title": None}
    if view.content["type"] == "modal":
        blank |= {"submit": None, "close": None, "clear_on_close": False, "notify_on_close": False}
    return {
        **blank, **view.content, "id": view.id, "team_id": team.id, "app_id": state.app_id, "bot_id": team.bot_id,
        "hash": view.hash, "state": {"values": {}}, "app_installed_team_id": team.id,
        "root_view_id": view.root or view.id, "previous_view_id": view.previous,
    }  # fmt: skip


def _checked(call: Call, *, kinds: tuple[str, ...]) -> dict[str, Any]:
    given = call.structure("view")
    if given is None:
        raise with_messages("invalid_arguments", ["missing required field: view"])
    content = check_view(given, kinds=kinds)
    call.state.accepted.append(Accepted(call.method, content["type"], given))
    return content


def _need_free_external_id(call: Call, content: dict[str, Any]) -> None:
    name = content.get("external_id")
    if name and any(view.open and view.content.get("external_id") == name for view in call.team.views.values()):
        raise Refused("duplicate_external_id")


def _find(call: Call) -> View | None:
    name = call.text("view_id")
    views = [*call.team.views.values(), *call.team.homes.values()]
    if name:
        return next((view for view in views if view.id == name), None)
    external = call.needed("external_id")
    return next((view for view in views if view.content.get("external_id") == external), None)


def _new_hash() -> str:
    return secrets.token_hex(8)
