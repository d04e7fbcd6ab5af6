"""Handlers are made of an environment alone; whatever they open is closed."""

from collections.abc import Generator
from typing import Any

import pytest

from approvals.entrypoints.aws_lambda import runtime as lambda_warm
from approvals.entrypoints.aws_lambda.runtime import HandlerContext
from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key
from tests.fakes import PUBLIC_URL
from tests.support.mail.smtp import SmtpServer


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Generator[list[HandlerContext]]:
    """What the handlers of a test are made of; their databases are closed at its end."""
    found: list[HandlerContext] = []
    original = lambda_warm.HandlerContext

    def remember(**parts: Any) -> HandlerContext:
        found.append(original(**parts))
        return found[-1]

    monkeypatch.setattr(lambda_warm, "HandlerContext", remember)
    yield found
    for kept in found:
        kept.database.engine.dispose()


@pytest.fixture
def environ(
    sqlite_url: str, smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch,
    made: list[HandlerContext], logs_as_they_were: None,  # noqa: ARG001
) -> dict[str, str]:  # fmt: skip
    """Step Functions is where nobody listens: callbacks wait."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    return {
        "APPROVALS_DATABASE_URL": sqlite_url,
        "APPROVALS_PUBLIC_URL": PUBLIC_URL,
        "APPROVALS_SIGNING_KEYS": new_signing_key(),
        "APPROVALS_SEALING_KEYS": new_sealing_key(),
        "APPROVALS_DIGEST_WINDOW": "0s",
        "APPROVALS_MAIL_URL": f"smtp://{smtp.host}:{smtp.port}?starttls=no",
        "APPROVALS_MAIL_FROM": "approvals@example.com",
    }
