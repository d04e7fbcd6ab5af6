"""The stage: one page to drive the demo's world. Fragments of it are fetched anew each second, by the same templates.

It listens on this machine only, and acts only on what its own page sends.
"""

import json
import time
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from approvals.demo.cast.scenarios import SCENARIOS
from approvals.demo.slack_ui.routes import PaneDoors
from approvals.demo.view import View, look
from approvals.demo.world import World

FRAGMENTS = ("steps", "orders", "flow", "patience", "result", "mailbox", "reader", "colleagues", "places", "talk",
             "composer", "modal", "news")  # fmt: skip
LOCAL_NAMES = {"127.0.0.1", "localhost", "[::1]"}
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
NEW_TABS = '<base target="_blank">'


def create_stage(world: World, *, clock: Callable[[], float] = time.time) -> Flask:
    stage = Flask(__name__, template_folder="templates", static_folder="static")
    stage.jinja_env.trim_blocks = stage.jinja_env.lstrip_blocks = True
    stage.jinja_env.filters["json"] = pretty
    pane = PaneDoors(world.office, gateway=world.gateway.url, clock=clock)
    pane.register(stage)
    doors = Doors(world, clock, pane)
    stage.add_url_rule("/", "page", doors.page)
    stage.add_url_rule("/live", "live", doors.live)
    stage.add_url_rule("/start/<slug>", "start", doors.start, methods=["POST"])
    stage.add_url_rule("/mails/<int:number>", "mail", doors.mail)
    stage.before_request(_only_from_here)
    stage.after_request(_guarded)
    return stage


class Doors:
    """What the stage answers. It remembers which mails were opened, and nothing else."""

    def __init__(self, world: World, clock: Callable[[], float], pane: PaneDoors) -> None:
        self._world, self._clock, self._pane = world, clock, pane
        self._opened: set[int] = set()

    def page(self) -> str:
        view = self._look()
        return render_template("stage.html", view=view, fragments=_fragments(view), gateway=self._world.gateway.url)

    def live(self) -> Response:
        return jsonify(_fragments(self._look()))

    def start(self, slug: str) -> AnyResponse:
        scenario = SCENARIOS.get(slug) or abort(404)
        order = self._world.start(scenario)
        return redirect(url_for("page", order=order.number), 303)

    def mail(self, number: int) -> Response:
        """The HTML of a mail as it was sent; its links open in tabs of their own."""
        mail = self._world.mailbox.find(number) or abort(404)
        response = make_response(mail.html.replace("<head>", f"<head>{NEW_TABS}", 1))
        response.headers["Content-Security-Policy"] = MAIL_POLICY
        return response

    def _look(self) -> View:
        asked = request.args
        mail = asked.get("mail", type=int)
        if mail:
            self._opened.add(mail)
        return look(
            self._world,
            number=asked.get("order", ""),
            person=asked.get("person", ""),
            mail_number=mail,
            as_text="plain" in asked,
            opened=frozenset(self._opened),
            now=self._clock(),
            pane=self._pane.look(asked),
        )


def _fragments(view: View) -> dict[str, dict[str, str]]:
    """The parts of the page that change, each with a version by which the page knows whether it has."""
    made = {name: render_template(f"_{name}.html", view=view) for name in FRAGMENTS}
    return {name: {"html": html, "version": f"{zlib.crc32(html.encode()):x}"} for name, html in made.items()}


def pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _only_from_here() -> None:
    """Neither another site's form, nor another name that was made to point to this machine."""
    if urlsplit(request.host_url).hostname not in LOCAL_NAMES:
        abort(403)
    if request.method == "POST" and f"{request.headers.get('Origin')}/" != request.host_url:
        abort(403)


def _guarded(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response
