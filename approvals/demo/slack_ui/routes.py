"""The routes of the Slack pane: each form is one action of one person in Slack, and redirects to the page."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Flask, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from approvals.demo.cast.scenarios import DemoPerson
from approvals.demo.fake_slack.interactions.actor import NoSuchButton, SimulatedUser
from approvals.demo.fake_slack.interactions.modal_values import InvalidInput
from approvals.demo.fake_slack.state.workspace import SlackMessage, SlackView
from approvals.demo.slack_ui import mrkdwn as markup
from approvals.demo.slack_ui.view import LastSeen, PaneView, pane_view, person_of, visible_to
from approvals.demo.slack_ui.workspace import CHANNEL_ID, COMMAND, SHORTCUT, ShopSlack

REQUIRED_FIELD = "Please complete this required field."


class PaneRoutes:
    """The routes of the pane. They keep the last message each person saw, and the input of modals with errors."""

    def __init__(self, slack: ShopSlack, *, gateway: str, clock: Callable[[], float]) -> None:
        self._slack, self._gateway, self._clock = slack, gateway, clock
        self._seen: LastSeen = {}
        self._typed: dict[str, Mapping[str, Any]] = {}

    def register(self, app: Flask) -> None:
        actions: tuple[Callable[[], AnyResponse], ...] = (
            self.press, self.submit, self.close, self.open_home, self.say, self.shortcut,
        )  # fmt: skip
        for action in actions:
            app.add_url_rule(f"/slack/{action.__name__.replace('_', '-')}", action.__name__, action, methods=["POST"])
        app.jinja_env.filters["runs"] = self._runs
        app.jinja_env.filters["plain"] = lambda text: "".join(run.text for run in self._runs(text))
        app.jinja_env.globals["button_value"] = button_value

    def view(self, query: Mapping[str, str]) -> PaneView:
        return pane_view(
            self._slack,
            me=person_of(query.get("me", "")),
            screen=query.get("screen", ""),
            thread=query.get("thread", ""),
            seen=self._seen,
            typed=self._typed,
            now=self._now(),
        )

    def press(self) -> AnyResponse:
        action_id, value = _parse_button_value(request.form.get("press", ""))
        actor, view = self._actor(), self._view()
        try:
            if view is not None:
                actor.press_in_view(view, action_id, value=value)
            elif message := self._message():
                actor.press(message, action_id, value=value)
        except NoSuchButton:
            pass  # the button was removed after the page was drawn; the redirect draws it again
        return _back()

    def submit(self) -> AnyResponse:
        view = self._view()
        if view is None or not view.open:
            return _back()
        values = _modal_input(view, request.form)
        self._typed[view.id] = values
        view.errors = {block: REQUIRED_FIELD for block in _required_inputs(view) if not values.get(block)}
        if not view.errors:
            try:
                self._actor().submit(
                    {name: value or _empty_as_none(value) for name, value in values.items()}, view=view
                )
            except InvalidInput as error:
                view.errors = {"": str(error)}
        return _back()

    def close(self) -> AnyResponse:
        if self._actor().modal:
            self._actor().close()
        return _back()

    def open_home(self) -> AnyResponse:
        self._actor().open_home()
        return _back(screen="home", thread=None)

    def say(self) -> AnyResponse:
        words = request.form.get("words", "").strip()
        channel = CHANNEL_ID if request.args.get("screen", "channel") == "channel" else self._slack.dm(self._me())
        command, _, rest = words.partition(" ")
        if command == COMMAND:
            self._actor().command(rest, channel=channel)
        elif words.startswith("/"):
            self._slack.refuse_command(self._me(), command, channel=channel)
        elif words:
            self._slack.say(self._me(), words, channel=channel, thread=request.args.get("thread"))
        return _back()

    def shortcut(self) -> AnyResponse:
        self._actor().shortcut(SHORTCUT)
        return _back()

    def _me(self) -> DemoPerson:
        return person_of(request.args.get("me", ""))

    def _actor(self) -> SimulatedUser:
        return self._slack.actor(self._me(), self._gateway)

    def _message(self) -> SlackMessage | None:
        """Return the message whose form was sent, if this person can see it."""
        shown = visible_to(self._me(), request.form.get("channel", ""), slack=self._slack)
        return next((message for message in shown if message.ts == request.form.get("ts")), None)

    def _view(self) -> SlackView | None:
        """Return the modal or Home tab whose form was sent, if it belongs to this person."""
        view_id, member = request.form.get("view", ""), self._me().member
        views = [*self._slack.team.open_views(member), self._slack.team.homes.get(member)]
        return next((view for view in views if view and view.id == view_id), None)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock()).astimezone()

    def _runs(self, text: Mapping[str, Any]) -> list[markup.Run]:
        """Return the runs of a text object."""
        if text["type"] == "plain_text":
            return markup.plain(text["text"], emoji=text.get("emoji", True))
        return markup.runs(text["text"], now=self._now(), name_of=self._name_of)

    def _name_of(self, reference: str) -> str:
        user = self._slack.team.users.get(reference)
        channel = self._slack.team.channels.get(reference)
        return user.real_name if user else channel.name if channel else reference


def button_value(element: Mapping[str, Any], option: Mapping[str, Any] | None = None) -> str:
    """Return the form value of a button or of a menu option: its action ID and value as JSON."""
    return json.dumps([element["action_id"], (option or element).get("value")])


def _parse_button_value(value_sent: str) -> tuple[str, str | None]:
    try:
        action_id, value = json.loads(value_sent)
    except ValueError:
        return "", None
    return str(action_id), None if value is None else str(value)


def _modal_input(view: SlackView, form: MultiDict[str, str]) -> dict[str, Any]:
    """Return the input by block ID: text, the chosen value, or a list of chosen values."""
    inputs = [block for block in view.content["blocks"] if block["type"] == "input"]
    multiple = {block["block_id"] for block in inputs if block["element"]["type"] == "checkboxes"}
    names = [block["block_id"] for block in inputs]
    return {name: form.getlist(name) if name in multiple else form.get(name, "") for name in names}


def _empty_as_none(value: Any) -> Any:
    """Return None for an empty input; checkboxes without a tick stay an empty list."""
    return value if isinstance(value, list) else None


def _required_inputs(view: SlackView) -> list[str]:
    return [
        block["block_id"] for block in view.content["blocks"]
        if block["type"] == "input" and not block.get("optional")
    ]  # fmt: skip


def _back(**changes: Any) -> AnyResponse:
    return redirect(url_for("page", **{**request.args, **changes}), 303)
