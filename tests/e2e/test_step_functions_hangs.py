"""Step Functions accepts every connection and never answers: people get their pages, and the server stays healthy."""

import json
import sys
import time
import urllib.request
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.aws.callbacks import HANG, Aws, an_aws
from tests.support.aws.state_machines import eventually
from tests.support.processes.serve import Served

DECIDERS = 8
"""As many as the server has threads."""


@pytest.fixture
def hanging() -> Generator[Aws]:
    with an_aws() as aws:
        aws.answers = [HANG]
        yield aws


@pytest.fixture
def served(tmp_path: Path, hanging: Aws, monkeypatch: pytest.MonkeyPatch) -> Generator[Served]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", hanging.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "for-tests")
    running = Served(tmp_path, [sys.executable, "-m", "approvals", "serve"])
    yield running
    running.process.kill()
    running.process.wait()


def _decide(served: Served, approval_id: str) -> tuple[dict[str, Any], float]:
    """Approve it, and return the response and how many seconds it took."""
    body = json.dumps({"reviewer": "ana@example.com", "option": "approve"}).encode()
    headers = {"Authorization": f"Bearer {served.api_key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{served.url}/v1/approvals/{approval_id}/decisions", body, headers)
    began = time.monotonic()
    with urllib.request.urlopen(request, timeout=30) as answer:
        return dict(json.load(answer)), time.monotonic() - began


def _get(served: Served, path: str) -> float:
    began = time.monotonic()
    assert served.get(path)
    return time.monotonic() - began


def test_people_answer_within_seconds_while_health_and_pages_answer_at_once(served: Served, hanging: Aws) -> None:
    ids = [served.submit(taskToken=f"token-{n}")["id"] for n in range(DECIDERS + 1)]
    page = eventually(served.link)
    with ThreadPoolExecutor(DECIDERS) as people:
        answers = [people.submit(_decide, served, approval_id) for approval_id in ids[:DECIDERS]]
        eventually(lambda: len(hanging.requests) >= DECIDERS)
        waited = {path: _get(served, path) for path in ("/healthz", "/readyz", "/", page)}
        decided = [answer.result() for answer in answers]
    assert {path: seconds for path, seconds in waited.items() if seconds > 1} == {}
    assert [seconds for _, seconds in decided if seconds > 3] == []
    assert {answer["callback"]["state"] for answer, _ in decided} == {"waiting"}
    _, seconds = _decide(served, ids[DECIDERS])
    assert seconds < 1, "calls that hang have opened the circuit, and nobody waits for another"
    assert len(hanging.requests) == DECIDERS
