"""Bodies as they come over a real connection: chunked, cut off, without a length, or none."""

import json
import socket
import sys
from collections.abc import Generator

import pytest

from tests.support.aws.state_machines import eventually
from tests.support.processes.serve import Served

LIMIT = 256 * 1024
BODY = {"taskToken": "token", "title": "Ship it?", "reviewers": ["ana@example.com"]}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    running = Served(tmp_path_factory.mktemp("served"), [sys.executable, "-m", "approvals", "serve"])
    yield running
    running.process.kill()
    running.process.wait()


def padded(size: int) -> bytes:
    """Return a good submission with white space after it."""
    return json.dumps(BODY).encode().ljust(size)


def chunked(body: bytes) -> bytes:
    parts = [body[at : at + 60_000] for at in range(0, len(body), 60_000)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def status(served: Served, body: bytes, *headers: str, path: str = "/v1/approvals", kind: str = "json") -> int:
    """Send a request as it is, end the sending side, and return the status of the answer; 0 for none."""
    lines = [
        f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {served.api_key}",
        f"Content-Type: application/{kind}", f"Origin: {served.url}", "Connection: close", *headers,
    ]  # fmt: skip
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        try:
            connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the server answers before it has read everything
        answer = connection.recv(65536)
    return int(answer.split(b" ")[1]) if answer else 0


@pytest.mark.parametrize(("size", "refused"), [(1000, False), (LIMIT, False), (LIMIT + 1, True), (4 * LIMIT + 2, True)])
def test_a_chunked_body_over_the_limit_is_refused_as_any_other(served: Served, size: int, *, refused: bool) -> None:
    by_chunks = status(served, chunked(padded(size)), "Transfer-Encoding: chunked")
    by_length = status(served, padded(size), f"Content-Length: {size}")
    assert (by_chunks == 413, by_length == 413) == (refused, refused)
    assert refused or {by_chunks, by_length} <= {200, 201}


def test_a_body_that_is_shorter_than_its_length_is_refused(served: Served) -> None:
    body = json.dumps({**BODY, "taskToken": "cut"}).encode()
    assert status(served, body, f"Content-Length: {len(body) + 10}") in {0, 400}
    assert status(served, b"%x\r\n%s\r\n" % (len(body), body), "Transfer-Encoding: chunked") in {0, 400}
    assert served.submit(taskToken="another")["id"] != ""


def test_no_body_is_no_json(served: Served) -> None:
    assert status(served, b"") == 422
    assert status(served, b"", "Content-Length: 0") == 422
    assert status(served, b"0\r\n\r\n", "Transfer-Encoding: chunked") == 422


def test_two_lengths_that_disagree_are_refused(served: Served) -> None:
    body = chunked(padded(100))
    assert status(served, body, f"Content-Length: {len(body)}", "Transfer-Encoding: chunked") == 400
    assert status(served, padded(100), "Content-Length: many") == 400


def test_an_answer_that_was_cut_off_on_the_way_is_not_recorded(served: Served) -> None:
    link = eventually(served.link)
    form = b"option=approve&comment=only+if+the+price"
    assert status(served, form, f"Content-Length: {len(form) + 30}", path=link, kind="x-www-form-urlencoded") in {
        0,
        400,
    }
    assert (
        status(
            served,
            chunked(b"comment=" + b"x" * LIMIT),
            "Transfer-Encoding: chunked",
            path=link,
            kind="x-www-form-urlencoded",
        )
        == 413
    )
