"""Health: /healthz checks the process; /readyz the database, its migrations and that it takes writes; / is a page.

If the directory file is invalid, the gateway uses the last valid one, and /readyz reports it. It also reports how many
approvals this process could not read.
"""

import logging

import msgspec
from flask import Blueprint, Response, render_template

from approvals.domain.model.errors import Unavailable
from approvals.entrypoints.http.problems import problem
from approvals.flows.gateway import Gateway

FAILED = {"event": "readyz.failed"}
RETRY_SECONDS = 5
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
        except Unavailable as error:
            log.error("not ready: the database cannot be used: %s", error.reason, extra=FAILED)  # noqa: TRY400 - the reason needs no traceback
            return _not_ready()
        except Exception:  # after any error here no request can be served
            log.exception("not ready", extra=FAILED)
            return _not_ready()
        troubles = {"directory": gateway.directory_error, "unreadable": gateway.unreadable}
        told = {name: trouble for name, trouble in troubles.items() if trouble}
        ready = msgspec.json.encode({"status": "ok", **told}) if told else OK
        return Response(ready, content_type="application/json")

    @health.get("/")
    def home() -> str:
        return render_template("home.html")

    for view in (alive, ready, home):
        vars(view)["authentication"] = "none"
    return health


def _not_ready() -> Response:
    response = problem(503, kind="not-ready", title="The database does not answer, takes no writes or is not migrated")
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response
