"""Health: /healthz checks the process; /readyz the database, its migrations and that it takes writes; / is a page.

If the directory file is invalid, the gateway uses the last valid one, and /readyz reports it. It also reports how many
approvals this process could not read. /.well-known/approvals/CHALLENGE proves to the doctor that this process has the
deployment's signing key.
"""

import logging
from collections.abc import Callable

import msgspec
from flask import Blueprint, Response, abort, render_template

from approvals.domain.model.errors import NotMigrated, Unavailable
from approvals.entrypoints.http.problems import problem
from approvals.flows.gateway import Gateway
from approvals.presentation.refusals import error_sentence

FAILED = {"event": "readyz.failed"}
RETRY_SECONDS = 5
OK = b'{"status":"ok"}'
PROOF = "/.well-known/approvals"

Prove = Callable[[str], str | None]

log = logging.getLogger(__name__)


def blueprint(gateway: Gateway, prove: Prove = lambda _: None) -> Blueprint:
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
            return _not_ready(error_sentence(error) if isinstance(error, NotMigrated) else "")
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

    @health.get(f"{PROOF}/<challenge>")
    def proof(challenge: str) -> Response:
        return Response(prove(challenge) or abort(404), content_type="text/plain; charset=utf-8")

    for view in (alive, ready, home, proof):
        vars(view)["authentication"] = "none"
    return health


def _not_ready(detail: str = "") -> Response:
    title = "The database does not answer, takes no writes or is not migrated"
    response = problem(503, kind="not-ready", title=title, detail=detail)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response
