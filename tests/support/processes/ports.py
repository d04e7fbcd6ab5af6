"""Free ports for external programs that only accept a port number."""

import itertools
import os
import socket
from contextlib import suppress

LOWEST, COUNT, EACH = 20_000, 10_000, 100
_tries = itertools.count()


def unused_port() -> int:
    """Return a free port below the ephemeral range, from a part reserved for this process."""
    for attempt in _tries:
        port = LOWEST + (os.getpid() * EACH + attempt) % COUNT
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("there is always another try")


def listens(port: int) -> bool:
    """Return whether a program listens on this port of loopback."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
