"""The demo's web application: one page that shows and drives the demo, refreshed in fragments every second.

It listens on this machine only, and accepts only requests that its own page sends.
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
from approvals.demo.slack_ui.routes import PaneRoutes
from approvals.demo.system import DemoSystem
from approvals.demo.view import PageView, page_view

FRAGMENTS = ("steps", "orders", "flow", "countdown", "result", "mailbox", "reader", "slack_header", "sidebar",
             "conversation", "composer", "modal", "announcement")  # fmt: skip
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


def create_app(system: DemoSystem, *, clock: Callable[[], float] = time.time) -> Flask:
    app = Flask(__name__, template_folder="templates", static_folder="static")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["json"] = pretty
    pane = PaneRoutes(system.slack, gateway=system.gateway.url, clock=clock)
    pane.register(app)
    routes = PageRoutes(system, clock, pane)
    app.add_url_rule("/", "page", routes.page)
    app.add_url_rule("/live", "live", routes.live)
    app.add_url_rule("/start/<slug>", "start", routes.start, methods=["POST"])
    app.add_url_rule("/mails/<int:number>", "mail", routes.mail)
    app.before_request(_refuse_other_origins)
    app.after_request(_add_security_headers)
    return app


class PageRoutes:
    """The routes of the page. They keep one piece of state: the mails that were opened."""

    def __init__(self, system: DemoSystem, clock: Callable[[], float], pane: PaneRoutes) -> None:
        self._system, self._clock, self._pane = system, clock, pane
        self._opened: set[int] = set()

    def page(self) -> str:
        view = self._view()
        return render_template("page.html", view=view, fragments=_fragments(view), gateway=self._system.gateway.url)

    def live(self) -> Response:
        return jsonify(_fragments(self._view()))

    def start(self, slug: str) -> AnyResponse:
        scenario = SCENARIOS.get(slug) or abort(404)
        order = self._system.start(scenario)
        return redirect(url_for("page", order=order.number), 303)

    def mail(self, number: int) -> Response:
        """Return the HTML of a mail as it was sent, with links that open in new tabs."""
        mail = self._system.mailbox.find(number) or abort(404)
        response = make_response(mail.html.replace("<head>", f"<head>{NEW_TABS}", 1))
        response.headers["Content-Security-Policy"] = MAIL_POLICY
        return response

    def _view(self) -> PageView:
        query = request.args
        mail = query.get("mail", type=int)
        if mail:
            self._opened.add(mail)
        return page_view(
            self._system,
            number=query.get("order", ""),
            person=query.get("person", ""),
            mail_number=mail,
            as_text="plain" in query,
            opened=frozenset(self._opened),
            now=self._clock(),
            pane=self._pane.view(query),
        )


def _fragments(view: PageView) -> dict[str, dict[str, str]]:
    """Render the parts of the page that change, each with a version that differs once its HTML does."""
    rendered = {name: render_template(f"_{name}.html", view=view) for name in FRAGMENTS}
    return {name: {"html": html, "version": f"{zlib.crc32(html.encode()):x}"} for name, html in rendered.items()}


def pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _refuse_other_origins() -> None:
    """Refuse forms of other sites, and host names that were made to point to this machine (DNS rebinding)."""
    if urlsplit(request.host_url).hostname not in LOCAL_NAMES:
        abort(403)
    if request.method == "POST" and f"{request.headers.get('Origin')}/" != request.host_url:
        abort(403)


def _add_security_headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response
