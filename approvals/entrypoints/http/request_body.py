"""Refuse a body that is not whole: Werkzeug cuts a chunked one at the limit, and takes one that was cut off on the way.

Half an answer must not be recorded as a whole one.
"""

from typing import Protocol

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge


class _Input(Protocol):
    """The body as the server passes it on."""

    def read(self, size: int = -1) -> bytes: ...


class WholeBody:
    """A body that raises an error when it ends before its length, or goes on after the limit."""

    def __init__(self, body: _Input, length: int | None) -> None:
        self._body, self._length, self._count = body, length, 0

    def read(self, size: int = -1) -> bytes:
        data = self._body.read(size)
        self._count += len(data)
        if self._length is None:
            self._check_limit()
        elif not data and size and self._count < self._length:
            raise OSError("the body ended before its length")  # Werkzeug answers 400
        return data

    def _check_limit(self) -> None:
        """Look whether a chunked body goes on after the limit of this request, which its view may have raised."""
        limit = request.max_content_length
        if limit is not None and self._count >= limit and self._body.read(1):
            raise RequestEntityTooLarge


def take_whole_body() -> None:
    """Check the body of this request while it is read, if the server says where it ends."""
    environ = request.environ
    if environ.get("wsgi.input_terminated"):
        chunked = "HTTP_TRANSFER_ENCODING" in environ
        environ["wsgi.input"] = WholeBody(environ["wsgi.input"], None if chunked else request.content_length)
