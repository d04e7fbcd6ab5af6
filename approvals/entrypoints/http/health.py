"""Health: /healthz checks the process, /readyz the database and its migrations, / is a page for people.

If the directory file is invalid, the gateway uses the last valid one, and /readyz reports it.
"""

import logging

import msgspec
from flask import Blueprint, Response, render_template

from approvals.entrypoints.http.problems import problem
from approvals.flows.gateway import Gateway

OK = b'{"status":"ok"}'

log = logging.getLogger(__name__)


def blueprint(gateway: Gateway) -> Blueprint:
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def alive() -> Response:
        return Response(OK, content_type="application/json")

    @health.get("/readyz")
    def ready() -> Response:
        try:
            gateway.check()
        except Exception:  # after any error here no request can be served
            log.exception("the database does not answer", extra={"event": "readyz.failed"})
            return problem(503, kind="not-ready", title="The database does not answer or is not migrated")
        wrong = gateway.directory_error
        ready = msgspec.json.encode({"status": "ok", "directory": wrong}) if wrong else OK
        return Response(ready, content_type="application/json")

    @health.get("/")
    def home() -> str:
        return render_template("home.html")

    for view in (alive, ready, home):
        vars(view)["authentication"] = "none"
    return health
