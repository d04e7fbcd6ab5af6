"""The bytes of a request as they arrive, and whether all of them are there. It is parsed by gunicorn, not here."""

import re

HEAD_BYTES = 64 * 1024
WHOLE_BYTES = HEAD_BYTES + 256 * 1024
"""More than the application reads of any request: a thread refuses a larger one without waiting for the rest."""

_END_OF_LINE, _END_OF_HEAD = b"\r\n", b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,4000})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"[0-9a-f]{1,8}", re.IGNORECASE)


class IncomingRequest:
    """One request, collected piece by piece."""

    def __init__(self) -> None:
        self.bytes = bytearray()
        self._head = b""
        self._body_at = 0
        self._chunk_at = 0

    def add(self, data: bytes) -> None:
        searched = max(0, len(self.bytes) - len(_END_OF_HEAD))
        self.bytes += data
        if not self._head and (found := self.bytes.find(_END_OF_HEAD, searched)) >= 0:
            self._body_at = self._chunk_at = found + len(_END_OF_HEAD)
            self._head = bytes(self.bytes[: self._body_at])

    @property
    def head_too_large(self) -> bool:
        return (self._body_at or len(self.bytes)) > HEAD_BYTES

    @property
    def complete(self) -> bool:
        """Return whether a thread can handle it without waiting for more of it."""
        if not self._head:
            return False
        if len(self.bytes) > WHOLE_BYTES:
            return True
        if _CHUNKED.search(self._head):
            return self._has_last_chunk()
        return self.has_its_length or self._announced > WHOLE_BYTES

    @property
    def settled(self) -> bool:
        """Return whether no more of it need be waited for."""
        return self.complete or self.head_too_large

    @property
    def has_its_length(self) -> bool:
        """Return whether all bytes that its head announces have arrived. A request in chunks announces no length."""
        return len(self.bytes) >= self._announced

    @property
    def expects_continue(self) -> bool:
        """Return whether the client waits for a permission to send the body."""
        return self._body_at == len(self.bytes) and _EXPECTS.search(self._head) is not None

    @property
    def _announced(self) -> int:
        """Return the length of head and body."""
        length = _LENGTH.search(self._head)
        return self._body_at + (int(length[1]) if length else 0)

    def _has_last_chunk(self) -> bool:
        """Go on from chunk to chunk. A malformed one counts as the last: a thread refuses it without reading on."""
        while (end_of_line := self.bytes.find(_END_OF_LINE, self._chunk_at)) >= 0:
            size = bytes(self.bytes[self._chunk_at : end_of_line]).partition(b";")[0].strip()
            if not _CHUNK_SIZE.fullmatch(size):
                return True
            if int(size, 16) == 0:
                return self.bytes.find(_END_OF_HEAD, end_of_line) >= 0
            following = end_of_line + int(size, 16) + 2 * len(_END_OF_LINE)
            if following > len(self.bytes):
                return False
            self._chunk_at = following
        return False
