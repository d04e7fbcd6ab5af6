"""The port of the metrics: with a key or on this machine alone, and with gauges that ask the database seldom."""

import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from contextlib import closing

import pytest

from approvals.domain.api_keys import ApiKey, entry, parse_entries
from approvals.domain.model.errors import Misconfigured, Unavailable
from approvals.domain.model.records import Backlog
from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key
from approvals.entrypoints.server.metrics import READ_EVERY_SECONDS, Gauges, _Server, metrics_of
from approvals.settings.environment import Settings
from approvals.telemetry.instruments import BUILD_INFO, DATABASE_UP, PENDING

BACKLOG = Backlog(pending=3, overdue=0, failed=0, unconfirmed=0, sweep_lag=0.0, oldest={"callback": 0.0})
BUILD = (BUILD_INFO, 1.0, ("1", "3"))
KEYS = parse_entries(f"{entry('prometheus', ['metrics'], 'apk_scrape')},{entry('app', ['submit', 'read'], 'apk_app')}")
Ask = Callable[..., tuple[int, str]]


def served(keys: tuple[ApiKey, ...] | None) -> Generator[Ask]:
    import threading

    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = _Server(listening, text=lambda: b"approvals_pending 3\n", keys=keys)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()

    def ask(path: str = "/metrics", **headers: str) -> tuple[int, str]:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with closing(error):
                return error.code, error.read().decode()

    yield ask
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def protected() -> Generator[Ask]:
    yield from served(KEYS)


@pytest.fixture
def local() -> Generator[Ask]:
    yield from served(None)


def test_on_this_machine_alone_nobody_is_asked_for_a_key(local: Ask) -> None:
    assert local() == (200, "approvals_pending 3\n")
    assert local("/metrics?name=all")[0] == 200
    assert local("/")[0] == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer apk_unknown"}, 401),
        ({"Authorization": "Bearer apk_app"}, 403),
        ({"Authorization": "Bearer apk_scrape"}, 200),
    ],
)
def test_elsewhere_only_a_key_with_the_scope_metrics_opens_them(
    protected: Ask, headers: dict[str, str], status: int
) -> None:
    found, text = protected(**headers)
    assert found == status
    assert ("approvals_pending" in text) == (status == 200)


def test_a_client_that_sends_nothing_holds_nobody_up_for_long(local: Ask) -> None:
    assert _Server.__mro__[1].__name__ == "HTTPServer", "one at a time, each within CLIENT_SECONDS"
    assert local()[0] == 200


def test_the_gauges_are_read_from_the_database_every_five_seconds_at_most() -> None:
    now, reads = [100.0], list[float]()

    def backlog() -> Backlog:
        reads.append(now[0])
        return BACKLOG

    gauges = Gauges(backlog, build=BUILD, monotonic=lambda: now[0])
    for _ in range(4):
        assert (PENDING, 3, ()) in gauges()
        now[0] += READ_EVERY_SECONDS / 2
    assert reads == [100.0, 105.0]


def test_without_a_database_the_gauges_are_absent_and_say_so() -> None:
    def backlog() -> Backlog:
        raise Unavailable("away")

    assert Gauges(backlog, build=BUILD)() == [BUILD, (DATABASE_UP, 0.0, ())]


def settings(listen: str, **more: str) -> Settings:
    keys = {"APPROVALS_SIGNING_KEYS": new_signing_key(), "APPROVALS_SEALING_KEYS": new_sealing_key()}
    return Settings.from_env({**keys, "APPROVALS_METRICS_LISTEN": listen, **more})


def test_they_are_off_by_default() -> None:
    assert metrics_of(settings("")) is None


@pytest.mark.parametrize("listen", ["0.0.0.0:9464", "[::]:9464", "10.0.0.1:9464", "gateway:9464"])
def test_an_address_that_others_reach_needs_a_key(listen: str) -> None:
    key = entry("prometheus", ["metrics"], "apk_scrape")
    with pytest.raises(Misconfigured, match="--scope metrics"):
        settings(listen)
    with pytest.raises(Misconfigured, match="--scope metrics"):
        settings(listen, APPROVALS_API_KEYS=entry("app", ["submit", "read"], "apk_app"))
    assert settings(listen, APPROVALS_API_KEYS=key).metrics_listen == listen


@pytest.mark.parametrize("listen", ["127.0.0.1:9464", "[::1]:9464", "localhost:9464"])
def test_the_loopback_address_needs_none(listen: str) -> None:
    assert settings(listen).metrics_listen == listen


@pytest.mark.parametrize("listen", ["9464", "unix:/run/metrics", "127.0.0.1:99999", "http://127.0.0.1:9464"])
def test_what_is_no_address_is_refused(listen: str) -> None:
    with pytest.raises(Misconfigured, match=r"must be HOST:PORT, such as 127\.0\.0\.1:9464"):
        settings(listen)


def test_a_port_that_is_taken_is_reported_by_the_name_of_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Misconfigured, match=f"APPROVALS_METRICS_LISTEN={listen}: Address already in use"):
            metrics_of(settings(listen))
