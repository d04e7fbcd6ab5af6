"""Asks a gateway on this machine for /readyz: the health check of a container.

    python -m approvals.entrypoints.http.readiness LISTEN

LISTEN is as in `APPROVALS_LISTEN`: HOST:PORT, [IPV6]:PORT, unix:PATH, or fd://N, a socket that process 1 has from
its parent. Only the standard library is imported, since the check starts a new process every few seconds.
"""

import http.client
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

SECONDS = 4
_ALL_ADDRESSES = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104 # replaced, not listened on
_LISTENS = "0A"  # the state of a listening socket in /proc/net/tcp
_FAMILIES = {"tcp": socket.AF_INET, "tcp6": socket.AF_INET6}

Connect = Callable[[], socket.socket]


def check(listen: str, *, processes: Path = Path("/proc")) -> str:
    """Return why the gateway is not ready, or an empty text."""
    connection = http.client.HTTPConnection("localhost", timeout=SECONDS)
    try:
        connection.sock = _connect(listen, processes)
        connection.request("GET", "/readyz")
        status = connection.getresponse().status
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"{listen}: {error}"
    finally:
        connection.close()
    return "" if status == http.HTTPStatus.OK else f"{listen}: /readyz answers {status}"


def _connect(listen: str, processes: Path) -> socket.socket:
    if listen.startswith("fd://"):
        return _connect(_address_of_socket(listen.removeprefix("fd://"), processes), processes)
    if listen.startswith("unix:"):
        connected = socket.socket(socket.AF_UNIX)
        connected.settimeout(SECONDS)
        connected.connect(listen.removeprefix("unix:"))
        return connected
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    return socket.create_connection((_ALL_ADDRESSES.get(host, host), int(port)), timeout=SECONDS)


def _address_of_socket(number: str, processes: Path) -> str:
    """Return where the socket of process 1 listens, which Linux lists by its inode."""
    inode = (processes / "1" / "fd" / number).readlink().name.removeprefix("socket:[").removesuffix("]")
    for address, listed in _listening(processes / "1" / "net"):
        if listed == inode:
            return address
    raise ValueError("the address of this socket is not visible here: switch the health check off")


def _listening(net: Path) -> Iterator[tuple[str, str]]:
    for line in _rows(net / "unix"):
        if len(line) > 7:
            yield f"unix:{line[7]}", line[6]
    for name, family in _FAMILIES.items():
        for line in _rows(net / name):
            if line[3] == _LISTENS:
                yield _host_and_port(line[1], family), line[9]


def _rows(path: Path) -> list[list[str]]:
    try:
        return [line.split() for line in path.read_text().splitlines()[1:]]
    except FileNotFoundError:
        return []


def _host_and_port(text: str, family: socket.AddressFamily) -> str:
    """Decode 0100007F:1F90: words of 32 bits in the machine's byte order, and the port."""
    words, _, port = text.partition(":")
    packed = b"".join(int(words[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(words), 8))
    return f"[{socket.inet_ntop(family, packed)}]:{int(port, 16)}"


if __name__ == "__main__":
    problem = check(sys.argv[1])
    sys.exit(problem or 0)
