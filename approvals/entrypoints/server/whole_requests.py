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

from gunicorn.http import get_parser
from gunicorn.workers.gthread import TConn, ThreadWorker

from approvals.entrypoints.server.incoming_request import IncomingRequest
from approvals.entrypoints.server.outgoing_response import OutgoingResponse
from approvals.entrypoints.server.threads import Threads

LINGER_SECONDS = 2.0
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HEAD_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_KEPT: Future[bool] = Future()
"""What gunicorn takes as the result of a thread whose connection is kept."""
_KEPT.set_result(True)


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
        # It is not read at once: a process that did so would accept more than its share of the connections.
        self._await(TConn(self.cfg, client, address, listener.getsockname()), IncomingRequest())

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """Collect the next request of a connection that was kept alive."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._collect(conn)

    def get_thread_pool(self) -> Threads:
        return Threads(self.cfg.threads)

    def enqueue_req(self, conn: Any) -> None:
        self.tpool.submit(partial(self._serve, conn))

    def handle(self, conn: Any) -> bool:
        """Handle a collected request, in a thread. Return whether the connection can be kept."""
        conn.parser = get_parser(self.cfg, [bytes(conn.incoming.bytes)], conn.client)
        conn.initialized = conn.data_ready = True
        sock, conn.sock = conn.sock, OutgoingResponse(conn.sock)
        try:
            kept = bool(super().handle(conn)) and conn.incoming.has_its_length
            conn.sock.flush(seconds=self.request_seconds)
        except OSError:
            return False
        else:
            return kept
        finally:
            conn.sock = sock

    def finish_request(self, conn: Any, kept: bool) -> None:
        if not kept:
            self._linger(conn)
        elif following := conn.parser.unreader.take_buffered():
            self._collect(conn, following)
        else:
            super().finish_request(conn, _KEPT)

    def _cap_keepalive(self, deadline: float) -> None:
        """Give unfinished requests, too, only a short time when the server stops."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

    def _serve(self, conn: Any) -> None:
        kept = False
        try:
            kept = self.handle(conn)
        finally:
            self.method_queue.defer(self.finish_request, conn, kept)

    def _collect(self, conn: Any, data: bytes = b"") -> None:
        """Take what has arrived of the next request, these bytes first, and wait for the rest."""
        conn.sock.setblocking(False)
        arrived = data or _received(conn.sock)
        if arrived == b"":
            self._drop(conn)
            return
        incoming = IncomingRequest()
        incoming.add(arrived or b"")
        if incoming.settled:
            conn.incoming = incoming
            self._dispatch(conn)
        else:
            self._await(conn, incoming)

    def _await(self, conn: Any, incoming: IncomingRequest) -> None:
        """Wait for the rest of a request."""
        conn.incoming = incoming
        self._allow_body(conn)
        self._watch(conn, self._receive, seconds=self.request_seconds)

    def _receive(self, conn: Any, client: Any) -> None:
        data = _received(client)
        if data is None:
            return
        conn.incoming.add(data)
        if conn.incoming.settled:
            self._unwatch(conn)
            self._dispatch(conn)
        elif not data:
            self._unwatch(conn)
            self._drop(conn)
        else:
            self._allow_body(conn)

    def _dispatch(self, conn: Any) -> None:
        """Give a complete request to a thread, and refuse one whose head is too large."""
        if conn.incoming.head_too_large:
            _send(conn.sock, HEAD_TOO_LARGE)
            self._linger(conn)
        else:
            self.enqueue_req(conn)

    def _allow_body(self, conn: Any) -> None:
        if conn.incoming.expects_continue:
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
