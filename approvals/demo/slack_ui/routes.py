"""What people do in the pane: each form of it is one act of one person in Slack, and leads back to the page."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Flask, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from approvals.demo.cast.scenarios import Person
from approvals.demo.fake_slack.interactions.actor import Actor, NoSuchButton
from approvals.demo.fake_slack.interactions.modal_values import NotFilledIn
from approvals.demo.fake_slack.state.workspace import Message, View
from approvals.demo.slack_ui import mrkdwn as markup
from approvals.demo.slack_ui.view import Pane, Seen, look, person_of, visible_to
from approvals.demo.slack_ui.workspace import CHANNEL_ID, COMMAND, SHORTCUT, Office

MISSING = "Please complete this required field."


class PaneDoors:
    """Remembers what each person has seen, and what they had typed into a modal that came back with errors."""

    def __init__(self, office: Office, *, gateway: str, clock: Callable[[], float]) -> None:
        self._office, self._gateway, self._clock = office, gateway, clock
        self._seen: Seen = {}
        self._typed: dict[str, Mapping[str, Any]] = {}

    def register(self, stage: Flask) -> None:
        acts: tuple[Callable[[], AnyResponse], ...] = (
            self.press, self.submit, self.close, self.open_home, self.say, self.shortcut,
        )  # fmt: skip
        for act in acts:
            stage.add_url_rule(f"/slack/{act.__name__.replace('_', '-')}", act.__name__, act, methods=["POST"])
        stage.jinja_env.filters["runs"] = self._runs
        stage.jinja_env.filters["plain"] = lambda text: "".join(run.text for run in self._runs(text))
        stage.jinja_env.globals["pressing"] = pressing

    def look(self, asked: Mapping[str, str]) -> Pane:
        return look(
            self._office,
            me=person_of(asked.get("me", "")),
            place=asked.get("place", ""),
            thread=asked.get("thread", ""),
            seen=self._seen,
            typed=self._typed,
            now=self._now(),
        )

    def press(self) -> AnyResponse:
        action_id, value = _pressed(request.form.get("press", ""))
        actor, view = self._actor(), self._view()
        try:
            if view is not None:
                actor.press_in_view(view, action_id, value=value)
            elif message := self._message():
                actor.press(message, action_id, value=value)
        except NoSuchButton:
            pass  # it was taken away while the page still showed it, and shows the page anew
        return _back()

    def submit(self) -> AnyResponse:
        view = self._view()
        if view is None or not view.open:
            return _back()
        values = _filled_in(view, request.form)
        self._typed[view.id] = values
        view.errors = {block: MISSING for block in _required(view) if not values.get(block)}
        if not view.errors:
            try:
                self._actor().submit({name: value or _nothing(value) for name, value in values.items()}, view=view)
            except NotFilledIn as error:
                view.errors = {"": str(error)}
        return _back()

    def close(self) -> AnyResponse:
        if self._actor().modal:
            self._actor().close()
        return _back()

    def open_home(self) -> AnyResponse:
        self._actor().open_home()
        return _back(place="home", thread=None)

    def say(self) -> AnyResponse:
        words = request.form.get("words", "").strip()
        channel = CHANNEL_ID if request.args.get("place", "channel") == "channel" else self._office.dm(self._me())
        command, _, rest = words.partition(" ")
        if command == COMMAND:
            self._actor().command(rest, channel=channel)
        elif words.startswith("/"):
            self._office.refuse_command(self._me(), command, channel=channel)
        elif words:
            self._office.say(self._me(), words, channel=channel, thread=request.args.get("thread"))
        return _back()

    def shortcut(self) -> AnyResponse:
        self._actor().shortcut(SHORTCUT)
        return _back()

    def _me(self) -> Person:
        return person_of(request.args.get("me", ""))

    def _actor(self) -> Actor:
        return self._office.actor(self._me(), self._gateway)

    def _message(self) -> Message | None:
        """The one whose form was sent, if they see it."""
        shown = visible_to(self._me(), request.form.get("channel", ""), office=self._office)
        return next((message for message in shown if message.ts == request.form.get("ts")), None)

    def _view(self) -> View | None:
        """The modal or Home tab whose form was sent, if it is theirs."""
        wanted, member = request.form.get("view", ""), self._me().member
        mine = [*self._office.team.open_views(member), self._office.team.homes.get(member)]
        return next((view for view in mine if view and view.id == wanted), None)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock()).astimezone()

    def _runs(self, text: Mapping[str, Any]) -> list[markup.Run]:
        """Of a text object."""
        if text["type"] == "plain_text":
            return markup.plain(text["text"], emoji=text.get("emoji", True))
        return markup.runs(text["text"], now=self._now(), name_of=self._name_of)

    def _name_of(self, reference: str) -> str:
        user = self._office.team.users.get(reference)
        channel = self._office.team.channels.get(reference)
        return user.real_name if user else channel.name if channel else reference


def pressing(element: Mapping[str, Any], option: Mapping[str, Any] | None = None) -> str:
    """What the form of a message sends for one of its buttons."""
    return json.dumps([element["action_id"], (option or element).get("value")])


def _pressed(sent: str) -> tuple[str, str | None]:
    try:
        action_id, value = json.loads(sent)
    except ValueError:
        return "", None
    return str(action_id), None if value is None else str(value)


def _filled_in(view: View, form: MultiDict[str, str]) -> dict[str, Any]:
    """By block: text, the value of what was chosen, or a list of them."""
    inputs = [block for block in view.content["blocks"] if block["type"] == "input"]
    several = {block["block_id"] for block in inputs if block["element"]["type"] == "checkboxes"}
    names = [block["block_id"] for block in inputs]
    return {name: form.getlist(name) if name in several else form.get(name, "") for name in names}


def _nothing(value: Any) -> Any:
    """How an empty input is told: boxes of which none is ticked are still a list."""
    return value if isinstance(value, list) else None


def _required(view: View) -> list[str]:
    return [
        block["block_id"] for block in view.content["blocks"]
        if block["type"] == "input" and not block.get("optional")
    ]  # fmt: skip


def _back(**changes: Any) -> AnyResponse:
    return redirect(url_for("page", **{**request.args, **changes}), 303)
