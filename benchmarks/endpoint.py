"""A minimal endpoint in place of Step Functions or Slack, which accepts every call.

GET returns the number of accepted calls. The process ends when its stdin closes, so it never outlives its parent.
"""

import asyncio
import sys
from typing import Any

ACCEPTED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
    b'x-amzn-RequestId: 00000000-0000-0000-0000-000000000000\r\nContent-Length: 11\r\n\r\n{"ok":true}'
)


class Endpoint(asyncio.Protocol):
    accepted = 0
    seconds = 0.0
    """The delay of each response."""

    def connection_made(self, transport: Any) -> None:
        self._transport, self._buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            length = _length(head)
            if not end or len(rest) < length:
                return
            self._buffer = rest[length:]
            self._write(self._answer(head), seconds=0 if head.startswith(b"GET") else Endpoint.seconds)

    def _write(self, answer: bytes, *, seconds: float) -> None:
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._transport.write, answer)
        else:
            self._transport.write(answer)

    def _answer(self, head: bytes) -> bytes:
        if head.startswith(b"GET"):
            body = str(Endpoint.accepted).encode()
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        Endpoint.accepted += 1
        return ACCEPTED


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"\r\ncontent-length:")
    return int(lowered[at + 17 :].split(b"\r", 1)[0]) if at >= 0 else 0


async def serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Endpoint, "127.0.0.1", port)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    Endpoint.seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    asyncio.run(serve(int(sys.argv[1])))
