"""A response that gunicorn writes piece by piece: it is sent in one, and not at all if it is not finished."""

import socket
from collections.abc import Generator

import pytest

from approvals.entrypoints.server.outgoing_response import OutgoingResponse

Pair = tuple[OutgoingResponse, socket.socket]


@pytest.fixture
def pair() -> Generator[Pair]:
    server, client = socket.socketpair()
    with server, client:
        client.setblocking(False)
        yield OutgoingResponse(server), client


def test_it_is_sent_in_one_piece(pair: Pair) -> None:
    response, client = pair
    response.sendall(b"head")
    response.sendall(b"body")
    with pytest.raises(BlockingIOError):
        client.recv(100)
    response.flush(seconds=1)
    assert client.recv(100) == b"headbody"


def test_a_permission_to_send_the_body_is_not_sent(pair: Pair) -> None:
    response, client = pair
    assert response.send(b"HTTP/1.1 100 Continue\r\n\r\n") == 25
    response.sendall(b"head")
    response.flush(seconds=1)
    assert client.recv(100) == b"head"


def test_an_unfinished_response_is_discarded(pair: Pair) -> None:
    response, client = pair
    response.sendall(b"half of a response")
    with pytest.raises(OSError, match="closed by the main loop"):
        response.shutdown(socket.SHUT_WR)
    response.flush(seconds=1)
    with pytest.raises(BlockingIOError):
        client.recv(100)


def test_a_client_that_does_not_read_is_not_waited_for(pair: Pair) -> None:
    response, _ = pair
    response.sendall(b"x" * 10_000_000)
    with pytest.raises(TimeoutError):
        response.flush(seconds=0.01)
