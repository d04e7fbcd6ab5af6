"""auth.test and users.*: the bot of a token, and the profiles of people."""

from typing import Any

from approvals.demo.fake_slack.errors import ApiError
from approvals.demo.fake_slack.methods.request import ApiCall
from approvals.demo.fake_slack.state.workspace import SlackUser


def auth_test(call: ApiCall) -> dict[str, Any]:
    team = call.team
    return {
        "url": f"https://{team.domain}.slack.com/", "team": team.name, "user": team.users[team.bot_user].name,
        "team_id": team.id, "user_id": team.bot_user, "bot_id": team.bot_id, "is_enterprise_install": False,
    }  # fmt: skip


def info(call: ApiCall) -> dict[str, Any]:
    user = call.team.users.get(call.required("user"))
    if user is None:
        raise ApiError("user_not_found")
    return {"user": _as_json(user, call)}


def lookup_by_email(call: ApiCall) -> dict[str, Any]:
    wanted = call.required("email").casefold()
    for user in call.team.users.values():
        if user.email and user.email.casefold() == wanted and not user.deleted:
            return {"user": _as_json(user, call)}
    raise ApiError("users_not_found")


def _as_json(user: SlackUser, call: ApiCall) -> dict[str, Any]:
    profile = {"real_name": user.real_name or user.name, "display_name": user.name, "team": call.team.id}
    if user.email and "users:read.email" in call.team.scopes:
        profile["email"] = user.email
    shown: dict[str, Any] = {
        "id": user.id, "team_id": user.home or call.team.id, "name": user.name, "deleted": user.deleted,
        "profile": profile, "is_bot": user.is_bot, "is_app_user": False, "is_stranger": bool(user.home),
    }  # fmt: skip
    if not user.deleted:
        shown |= {"real_name": profile["real_name"], "tz": user.tz, "is_restricted": False}
        shown["is_email_confirmed"] = user.email_confirmed
    return shown
