"""The doctor on what people open: the public address, how long links last, and who is known."""

import logging
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from approvals.adapters.aws.clients import Clients
from approvals.entrypoints.doctor import web
from approvals.entrypoints.doctor.result import CheckLine, ok
from tests.entrypoints.doctor.examining import settings


@pytest.fixture
def serve() -> Generator[Callable[[Any], str]]:
    """Serves an application on loopback; gives its address."""
    servers = []

    def start(app: Any) -> str:
        server = make_server("127.0.0.1", 0, app)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def reached(url: str) -> tuple[CheckLine, CheckLine]:
    scheme, reachable = web.check(settings(public_url=url))
    return scheme, reachable


def test_a_gateway_finds_itself_at_its_address(serve: Callable[[Any], str], app: Flask) -> None:
    scheme, reachable = reached(serve(app))
    assert (scheme.state, "https" in scheme.fix) == ("warn", True)
    assert reachable == ok("public URL: leads to a gateway")


@pytest.mark.parametrize(
    ("status", "body", "what"),
    [("200 OK", b"hello", "something else answers"), ("502 Bad Gateway", b"", "/healthz answers 502")],
)
def test_an_address_that_leads_elsewhere_is_a_warning_that_states_who_answers(
    serve: Callable[[Any], str], status: str, body: bytes, what: str
) -> None:
    def other(_environ: Any, start_response: Any) -> list[bytes]:
        start_response(status, [("Content-Length", str(len(body)))])
        return [body]

    line = reached(serve(other))[1]
    assert (line.state, what in line.what) == ("warn", True)


@pytest.mark.parametrize(
    ("url", "state"), [("https://127.0.0.1:1", "ok"), ("http://127.0.0.1:1", "warn"), ("http://0.0.0.0:1", "fail")]
)
def test_an_address_without_https_is_a_failure_and_one_of_this_machine_a_warning(url: str, state: str) -> None:
    scheme, reachable = reached(url)
    assert (scheme.state, reachable.state) == (state, "warn")


@pytest.mark.parametrize(("lifetime", "state"), [("7d", "ok"), ("1d", "warn")])
def test_links_that_end_before_the_approval_are_a_warning(lifetime: str, state: str) -> None:
    [line] = web.lifetimes(settings(link_lifetime=lifetime))
    assert (line.state, "APPROVALS_LINK_LIFETIME" in line.fix) == (state, state == "warn")


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("people:\n  ana: {email: ana@example.com}\n", ["ok"]),
        ("people:\n  ana: {mail: ana@example.com}\ngruops: {}\n", ["fail", "fail"]),
    ],
)
def test_each_problem_of_the_directory_file_is_a_failure(tmp_path: Path, text: str, states: list[str]) -> None:
    path = tmp_path / "directory.yaml"
    path.write_text(text, encoding="utf-8")
    assert [line.state for line in web.directory(settings(directory=str(path)), Clients())] == states
    assert [line.state for line in web.directory(settings(directory=str(tmp_path / "none")), Clients())] == ["fail"]
    assert list(web.directory(settings(), Clients())) == []
