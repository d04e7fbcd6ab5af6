"""Clients that send half a request, nothing, or read nothing: they hold no thread, and not for ever a connection."""

import socket
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.processes.serve import Served

CLIENTS = 12
"""More than the server has threads."""
SECONDS = 1
HEAD = "POST /v1/approvals HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
BODY = b'{"taskToken": "token", "title": "Ship it?", "reviewers": ["ana@example.com"]}'
LENGTH = f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n"
CHUNKED = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
HALVES = {
    "nothing": b"",
    "half a line": b"POST /v1/appro",
    "half a head": HEAD.encode(),
    "half a body": (HEAD + LENGTH + "\r\n").encode() + BODY[:20],
    "a large half of a head": HEAD.encode() + b"".join(b"X-%d: %s\r\n" % (n, b"x" * 600) for n in range(90)),
    "half a chunk": (HEAD + CHUNKED + "\r\n").encode() + b"4d\r\n" + BODY[:20],
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("APPROVALS_REQUEST_TIMEOUT", f"{SECONDS}s")
        running = Served(tmp_path_factory.mktemp("slow"), [sys.executable, "-m", "approvals", "serve"])
    yield running
    running.process.kill()
    running.process.wait()


def _connect(served: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", served.port), timeout=10)


def _seconds(served: Served) -> float:
    """Return how long a healthy client waits."""
    began = time.monotonic()
    assert served.get("/healthz")
    return time.monotonic() - began


def _read_all(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.mark.parametrize("half", HALVES)
def test_half_sent_requests_delay_nobody_and_are_dropped_in_time(served: Served, half: str) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(_connect(served)) for _ in range(CLIENTS)]
        for client in clients:
            client.sendall(HALVES[half])
        assert _seconds(served) < 1
        began = time.monotonic()
        assert [_read_all(client) for client in clients] == [b""] * CLIENTS
        assert time.monotonic() - began < SECONDS + 3
    assert served.get("/healthz")


def test_clients_that_have_their_answer_and_do_not_close_delay_nobody(served: Served) -> None:
    with ExitStack() as stack:
        for client in [stack.enter_context(_connect(served)) for _ in range(CLIENTS)]:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            assert b"200 OK" in client.recv(65536)
        assert _seconds(served) < 1


@pytest.mark.parametrize("body", ["length", "chunks"])
def test_a_request_that_arrives_byte_by_byte_is_handled_as_any_other(served: Served, body: str) -> None:
    chunks = f"{len(BODY):x}\r\n".encode() + BODY + b"\r\n0\r\n\r\n"
    head = HEAD.format(key=served.api_key) + "Connection: close\r\n" + (LENGTH if body == "length" else CHUNKED)
    request = head.encode() + b"\r\n" + (BODY if body == "length" else chunks)
    with _connect(served) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for n in range(len(request)):
            client.sendall(request[n : n + 1])
        response = _read_all(client)
    assert response.startswith((b"HTTP/1.1 201", b"HTTP/1.1 200"))


def test_several_requests_come_over_one_connection_also_before_their_answers(served: Served) -> None:
    one = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with _connect(served) as client:
        client.sendall(one)
        assert b"200 OK" in client.recv(65536)
        client.sendall(one + one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert _read_all(client).count(b"200 OK") == 2


def test_a_client_that_asks_first_may_send_its_body(served: Served) -> None:
    head = HEAD.format(key=served.api_key) + LENGTH + "Expect: 100-continue\r\nConnection: close\r\n\r\n"
    with _connect(served) as client:
        client.sendall(head.encode())
        assert client.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(BODY)
        assert b"HTTP/1.1 20" in _read_all(client)


def test_half_a_request_after_a_whole_one_delays_nobody(served: Served) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(_connect(served)) for _ in range(CLIENTS)]
        for client in clients:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /heal")
        assert _seconds(served) < 1
        assert [_read_all(client).count(b"200 OK") for client in clients] == [1] * CLIENTS


def test_a_head_that_is_too_large_is_refused(served: Served) -> None:
    with _connect(served) as client:
        client.sendall(HEAD.encode() + b"X: " + b"x" * 70_000)
        assert _read_all(client).startswith(b"HTTP/1.1 431")


@pytest.mark.parametrize("size", [300_000, 50_000_000])
def test_a_body_that_is_too_large_is_refused_before_it_is_whole(served: Served, size: int) -> None:
    head = HEAD.format(key=served.api_key) + f"Content-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
    with _connect(served) as client:
        client.sendall(head.encode() + b"x" * 1000)
        if size < 320_000:
            client.sendall(b"x" * (size - 1000))
        assert b"HTTP/1.1 413" in client.recv(65536)


def test_what_follows_of_a_refused_body_is_not_read_as_a_request(served: Served) -> None:
    head = HEAD.format(key=served.api_key) + "Content-Type: application/json\r\nContent-Length: 500000\r\n\r\n"
    with _connect(served) as client:
        client.sendall(head.encode())
        refused = client.recv(65536)
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        responses = refused + _read_all(client)
    assert b"HTTP/1.1 413" in responses
    assert b"200 OK" not in responses


def test_a_client_that_asks_first_is_answered_once(served: Served) -> None:
    head = HEAD.format(key=served.api_key) + LENGTH + "Expect: 100-continue\r\nConnection: close\r\n\r\n"
    with _connect(served) as client:
        client.sendall(head.encode())
        permission = client.recv(65536)
        client.sendall(BODY)
        assert (permission + _read_all(client)).count(b"100 Continue") == 1


def test_a_server_that_stops_does_not_wait_for_unfinished_requests(tmp_path: Path) -> None:
    running = Served(tmp_path, [sys.executable, "-m", "approvals", "serve"])
    try:
        with _connect(running) as silent, _connect(running) as half:
            half.sendall(HALVES["half a body"])
            assert running.get("/healthz")
            running.process.terminate()
            assert running.process.wait(8) == 0
            assert _read_all(silent) == b""
    finally:
        running.process.kill()
        running.process.wait()
