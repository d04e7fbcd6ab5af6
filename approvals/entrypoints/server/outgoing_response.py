"""The bytes of a response, sent in one piece: each send hands the interpreter to another thread for a while."""

import errno
from typing import Any, NoReturn


class OutgoingResponse:
    """The socket that gunicorn writes a response to, its head and each piece of its body separately."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._pieces: list[bytes] = []

    def sendall(self, piece: bytes) -> None:
        self._pieces.append(piece)

    def send(self, piece: bytes) -> int:
        """Drop gunicorn's `100 Continue`: the body has arrived, or is refused."""
        return len(piece)

    def flush(self, *, seconds: float) -> None:
        """Send the response. Raises OSError if the client has gone, or does not take it in time."""
        self._sock.settimeout(seconds)
        self._sock.sendall(b"".join(self._pieces))

    def setblocking(self, _: bool) -> None:
        """Change nothing: no byte is sent or received before the response is flushed."""

    def gettimeout(self) -> float:
        return 0.0

    def shutdown(self, _: int) -> NoReturn:
        """Discard a response that the application did not finish."""
        self._pieces.clear()
        raise OSError(errno.ENOTCONN, "the connection is closed by the main loop")

    def close(self) -> None:
        """Leave the connection to the main loop, which closes it."""
