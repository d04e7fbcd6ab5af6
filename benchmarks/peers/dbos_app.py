"""DBOS's part, for its own environment: Flask in front of a workflow that waits for a message."""

import os

from dbos import DBOS, SetWorkflowID
from flask import Flask, request

A_DAY = 86400.0


@DBOS.workflow()
def approval(submission: str) -> str:  # noqa: ARG001 - it is stored, as a peer has to
    return str(DBOS.recv("decision", timeout_seconds=A_DAY))


def create_app() -> Flask:
    config = {"name": "approvals-peer", "system_database_url": os.environ["PEER_DATABASE_URL"], "log_level": "WARNING"}
    DBOS(config=config)
    DBOS.launch()
    app = Flask("peer")

    @app.get("/")
    def ready() -> str:
        return "ready"

    @app.post("/approvals/<key>")
    def create(key: str) -> tuple[str, int]:
        """Answer when the workflow is stored; it then waits, in a thread of its own."""
        with SetWorkflowID(key):
            DBOS.start_workflow(approval, request.get_data(as_text=True))
        return "", 201

    @app.post("/approvals/<key>/decision")
    def decide(key: str) -> tuple[str, int]:
        DBOS.send(key, request.get_json()["option"], topic="decision")
        return "", 202

    return app
