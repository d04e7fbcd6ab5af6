"""The health check of the container asks where the gateway listens."""

import os
import socket
import threading
from collections.abc import Callable, Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from approvals.entrypoints.http.readiness import check

Listen = Callable[..., socket.socket]


@pytest.fixture
def answers() -> list[int]:
    """The statuses of /readyz, in order; the last one again and again."""
    return [200]


@pytest.fixture
def listen(answers: list[int]) -> Generator[Listen]:
    """Serve /readyz on a listening socket."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(answers[0] if self.path == "/readyz" else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    servers: list[HTTPServer] = []

    def serve(listening: socket.socket) -> socket.socket:
        server = HTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
        server.socket.close()
        server.socket = listening
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return listening

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def on_tcp(host: str = "127.0.0.1") -> socket.socket:
    return socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)


def process_1_with(listening: socket.socket, folder: Path) -> Path:
    """A /proc whose process 1 got that socket as number 3."""
    one = folder / "1"
    (one / "fd").mkdir(parents=True)
    (one / "fd" / "3").symlink_to(f"socket:[{os.fstat(listening.fileno()).st_ino}]")
    (one / "net").symlink_to("/proc/self/net")
    return folder


@pytest.mark.parametrize("named", ["127.0.0.1", "0.0.0.0", "localhost"])
def test_a_gateway_at_an_address_is_asked_there(named: str, listen: Listen) -> None:
    port = listen(on_tcp()).getsockname()[1]
    assert check(f"{named}:{port}") == ""


@pytest.mark.parametrize("named", ["[::1]", "[::]"])
def test_a_gateway_at_an_address_of_ipv6_is_asked_there(named: str, listen: Listen) -> None:
    port = listen(on_tcp("::1")).getsockname()[1]
    assert check(f"{named}:{port}") == ""


def test_a_gateway_at_a_unix_socket_is_asked_there(listen: Listen, tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    listen(socket.create_server(str(path), family=socket.AF_UNIX))
    assert check(f"unix:{path}") == ""


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_socket_of_the_parent_is_found_by_its_inode(host: str, listen: Listen, tmp_path: Path) -> None:
    processes = process_1_with(listen(on_tcp(host)), tmp_path)
    assert check("fd://3", processes=processes) == ""


def test_a_unix_socket_of_the_parent_is_found_by_its_inode(listen: Listen, tmp_path: Path) -> None:
    listening = listen(socket.create_server(str(tmp_path / "web.sock"), family=socket.AF_UNIX))
    assert check("fd://3", processes=process_1_with(listening, tmp_path)) == ""


def test_a_socket_of_another_network_cannot_be_asked(tmp_path: Path) -> None:
    (tmp_path / "1" / "fd").mkdir(parents=True)
    (tmp_path / "1" / "fd" / "3").symlink_to("socket:[1]")
    assert "switch the health check off" in check("fd://3", processes=tmp_path)


def test_a_gateway_that_is_not_ready_is_reported(listen: Listen, answers: list[int]) -> None:
    answers[0] = 503
    address = f"127.0.0.1:{listen(on_tcp()).getsockname()[1]}"
    assert check(address) == f"{address}: /readyz answers 503"


def test_nobody_who_listens_is_reported() -> None:
    with on_tcp() as gone:
        address = f"127.0.0.1:{gone.getsockname()[1]}"
    assert "refused" in check(address)
