"""Isolation of tests: no network beyond this machine, and a clean environment."""

import ipaddress
import os
import socket
from collections.abc import Generator
from typing import Any

import pytest

AWS_FOR_TESTS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


class OutsideNetworkRefused(RuntimeError):
    """A connection outside this machine. Not an OSError, so that code that handles network errors does not catch it."""


@pytest.fixture(scope="session", autouse=True)
def _no_outside_network() -> Generator[list[str]]:
    """Sockets connect to loopback and to Unix sockets only, and only such names are looked up.

    A test that reaches out passes or fails by the weather, may touch somebody's real account, and tells others what is
    being built. The refusal stands in `socket` itself, beneath every library, since a fake in one client says nothing
    about the next. C libraries (libpq) and other processes (Chromium) do not pass through here.
    """
    refused: list[str] = []

    def check(address: Any) -> None:
        if isinstance(address, tuple) and not is_loopback(str(address[0])):
            refused.append(str(address[0]))
            raise OutsideNetworkRefused(f"a test wanted to reach {address[0]}")

    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        check(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        check(address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        check((host.decode() if isinstance(host, bytes) else host or "localhost",))
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield refused


@pytest.fixture(autouse=True)
def outside_network(_no_outside_network: list[str]) -> Generator[list[str]]:
    """Yield the refused addresses of this test. Any left at its end fail the test, even if the code hid the error."""
    _no_outside_network.clear()
    yield _no_outside_network
    if _no_outside_network:
        pytest.fail(f"the test wanted to reach {', '.join(_no_outside_network)}")


@pytest.fixture(scope="session", autouse=True)
def _own_environment() -> Generator[None]:
    """Remove AWS accounts, proxies and gateway settings from the environment of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            foreign = name.startswith(("AWS_", "APPROVALS_")) and not name.startswith("APPROVALS_TEST_")
            if foreign or name.lower().endswith("_proxy"):
                patch.delenv(name)
        for name, value in AWS_FOR_TESTS.items():
            patch.setenv(name, value)
        yield


def is_loopback(host: str) -> bool:
    if host in {"localhost", "0.0.0.0", "::"}:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host.endswith(".localhost")
