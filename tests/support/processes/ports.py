"""Ports for programs of others, which open them themselves and can only be told a number."""

import itertools
import os
import socket
from contextlib import suppress

LOWEST, COUNT, EACH = 20_000, 10_000, 100
_tries = itertools.count()


def unused_port() -> int:
    """Below those that the system gives away, and in a part of this process: nobody takes it before it is opened."""
    for attempt in _tries:
        port = LOWEST + (os.getpid() * EACH + attempt) % COUNT
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("there is always another try")
