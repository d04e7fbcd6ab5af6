"""Apply an app's response to a submitted modal or to a slash command."""

from typing import Any

from approvals.demo.fake_slack.errors import ApiError
from approvals.demo.fake_slack.methods.views import new_view, replace, stack
from approvals.demo.fake_slack.schema.validation import check_message_blocks, check_view
from approvals.demo.fake_slack.state.store import Accepted, SlackState
from approvals.demo.fake_slack.state.workspace import SlackMessage, SlackView, Workspace
from approvals.demo.fake_slack.transport.signed_requests import AppResponse

CONNECTION_TROUBLE = "We had some trouble connecting. Try again?"


def apply_submission_response(answer: AppResponse, view: SlackView, *, state: SlackState, team: Workspace) -> None:
    """Apply the response; an unusable one leaves the modal open with CONNECTION_TROUBLE under the block ID ""."""
    said = answer.json if answer.body else {}
    if not answer.in_time or not isinstance(said, dict):
        view.errors = {"": CONNECTION_TROUBLE}
        return
    try:
        _act(said, view, state=state, team=team)
    except ApiError as refused:
        view.errors = {"": f"{CONNECTION_TROUBLE} ({refused.error} {refused.more.get('errors', '')})"}


def _act(said: dict[str, Any], view: SlackView, *, state: SlackState, team: Workspace) -> None:
    action = said.get("response_action")
    if action is None:
        view.open = False
    elif action == "clear":
        for each in team.open_views(view.user):
            each.open = False
    elif action == "errors":
        view.errors = _errors(said.get("errors"), view)
    elif action == "update":
        content = check_view(said.get("view"), kinds=("modal",))
        state.accepted.append(Accepted("response_action", "modal", said["view"]))
        replace(view, content)
    elif action == "push":
        content = check_view(said.get("view"), kinds=("modal",))
        state.accepted.append(Accepted("response_action", "modal", said["view"]))
        stack(team, new_view(state, team, view.user, content), on=view)
    else:
        raise ApiError("invalid_response_action")


def _errors(said: Any, view: SlackView) -> dict[str, str]:
    """Return the errors, which may only name input blocks."""
    inputs = {block["block_id"] for block in view.content["blocks"] if block["type"] == "input"}
    if not isinstance(said, dict) or not said or not inputs.issuperset(said):
        raise ApiError("invalid_errors")
    return {name: str(text) for name, text in said.items()}


def apply_command_response(answer: AppResponse, channel: str, user: str, *, state: SlackState, team: Workspace) -> None:
    """Show the response as a message; an empty one shows nothing."""
    if not answer.in_time:
        _show("/command failed: the app did not respond", [], channel, user, state=state, team=team)
        return
    if not answer.body:
        return
    said = answer.json if isinstance(answer.json, dict) else {"text": answer.body.decode()}
    blocks = check_message_blocks(said["blocks"]) if "blocks" in said else []
    if blocks:
        state.accepted.append(Accepted("command", "message", said["blocks"]))
    shown_to = None if said.get("response_type") == "in_channel" else user
    _show(said.get("text", ""), blocks, channel, shown_to, state=state, team=team)


def _show(text: str, blocks: list[Any], channel: str, user: str | None, *, state: SlackState, team: Workspace) -> None:
    team.messages.append(
        SlackMessage(
            channel=channel, ts=state.new_ts(), text=text, blocks=blocks, user=team.bot_user, bot_id=team.bot_id,
            app_id=team.app_id, team=team.id, only_for=user,
        )
    )  # fmt: skip
