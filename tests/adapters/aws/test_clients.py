"""botocore's clients: each is made once for all threads."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import NoCredentialsError, NoRegionError

from approvals.adapters.aws.clients import LOOK_AGAIN_SECONDS, Clients
from approvals.telemetry import tracing
from approvals.telemetry.tracing import Attributes, Span, Tracer


class SlowlyMade(Clients):
    """Making one takes as long as another needs to begin making it too, where nothing holds it back."""

    def __init__(self) -> None:
        super().__init__()
        self.made, self._another = 0, threading.Event()

    def _make(self, key: Any) -> Any:
        self.made += 1
        if self.made > 1:
            self._another.set()
        self._another.wait(0.05)
        return super()._make(key)


def test_many_threads_share_one_client() -> None:
    clients = SlowlyMade()
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: clients.get("stepfunctions", region="eu-central-1"), range(8)))
    assert len(set(map(id, given))) == 1
    assert clients.made == 1


def test_another_region_has_another_client() -> None:
    clients = Clients()
    regions = ("eu-central-1", "eu-west-1")
    assert [clients.get("stepfunctions", region=region).meta.region_name for region in regions] == list(regions)


class Seconds:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def signs(clients: Clients) -> bool:
    client = clients.get("stepfunctions", region="eu-central-1")
    try:
        return bool(client.generate_presigned_url("list_activities"))
    except NoCredentialsError:
        return False


def test_credentials_that_appear_after_the_start_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    clock = Seconds()
    clients = Clients(clock=clock)
    assert not signs(clients)
    assert clients.credentials() is None
    for name in CREDENTIALS:
        monkeypatch.setenv(name, "testing")
    assert not signs(clients), "a look at the settings of AWS is slow, so it is not repeated for each callback"
    clock.now = LOOK_AGAIN_SECONDS
    assert signs(clients)
    assert clients.credentials() is not None


def test_a_region_that_appears_after_the_start_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    clock = Seconds()
    clients = Clients(clock=clock)
    with pytest.raises(NoRegionError):
        clients.get("stepfunctions")
    (tmp_path / "config").write_text("[default]\nregion = eu-west-3\n")
    clock.now = LOOK_AGAIN_SECONDS
    assert clients.get("stepfunctions").meta.region_name == "eu-west-3"


class CallNames:
    """A tracer that notes which calls begin, and makes no spans."""

    def __init__(self) -> None:
        self.begun: list[str] = []

    def call(self, name: str, _attributes: Attributes) -> Span:
        self.begun.append(name)
        return tracing.NOTHING


def test_calls_have_spans_also_after_a_new_look(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    clock, tracer = Seconds(), CallNames()
    clients = Clients(clock=clock)
    tracing.use(cast("Tracer", tracer))
    try:
        for now in (0.0, LOOK_AGAIN_SECONDS):
            clock.now = now
            begin(clients.get("sqs", region="eu-central-1"), "ListQueues")
    finally:
        tracing.use(None)
    assert tracer.begun == ["SQS.ListQueues"] * 2


def begin(client: Any, operation: str) -> None:
    """Let the client begin a call, without sending it."""
    model = client.meta.service_model.operation_model(operation)
    client.meta.events.emit(f"before-call.sqs.{operation}", model=model, params={"headers": {}}, context={})


def test_with_credentials_clients_are_kept() -> None:
    clock = Seconds()
    clients = Clients(clock=clock)
    made = clients.get("stepfunctions", region="eu-central-1")
    clock.now = 10 * LOOK_AGAIN_SECONDS
    assert clients.get("stepfunctions", region="eu-central-1") is made
