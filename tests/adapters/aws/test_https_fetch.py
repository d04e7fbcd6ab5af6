"""Fetching: over TLS from trusted servers only, without redirects, within a size limit."""

import ssl
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from approvals.adapters.aws.https_fetch import Answered, Fetching, Unreachable
from tests.support.web.certificates import certificate_for_loopback


class Site(BaseHTTPRequestHandler):
    """Each path answers with its status; /200 with ten bytes."""

    def do_GET(self) -> None:
        self.send_response(int(self.path[1:]))
        self.send_header("Location", "https://127.0.0.1:1/200")
        self.send_header("Content-Length", "10")
        self.end_headers()
        self.wfile.write(b"0123456789")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_for_loopback(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def site(certificate: Path) -> Generator[str]:
    server = HTTPServer(("127.0.0.1", 0), Site)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def fetch(certificate: Path) -> Fetching:
    return Fetching(trusting=ssl.create_default_context(cafile=str(certificate)))


def test_it_gives_the_body(fetch: Fetching, site: str) -> None:
    assert fetch(f"{site}/200", at_most=10) == b"0123456789"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 400, 403, 404])
def test_it_follows_nowhere_and_states_that_it_was_answered(fetch: Fetching, site: str, status: int) -> None:
    with pytest.raises(Answered, match=str(status)):
        fetch(f"{site}/{status}", at_most=10)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_problem_of_the_other_side_may_pass(fetch: Fetching, site: str, status: int) -> None:
    with pytest.raises(Unreachable, match=str(status)):
        fetch(f"{site}/{status}", at_most=10)


def test_more_than_was_asked_for_is_refused(fetch: Fetching, site: str) -> None:
    with pytest.raises(Answered, match="more than 9"):
        fetch(f"{site}/200", at_most=9)


def test_whom_nobody_vouches_for_is_not_believed(site: str) -> None:
    with pytest.raises(Unreachable):
        Fetching()(f"{site}/200", at_most=10)


@pytest.mark.parametrize("url", ["http://127.0.0.1/200", "file:///etc/passwd", "ftp://127.0.0.1/x", "", "//127.0.0.1"])
def test_nothing_but_https_is_fetched(fetch: Fetching, url: str) -> None:
    with pytest.raises(Answered):
        fetch(url, at_most=10)


def test_nobody_there_may_pass(fetch: Fetching) -> None:
    with pytest.raises(Unreachable):
        fetch("https://127.0.0.1:1/200", at_most=10)
