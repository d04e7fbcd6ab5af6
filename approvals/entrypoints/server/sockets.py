"""Listening sockets, opened before the server starts, so that a port in use is reported at once.

An address is HOST:PORT, [IPV6]:PORT, unix:PATH, or fd://N: a socket opened by the parent process, as systemd does
(https://www.freedesktop.org/software/systemd/man/latest/systemd.socket.html).
"""

import errno
import os
import socket
import stat

from approvals.domain.model.errors import Misconfigured

BACKLOG = 2048
_FIXES = {
    errno.EADDRINUSE: "Another program listens there: stop it, or name another port (in APPROVALS_PUBLIC_URL, too, if"
    " people connect to it directly).",
    errno.EACCES: "Only root may use ports below 1024: name a higher one.",
    errno.EADDRNOTAVAIL: "This machine does not have this address: use 127.0.0.1 for itself only, 0.0.0.0 for all.",
    errno.EBADF: "The parent process must pass this socket to the server.",
    errno.ENOTSOCK: "The parent process must pass a socket to the server.",
}


def opened(listen: str, *, variable: str = "APPROVALS_LISTEN") -> str:
    """Open the address and return it as `fd://N`; a unix:PATH is returned unchanged. Raises Misconfigured."""
    try:
        if listen.startswith("fd://"):
            _check(int(listen.removeprefix("fd://")))
        elif not listen.startswith("unix:"):
            return f"fd://{_listener(listen).detach()}"
    except OSError as error:
        raise Misconfigured(f"{variable}={listen}: {_sentences(error)}") from error
    return listen


def _sentences(error: OSError) -> str:
    """Return the problem and its fix. The error numbers of getaddrinfo are negative."""
    number = error.errno or 0
    if number in _FIXES:
        return f"{os.strerror(number)}. {_FIXES[number]}"
    return f"{error.strerror}. Name an address of this machine."


def _listener(listen: str) -> socket.socket:
    host, _, port = listen.rpartition(":")
    found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, place = found[0]
    return socket.create_server(place, family=family, backlog=BACKLOG)


def _check(number: int) -> None:
    if not stat.S_ISSOCK(os.fstat(number).st_mode):
        raise OSError(errno.ENOTSOCK, os.strerror(errno.ENOTSOCK))
