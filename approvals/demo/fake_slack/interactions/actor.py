"""People in Slack who press buttons, submit modals and type commands; the app gets the requests Slack would send."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from approvals.demo.fake_slack.interactions import app_events, payloads
from approvals.demo.fake_slack.interactions.app_responses import apply_command_response, apply_submission_response
from approvals.demo.fake_slack.interactions.modal_values import view_state
from approvals.demo.fake_slack.schema.validation import elements_of
from approvals.demo.fake_slack.server import LocalSlack
from approvals.demo.fake_slack.state.workspace import SlackMessage, SlackUser, SlackView, Workspace
from approvals.demo.fake_slack.transport import signed_requests
from approvals.demo.fake_slack.transport.signed_requests import AppResponse, SlackRequest

Send = Callable[[SlackRequest], AppResponse]
ACTION_FIELDS: list[str] = ["action_id", "text", "value", "style", "type"]


class NoSuchButton(Exception):
    """The message or view shows no such button."""


@dataclass(kw_only=True)
class SimulatedUser:
    """One person of one workspace. `send` delivers a signed request to the app and returns its response."""

    slack: LocalSlack
    team: Workspace
    user: SlackUser
    send: Send

    def press(self, message: SlackMessage, action_id: str, *, value: str | None = None) -> AppResponse:
        """Press a button of a message. `value` selects among buttons with the same `action_id`, or a menu option."""
        return self.send(self.press_request(message, action_id, value=value))

    def press_request(
        self, message: SlackMessage, action_id: str, *, value: str | None = None, blocks: Any = None
    ) -> SlackRequest:
        """Return the request of a press; `blocks` of an older version simulate an outdated screen."""
        action = find_action(message.blocks if blocks is None else blocks, action_id, value=value)
        with self.slack.state.changed:
            state = self.slack.state
            payload = payloads.block_actions_in_message(state, self.team, self.user, message, action)
        return self._interaction(payload)

    def press_at_home(self, action_id: str, *, value: str | None = None) -> AppResponse:
        view = self.team.homes.get(self.user.id)
        if view is None:
            raise NoSuchButton("the Home tab is empty")
        return self.press_in_view(view, action_id, value=value)

    def press_in_view(self, view: SlackView, action_id: str, *, value: str | None = None) -> AppResponse:
        action = find_action(view.content["blocks"], action_id, value=value)
        with self.slack.state.changed:
            payload = payloads.block_actions_in_view(self.slack.state, self.team, self.user, view, action)
        return self.send(self._interaction(payload))

    @property
    def modal(self) -> SlackView | None:
        """The topmost open modal of this person."""
        return next(reversed(self.team.open_views(self.user.id)), None)

    def submit(self, values: Mapping[str, Any], *, view: SlackView | None = None) -> AppResponse:
        """Submit a modal with values by block ID, and apply the app's response to it."""
        view = view or self._modal()
        answer = self.send(self.submit_request(values, view=view))
        with self.slack.state.changed:
            apply_submission_response(answer, view, state=self.slack.state, team=self.team)
            self.slack.state.changed.notify_all()
        return answer

    def submit_request(self, values: Mapping[str, Any], *, view: SlackView | None = None) -> SlackRequest:
        view = view or self._modal()
        written = view_state(view.content, values)
        with self.slack.state.changed:
            payload = payloads.view_submission(self.slack.state, self.team, self.user, view, written)
        return self._interaction(payload)

    def close(self) -> AppResponse | None:
        """Close the modal, and send view_closed if the app asked for it."""
        view = self._modal()
        view.open = False
        if not view.content.get("notify_on_close"):
            return None
        return self.send(self._interaction(payloads.view_closed(self.slack.state, self.team, self.user, view)))

    def command(self, text: str = "", *, command: str = "/approvals", channel: str | None = None) -> AppResponse:
        """Type a slash command, and show the response to this person, or to all if it is `in_channel`."""
        channel_id = channel or self.team.dm(self.user.id).id
        answer = self.send(self.command_request(text, command=command, channel=channel_id))
        with self.slack.state.changed:
            apply_command_response(answer, channel_id, self.user.id, state=self.slack.state, team=self.team)
            self.slack.state.changed.notify_all()
        return answer

    def command_request(
        self, text: str = "", *, command: str = "/approvals", channel: str | None = None
    ) -> SlackRequest:
        channel_id = channel or self.team.dm(self.user.id).id
        with self.slack.state.changed:
            fields = payloads.slash_command(
                self.slack.state, self.team, self.user, command=command, text=text, channel_id=channel_id
            )
        return self._signed(signed_requests.form_request("commands", fields))

    def shortcut(self, callback_id: str) -> AppResponse:
        with self.slack.state.changed:
            payload = payloads.shortcut(self.slack.state, self.team, self.user, callback_id)
        return self.send(self._interaction(payload))

    def open_home(self) -> AppResponse:
        """Open the Home tab and return the response to the last attempt to send the event."""
        where = self.team.dm(self.user.id).id
        what = {"type": "app_home_opened", "user": self.user.id, "channel": where, "tab": "home"}
        return app_events.send_event(self.slack.state, self.team, what, send=self.send)[-1]

    def _modal(self) -> SlackView:
        if self.modal is None:
            raise NoSuchButton("no modal is open")
        return self.modal

    def _interaction(self, payload: dict[str, Any]) -> SlackRequest:
        return self._signed(signed_requests.interaction_request(payload))

    def _signed(self, post: SlackRequest) -> SlackRequest:
        state = self.slack.state
        return post.signed(secret=state.signing_secret, at=state.seconds)


def find_action(blocks: Iterable[dict[str, Any]], action_id: str, *, value: str | None = None) -> dict[str, Any]:
    """Return the `actions` entry for an element. Raise NoSuchButton if it is not shown."""
    shown = [(block, element) for block in blocks for _, element in elements_of(block)]
    for block, element in shown:
        if element.get("action_id") == action_id and (chosen := _chosen(element, value)) is not None:
            pressed = {name: element[name] for name in ACTION_FIELDS if name in element}
            return pressed | chosen | {"block_id": block["block_id"]}
    raise NoSuchButton(f"no {action_id!r} among {[element.get('action_id') for _, element in shown]}")


def _chosen(element: Mapping[str, Any], value: str | None) -> dict[str, Any] | None:
    """Return the fields a press adds: a menu's selected option. Return None if the element has no such value."""
    if element["type"] != "overflow":
        return {} if value in (None, element.get("value")) else None
    return next(({"selected_option": each} for each in element["options"] if each["value"] == value), None)
