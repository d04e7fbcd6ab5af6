"""views.*: modals, opened with a trigger ID, and the app's Home tab."""

import secrets
from typing import Any

from approvals.demo.fake_slack.errors import ApiError, validation_error
from approvals.demo.fake_slack.methods.request import ApiCall
from approvals.demo.fake_slack.schema.validation import check_view
from approvals.demo.fake_slack.state.store import Accepted, SlackState
from approvals.demo.fake_slack.state.workspace import SlackView, Workspace

MOST_IN_A_STACK = 3


def open_modal(call: ApiCall) -> dict[str, Any]:
    content = _checked(call, kinds=("modal",))
    trigger_id = call.required("trigger_id")
    _need_free_external_id(call, content)
    trigger = call.state.grants.redeem(trigger_id, team=call.team.id, now=call.state.seconds)
    view = stack(call.team, new_view(call.state, call.team, trigger.user, content))
    return {"view": as_json(view, call.state, call.team)}


def push(call: ApiCall) -> dict[str, Any]:
    """Push a modal onto the one in which the trigger was clicked."""
    content = _checked(call, kinds=("modal",))
    trigger_id = call.required("trigger_id")
    _need_free_external_id(call, content)
    trigger = call.state.grants.redeem(trigger_id, team=call.team.id, now=call.state.seconds)
    below = call.team.views.get(trigger.view or "")
    if below is None or not below.open:
        raise ApiError("not_found")
    view = stack(call.team, new_view(call.state, call.team, trigger.user, content), on=below)
    return {"view": as_json(view, call.state, call.team)}


def update(call: ApiCall) -> dict[str, Any]:
    content = _checked(call, kinds=("modal", "home"))
    view = _find(call)
    if view is None or not view.open:
        raise ApiError("not_found")
    if (given := call.text("hash")) and given != view.hash:
        raise ApiError("hash_conflict")
    if content["type"] != view.content["type"]:
        raise validation_error("invalid_arguments", ["a view's type cannot be changed [json-pointer:/view/type]"])
    replace(view, content)
    return {"view": as_json(view, call.state, call.team)}


def publish(call: ApiCall) -> dict[str, Any]:
    content = _checked(call, kinds=("home",))
    user = call.team.users.get(call.required("user_id"))
    if not call.team.home_tab:
        raise ApiError("not_enabled")
    if user is None or user.deleted or user.is_bot:
        raise validation_error("invalid_arguments", ["invalid `user_id`"])
    shown = call.team.homes.get(user.id)
    if shown and (given := call.text("hash")) and given != shown.hash:
        raise ApiError("hash_conflict")
    if shown:
        replace(shown, content)
    else:
        shown = call.team.homes[user.id] = new_view(call.state, call.team, user.id, content)
    return {"view": as_json(shown, call.state, call.team)}


def stack(team: Workspace, view: SlackView, *, on: SlackView | None = None) -> SlackView:
    """Open a view, on top of another if given. Raise ApiError if the stack is full."""
    if on and len([each for each in team.open_views(view.user) if each.root == on.root]) >= MOST_IN_A_STACK:
        raise ApiError("push_limit_reached")
    view.root, view.previous = (on.root, on.id) if on else (view.id, None)
    team.views[view.id] = view
    return view


def new_view(state: SlackState, team: Workspace, user: str, content: dict[str, Any]) -> SlackView:
    return SlackView(id=state.new_id("V"), team=team.id, user=user, hash=_new_hash(), content=content)


def replace(view: SlackView, content: dict[str, Any]) -> None:
    view.content, view.hash, view.errors = content, _new_hash(), {}


def as_json(view: SlackView, state: SlackState, team: Workspace) -> dict[str, Any]:
    """Return a view as it appears in responses and payloads."""
    blank: dict[str, Any] = {"private_metadata": "", "callback_id": "", "external_id": "", "title": None}
    if view.content["type"] == "modal":
        blank |= {"submit": None, "close": None, "clear_on_close": False, "notify_on_close": False}
    return {
        **blank, **view.content, "id": view.id, "team_id": team.id, "app_id": state.app_id, "bot_id": team.bot_id,
        "hash": view.hash, "state": {"values": {}}, "app_installed_team_id": team.id,
        "root_view_id": view.root or view.id, "previous_view_id": view.previous,
    }  # fmt: skip


def _checked(call: ApiCall, *, kinds: tuple[str, ...]) -> dict[str, Any]:
    given = call.json_value("view")
    if given is None:
        raise validation_error("invalid_arguments", ["missing required field: view"])
    content = check_view(given, kinds=kinds)
    call.state.accepted.append(Accepted(call.method, content["type"], given))
    return content


def _need_free_external_id(call: ApiCall, content: dict[str, Any]) -> None:
    name = content.get("external_id")
    if name and any(view.open and view.content.get("external_id") == name for view in call.team.views.values()):
        raise ApiError("duplicate_external_id")


def _find(call: ApiCall) -> SlackView | None:
    name = call.text("view_id")
    views = [*call.team.views.values(), *call.team.homes.values()]
    if name:
        return next((view for view in views if view.id == name), None)
    external = call.required("external_id")
    return next((view for view in views if view.content.get("external_id") == external), None)


def _new_hash() -> str:
    return secrets.token_hex(8)
