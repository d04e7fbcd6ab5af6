"""People acting in Slack: they press buttons, submit modals, type commands, and the app is told as Slack would."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from approvals.demo.fake_slack.interactions import app_events as happenings
from approvals.demo.fake_slack.interactions import payloads
from approvals.demo.fake_slack.interactions.app_answers import react_to_command, react_to_submission
from approvals.demo.fake_slack.interactions.modal_values import filled
from approvals.demo.fake_slack.schema.validation import elements_of
from approvals.demo.fake_slack.server import LocalSlack
from approvals.demo.fake_slack.state.workspace import Message, User, View, Workspace
from approvals.demo.fake_slack.transport import signed_requests as posting
from approvals.demo.fake_slack.transport.signed_requests import Answer, Post

Send = Callable[[Post], Answer]
TOLD_OF_A_BUTTON: list[str] = ["action_id", "text", "value", "style", "type"]


class NoSuchButton(Exception):
    """What is not shown cannot be pressed."""


@dataclass(kw_only=True)
class Actor:
    """One person of one workspace. `send` takes the signed request to the app and brings back its answer."""

    slack: LocalSlack
    team: Workspace
    user: User
    send: Send

    def press(self, message: Message, action_id: str, *, value: str | None = None) -> Answer:
        """`action_id` of a button that the message shows; of several alike, and of a menu's options, that value."""
        return self.send(self.pressing(message, action_id, value=value))

    def pressing(self, message: Message, action_id: str, *, value: str | None = None, blocks: Any = None) -> Post:
        """The request alone; with `blocks` of an older version, a press from a screen that was not refreshed."""
        action = find_action(message.blocks if blocks is None else blocks, action_id, value=value)
        with self.slack.state.changed:
            state = self.slack.state
            payload = payloads.block_actions_in_message(state, self.team, self.user, message, action)
        return self._interaction(payload)

    def press_at_home(self, action_id: str, *, value: str | None = None) -> Answer:
        view = self.team.homes.get(self.user.id)
        if view is None:
            raise NoSuchButton("the Home tab is empty")
        return self.press_in_view(view, action_id, value=value)

    def press_in_view(self, view: View, action_id: str, *, value: str | None = None) -> Answer:
        action = find_action(view.content["blocks"], action_id, value=value)
        with self.slack.state.changed:
            payload = payloads.block_actions_in_view(self.slack.state, self.team, self.user, view, action)
        return self.send(self._interaction(payload))

    @property
    def modal(self) -> View | None:
        """The modal in front of this person."""
        return next(reversed(self.team.open_views(self.user.id)), None)

    def submit(self, values: Mapping[str, Any], *, view: View | None = None) -> Answer:
        """Fills in the modal by block_id and sends it. What the app answers is done to the modal."""
        view = view or self._modal()
        answer = self.send(self.submitting(values, view=view))
        with self.slack.state.changed:
            react_to_submission(answer, view, state=self.slack.state, team=self.team)
            self.slack.state.changed.notify_all()
        return answer

    def submitting(self, values: Mapping[str, Any], *, view: View | None = None) -> Post:
        view = view or self._modal()
        written = filled(view.content, values)
        with self.slack.state.changed:
            payload = payloads.view_submission(self.slack.state, self.team, self.user, view, written)
        return self._interaction(payload)

    def close(self) -> Answer | None:
        """Closes the modal; the app is told where it asked to be."""
        view = self._modal()
        view.open = False
        if not view.content.get("notify_on_close"):
            return None
        return self.send(self._interaction(payloads.view_closed(self.slack.state, self.team, self.user, view)))

    def command(self, text: str = "", *, command: str = "/approvals", channel: str | None = None) -> Answer:
        """What the app answers at once is shown to this person alone, or to all where it says so."""
        channel_id = channel or self.team.dm(self.user.id).id
        answer = self.send(self.commanding(text, command=command, channel=channel_id))
        with self.slack.state.changed:
            react_to_command(answer, channel_id, self.user.id, state=self.slack.state, team=self.team)
            self.slack.state.changed.notify_all()
        return answer

    def commanding(self, text: str = "", *, command: str = "/approvals", channel: str | None = None) -> Post:
        channel_id = channel or self.team.dm(self.user.id).id
        with self.slack.state.changed:
            fields = payloads.slash_command(
                self.slack.state, self.team, self.user, command=command, text=text, channel_id=channel_id
            )
        return self._signed(posting.form("commands", fields))

    def shortcut(self, callback_id: str) -> Answer:
        with self.slack.state.changed:
            payload = payloads.shortcut(self.slack.state, self.team, self.user, callback_id)
        return self.send(self._interaction(payload))

    def open_home(self) -> Answer:
        """The answer to the last attempt to tell it."""
        where = self.team.dm(self.user.id).id
        what = {"type": "app_home_opened", "user": self.user.id, "channel": where, "tab": "home"}
        return happenings.tell(self.slack.state, self.team, what, send=self.send)[-1]

    def _modal(self) -> View:
        if self.modal is None:
            raise NoSuchButton("no modal is open")
        return self.modal

    def _interaction(self, payload: dict[str, Any]) -> Post:
        return self._signed(posting.interaction(payload))

    def _signed(self, post: Post) -> Post:
        state = self.slack.state
        return post.signed(secret=state.signing_secret, at=state.seconds)


def find_action(blocks: Iterable[dict[str, Any]], action_id: str, *, value: str | None = None) -> dict[str, Any]:
    """The part of the payload that says which element was pressed. Raises NoSuchButton."""
    shown = [(block, element) for block in blocks for _, element in elements_of(block)]
    for block, element in shown:
        if element.get("action_id") == action_id and (chosen := _chosen(element, value)) is not None:
            told = {name: element[name] for name in TOLD_OF_A_BUTTON if name in element}
            return told | chosen | {"block_id": block["block_id"]}
    raise NoSuchButton(f"no {action_id!r} among {[element.get('action_id') for _, element in shown]}")


def _chosen(element: Mapping[str, Any], value: str | None) -> dict[str, Any] | None:
    """What a press says beside the button itself; None where the element has no such value. A menu tells its option."""
    if element["type"] != "overflow":
        return {} if value in (None, element.get("value")) else None
    return next(({"selected_option": each} for each in element["options"] if each["value"] == value), None)
