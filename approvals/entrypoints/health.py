"""Health: /healthz says that the process lives, /readyz that it can work (database reachable and migrated)."""

import logging

from flask import Blueprint, Response, current_app

from approvals.entrypoints.problems import problem
from approvals.flows.gateway import Gateway

log = logging.getLogger(__name__)


def blueprint(gateway: Gateway) -> Blueprint:
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def alive() -> Response:
        return current_app.json.response({"status": "ok"})

    @health.get("/readyz")
    def ready() -> Response:
        try:
            gateway.store.check()
        except Exception:
            log.exception("the database does not answer", extra={"event": "readyz.failed"})
            return problem(503, kind="not-ready", title="The database does not answer or is not migrated")
        return current_app.json.response({"status": "ok"})

    for view in (alive, ready):
        view.authentication = "none"  # type: ignore[attr-defined]
    return health
