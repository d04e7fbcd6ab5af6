"""A gunicorn worker whose threads handle whole requests only: one that is sent slowly, or in part, holds no thread.

gunicorn's own threads wait for the rest of a request without a limit (its documentation asks for a buffering proxy).
Here the main loop collects what arrives. A request that is not complete in time is dropped.
"""

import errno
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from approvals.entrypoints.server.incoming_request import IncomingRequest

LINGER_SECONDS = 2.0
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HEAD_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class WholeRequestsWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """The gthread worker, with requests collected in its main loop."""

    request_seconds = 10.0
    """The time for the head and the body of a request, from the connection or the first byte of a later request."""

    def accept(self, listener: Any) -> None:
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        self.nr_conns += 1
        self._collect(TConn(self.cfg, client, address, listener.getsockname()))

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """Collect the next request of a connection that was kept alive."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._collect(conn)

    def handle(self, conn: Any) -> Any:
        """Handle a collected request, in a thread."""
        conn.init()
        conn.parser.unreader.sock = _Deadline(conn.sock, seconds=self.request_seconds)
        conn.parser.unreader.unread(bytes(conn.incoming.bytes))
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        conn.sock.settimeout(self.request_seconds)  # also for a client that does not read its response
        return super().handle_request(req, conn)

    def finish_request(self, conn: Any, done: "Future[Any]") -> None:
        if done.cancelled() or done.exception():
            self._drop(conn)
        elif not done.result():
            self._linger(conn)
        elif following := conn.parser.unreader.take_buffered():
            self._collect(conn, following)
        else:
            super().finish_request(conn, done)

    def _cap_keepalive(self, deadline: float) -> None:
        """Give unfinished requests, too, only a short time when the server stops."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

    def _collect(self, conn: Any, data: bytes = b"") -> None:
        """Wait for the rest of a request of which these bytes have arrived."""
        conn.incoming = IncomingRequest()
        conn.data_ready = True
        self._watch(conn, self._receive, seconds=self.request_seconds)
        if data:
            self._add(conn, data)

    def _receive(self, conn: Any, client: Any) -> None:
        data = _received(client)
        if data:
            self._add(conn, data)
        elif data is not None:
            self._unwatch(conn)
            self._drop(conn)

    def _add(self, conn: Any, data: bytes) -> None:
        conn.incoming.add(data)
        if conn.incoming.head_too_large:
            _send(conn.sock, HEAD_TOO_LARGE)
            self._unwatch(conn)
            self._linger(conn)
        elif conn.incoming.complete:
            self._unwatch(conn)
            self.enqueue_req(conn)
        elif conn.incoming.expects_continue:
            _send(conn.sock, CONTINUE)

    def _linger(self, conn: Any) -> None:
        """Close the sending side, and discard what arrives until the client closes (RFC 9112, section 9.6).

        gunicorn waits for that in its main loop, where it delays everybody.
        """
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(conn)
        else:
            self._watch(conn, self._discard, seconds=LINGER_SECONDS)

    def _discard(self, conn: Any, client: Any) -> None:
        if _received(client) == b"":
            self._unwatch(conn)
            self._drop(conn)

    def _watch(self, conn: Any, readable: Callable[[Any, Any], None], *, seconds: float) -> None:
        """Call `readable` when bytes arrive. gunicorn closes the connection when its time is over."""
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + seconds
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(readable, conn))

    def _unwatch(self, conn: Any) -> None:
        self.poller.unregister(conn.sock)
        self.pending_conns.remove(conn)

    def _drop(self, conn: Any) -> None:
        self.nr_conns -= 1
        conn.close()


def worker_class(*, request_seconds: float) -> type[WholeRequestsWorker]:
    """Return the worker with this time for a request."""
    return type("Worker", (WholeRequestsWorker,), {"request_seconds": request_seconds})


class _Deadline:
    """The socket of a request, from which nothing can be read after its time."""

    def __init__(self, sock: Any, *, seconds: float) -> None:
        self._sock, self._seconds, self._until = sock, seconds, time.monotonic() + seconds

    def recv(self, size: int) -> bytes:
        self._sock.settimeout(max(0.001, self._until - time.monotonic()))
        try:
            return bytes(self._sock.recv(size))
        finally:
            self._sock.settimeout(self._seconds)

    def gettimeout(self) -> float | None:
        return self._seconds

    def settimeout(self, _: float | None) -> None:
        """Keep the deadline: gunicorn sets a longer time to drain a body that the application did not read."""


def _send(client: Any, response: bytes) -> None:
    """Send a few bytes without waiting."""
    with suppress(OSError):
        client.send(response)


def _received(client: Any) -> bytes | None:
    """Return what has arrived: nothing if the client has closed, None if no byte came yet."""
    try:
        return bytes(client.recv(65536))
    except BlockingIOError:
        return None
    except OSError:
        return b""
