"""Every entry point for answers, each used with everything that it can require: a signed link, a nonce, a button that
was shown before. Responses are read as people or programs read them."""

import html
import inspect
import io
import json
import re
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import pytest

from approvals.demo.fake_slack.interactions import payloads
from approvals.demo.fake_slack.state.workspace import SlackView
from approvals.demo.fake_slack.transport import signed_requests
from approvals.demo.fake_slack.transport.signed_requests import SlackRequest
from approvals.domain.lifecycle.digest import DigestLine
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer, Via
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.policy import Assurance
from approvals.domain.model.records import Rendering
from approvals.domain.problems import ApprovalsError
from approvals.entrypoints.app import create_app
from approvals.entrypoints.cli import approvals as cli_approvals
from approvals.entrypoints.cli.main import main
from approvals.entrypoints.pages.inbox.model import fingerprint
from approvals.entrypoints.slack import routes as slack_door
from approvals.entrypoints.slack import socket_mode as slack_socket
from approvals.entrypoints.slack.payloads import interaction
from approvals.flows.attempts import Decided
from approvals.flows.gateway import Gateway
from approvals.presentation.refusals import error_sentence
from tests.entrypoints.api.api_client import KEYS
from tests.entrypoints.slack.slack_door import Door
from tests.entrypoints.ways_in import way
from tests.support.slack.workspace import OPS

OURS = {"Sec-Fetch-Site": "same-origin"}
SLACK_IDS = {"ana": "U0ANA", "ben": "U0BEN", "rhea": "U0RHEA", "mallory": "U0MALLORY"}


class Said(NamedTuple):
    """What a door answered: its own word or number for it, and the text."""

    how: Any
    text: str


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One answer that somebody tries to give. `number`: whose link they hold; `name`: what they are called by."""

    approval_id: str
    name: str
    number: int
    slack: str
    answer: Answer


class Watched(Gateway):
    """Remembers through which functions of the entrypoints an answer has come."""

    def decide(self, *args: Any, **named: Any) -> Decided:
        for frame in inspect.stack(context=0):
            if "/approvals/entrypoints/" in frame.filename:
                WAYS.add(way(frame.filename, frame.function))
        return super().decide(*args, **named)


WAYS: set[str] = set()


class Doors:
    """All of them around one gateway, with Slack behind it."""

    def __init__(self, door: Door) -> None:
        self.door, self.gateway, self.count = door, door.gateway, 0
        slack = slack_door.blueprint(
            door.side, secrets=[door.slack.state.signing_secret], afterwards=slack_door.within_budget
        )
        door.app = create_app(self.gateway, api_keys=KEYS, more=[slack])
        door.client = door.app.test_client()
        door.api.call("chat.postMessage", team=door.slack.team.id, channel=OPS, text="Something was asked here")
        self.shown = door.slack.team.messages_in(OPS)[-1]

    @property
    def all(self) -> dict[str, Callable[[Attempt], Said]]:
        return {
            "page": self.page, "inbox": self.inbox, "api": self.api, "command": self.command,
            "gateway": self.itself, "slack button": self.button, "slack menu": self.menu, "slack home": self.home,
            "slack modal": self.modal, "slack socket": self.socket,
        }  # fmt: skip

    def page(self, one: Attempt) -> Said:
        now, approval = self.gateway.now(), self.gateway.approval(one.approval_id)
        rendering = Rendering(one.approval_id, ForReviewer(one.number), now, approval.content_sha256)
        sent = {"nonce": self.gateway.ports.links.nonce(rendering), **_fields(one.answer)}
        url = self.gateway.ports.links.url(one.approval_id, ForReviewer(one.number), now=now)
        return self._posted(url, sent)

    def inbox(self, one: Attempt) -> Said:
        now, approval = self.gateway.now(), self.gateway.approval(one.approval_id)
        shown = fingerprint([DigestLine(approval, one.number)])
        nonce = self.gateway.ports.links.nonce(
            Rendering(f"inbox:{one.approval_id}", ForReviewer(one.number), now, shown)
        )
        sent = {"nonce": nonce, "items": one.approval_id, "pick.1": one.approval_id, **_fields(one.answer)}
        return self._posted(self.gateway.ports.links.inbox_url(one.approval_id, one.number, now=now), sent)

    def api(self, one: Attempt) -> Said:
        answer = one.answer
        body = {"reviewer": one.name, "option": answer.option, "confirmation": answer.confirmation}
        found = self.door.client.post(
            f"/v1/approvals/{one.approval_id}/decisions", json=body, headers={"Authorization": "Bearer apk_decide"}
        )
        return Said(found.status_code, json.dumps(found.json, ensure_ascii=False))

    def command(self, one: Attempt) -> Said:
        words = ["decide", one.approval_id, "--as", one.name, "--option", one.answer.option]
        words += ["--confirm", one.answer.confirmation]
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            try:
                main(words)
            except SystemExit as left:
                return Said(left.code, said.getvalue())
        return Said(0, said.getvalue())

    def itself(self, one: Attempt, *, via: Via = "link", assurance: Assurance = "link") -> Said:
        try:
            decided = self.gateway.decide(
                one.approval_id, reviewer=one.number, answer=one.answer, actor=Actor(via=via), assurance=assurance
            )
        except ApprovalsError as error:
            return Said(type(error).__name__, error_sentence(error))
        return Said("Recorded" if decided.changed else "Stands", "")

    def button(self, one: Attempt) -> Said:
        return self._pressed(one, self._press(one, f"answer:{one.answer.option}", one.approval_id))

    def menu(self, one: Attempt) -> Said:
        """The answer with a comment, which opens a modal."""
        chosen = {"type": "overflow", "options": [_choice(f"{one.approval_id}:{one.answer.option}")]}
        post = self._press(one, "comment", f"{one.approval_id}:{one.answer.option}", element=chosen)
        return self._pressed(one, post)

    def home(self, one: Attempt) -> Said:
        team, user = self.door.slack.team, self.door.slack.team.users[one.slack]
        view = SlackView(id="V0HOME", user=one.slack, content={"type": "home", "blocks": []}, team=team.id, hash="0")
        action = {"type": "button", "action_id": f"answer:{one.answer.option}", "value": one.approval_id}
        payload = payloads.block_actions_in_view(self.door.slack.state, team, user, view, action)
        return self._pressed(one, self._signed(payload))

    def modal(self, one: Attempt) -> Said:
        """As it was opened while it still could be."""
        about = {"approval": one.approval_id, "option": one.answer.option, "channel": OPS, "ts": self.shown.ts}
        values = {"confirmation": {"value": {"type": "plain_text_input", "value": one.answer.confirmation}}}
        payload = {
            "type": "view_submission", "user": {"id": one.slack, "team_id": "T0ACME"}, "team": {"id": "T0ACME"},
            "view": {
                "id": "V0", "type": "modal", "callback_id": "answer", "private_metadata": json.dumps(about),
                "state": {"values": values},
            },
        }  # fmt: skip
        return self._pressed(one, self._signed(payload))

    def socket(self, one: Attempt) -> Said:
        """Socket Mode brings the same as the address does."""
        post = self._press(one, f"answer:{one.answer.option}", one.approval_id)
        payload = json.loads(dict(parse_qsl(post.body.decode()))["payload"])
        assert interaction({"payload": json.dumps(payload)}).user.id == one.slack
        before = len(self.door.slack.team.messages)
        ack = slack_socket.handled(self.door.side, "interactive", payload)
        slack_door.run_each(ack.later)
        return Said(200, self._heard(one, before) + json.dumps(ack.body or "", ensure_ascii=False))

    def _posted(self, url: str, fields: dict[str, str]) -> Said:
        path = url.removeprefix(self.gateway.public_url)
        found = self.door.client.post(path, data=fields, headers=OURS)
        text = html.unescape(re.sub(r"<[^>]+>", " ", found.get_data(as_text=True)))
        return Said(found.status_code, " ".join(text.split()))

    def _press(self, one: Attempt, action: str, value: str, *, element: dict[str, Any] | None = None) -> SlackRequest:
        made = element or {"type": "button", "value": value, "text": {"type": "plain_text", "text": "x"}}
        blocks = [{"type": "actions", "block_id": "b", "elements": [{**made, "action_id": action}]}]
        return self.door.actor(one.slack).press_request(self.shown, action, value=value, blocks=blocks)

    def _signed(self, payload: dict[str, Any]) -> SlackRequest:
        state = self.door.slack.state
        return signed_requests.interaction_request(payload).signed(secret=state.signing_secret, at=state.seconds)

    def _pressed(self, one: Attempt, post: SlackRequest) -> Said:
        before = len(self.door.slack.team.messages)
        answer = self.door.send(post)
        return Said(answer.status, self._heard(one, before) + json.dumps(answer.json or "", ensure_ascii=False))

    def _heard(self, one: Attempt, before: int) -> str:
        """What Slack shows this person since, and the modal before them. Nobody else was told anything."""
        team = self.door.slack.team
        new = team.messages[before:]
        alone = [each for each in new if each.only_for == one.slack or each.channel == team.dm(one.slack).id]
        assert new == alone, "somebody else was told"
        views = [view.content for view in team.open_views(one.slack)]
        for view in team.open_views(one.slack):
            view.open = False
        return json.dumps([each.text for each in new] + views, ensure_ascii=False)


def _fields(answer: Answer) -> dict[str, str]:
    return {"option": answer.option, "comment": answer.comment, "confirmation": answer.confirmation}


def _choice(value: str) -> dict[str, Any]:
    return {"value": value, "text": {"type": "plain_text", "text": "x"}}


def by_the_commands(monkeypatch: pytest.MonkeyPatch, gateway: Gateway) -> None:
    """They answer by this gateway in place of one made of settings."""
    monkeypatch.setattr(cli_approvals, "gateway", lambda: gateway)
