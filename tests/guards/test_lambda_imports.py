"""The cost of a cold start: the modules that each handler imports, in a process of its own, and their number."""

import json
import os
import subprocess
import sys

import pytest

from approvals.entrypoints.lambdas import HANDLERS
from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key
from tests.support.wheel import ROOT

NEVER = {
    "boto3", "sqlalchemy.orm", "sqlalchemy.ext.asyncio", "pydantic", "slack_sdk", "requests", "jsonschema", "gunicorn",
    "moto", "pytest", "prometheus_client", "approvals.demo", "approvals.entrypoints.cli.main",
    "approvals.entrypoints.server.gunicorn",
}  # fmt: skip
ELSEWHERE = {
    "alembic": {"migrate"}, "flask": {"http"}, "click": {"http"}, "apig_wsgi": {"http"}, "yaml": set[str](),
    "simpleeval": set[str](),
}  # fmt: skip
"""Libraries that only some handlers may import. Click comes with Flask; YAML is for who sets a directory file, and
simpleeval for whose file has rules with expressions."""
AT_MOST = {
    "http": 1086,
    "intake": 918,
    "tick": 912,
    "migrate": 694,
    **dict.fromkeys(("doctor_http", "doctor_intake", "doctor_tick"), 400),
}
"""Modules in INIT, the standard library's too: measured, and a little more. A jump is a library that slipped in."""

ASK = """
import json, sys
from approvals.entrypoints import lambdas
assert callable(getattr(lambdas, sys.argv[1]))
print(json.dumps(sorted(sys.modules)))
"""


def imported(handler: str) -> set[str]:
    environ = {
        "PATH": os.environ["PATH"],
        "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
        "APPROVALS_SIGNING_KEYS": new_signing_key(), "APPROVALS_SEALING_KEYS": new_sealing_key(),
        "APPROVALS_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:9/none",
        "APPROVALS_MAIL_URL": "ses://eu-central-1", "APPROVALS_MAIL_FROM": "approvals@example.com",
        "APPROVALS_SLACK_TOKENS": "T0123ABCD=xoxb-1", "APPROVALS_SLACK_SIGNING_SECRETS": "a" * 32,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-s", "-c", ASK, handler], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_imports_only_what_it_needs(handler: str) -> None:
    modules = imported(handler)
    assert modules & NEVER == set()
    assert [name for name, allowed in ELSEWHERE.items() if name in modules and handler not in allowed] == []
    assert len(modules) <= AT_MOST[handler], f"{len(modules)} modules"


def test_the_handlers_are_looked_up_without_making_the_others() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, approvals.entrypoints.lambdas; print('botocore' in sys.modules)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "False"


def test_what_slack_is_shown_is_imported_without_its_library() -> None:
    made = "message, modal, modal_inputs, home_tab, buttons"
    ask = f"import sys; from approvals.adapters.slack.blocks import {made}; print('slack_sdk' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "False"
