"""The command `approvals demo`: starts the world and its stage, and ends both when it is told to."""

import importlib.util
import signal
import socket
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from approvals.demo.world import World

HOST = "127.0.0.1"
EXTRAS = ("moto", "aiosmtpd", "flask_cors", "jsonata")
PORTS_TO_TRY = 20
LOOK_SECONDS = 0.5


def run(*, check: bool, port: int = 8080, open_browser: bool = False) -> int:
    """The exit code of the command. With `check` it drives four workflows by itself and ends."""
    if not all(map(importlib.util.find_spec, EXTRAS)):
        click.echo("The demo needs a little more than the gateway: pip install 'approvals-gateway[demo]'", err=True)
        return 1
    from approvals.demo.process import GatewayDied

    try:
        with _told_to_end():
            return _check() if check else _play(port, open_browser=open_browser)
    except KeyboardInterrupt:
        click.echo("\nStopped; nothing is left behind.")
        return 130 if check else 0
    except GatewayDied as died:
        click.echo(str(died), err=True)
        return 1


def _check() -> int:
    from approvals.demo.check import run_check
    from approvals.demo.world import World

    with World() as world, _ending_in_peace():
        return 0 if run_check(world, say=click.echo) else 1


def _play(port: int, *, open_browser: bool) -> int:
    """Until it is told to end, or the gateway dies."""
    begun = time.monotonic()
    click.echo("Starting Step Functions, a queue, a mailbox, a stand-in for Slack and the gateway on this machine …")
    from approvals.demo.world import World

    with World() as world, _ending_in_peace(), _served(world, port) as address:
        click.echo(f"Ready after {time.monotonic() - begun:.1f} s.\n")
        click.echo(f"  Open  {click.style(address, bold=True)}\n")
        click.echo("  Start a refund there, read the mail or look into Slack, and decide: the workflow goes on.")
        click.echo("  Ctrl-C ends it. Nothing leaves this machine, and nothing stays on it.")
        if open_browser:
            webbrowser.open(address)
        while True:
            world.gateway.check()
            time.sleep(LOOK_SECONDS)


@contextmanager
def _served(world: "World", port: int) -> Iterator[str]:
    """The stage at that port of this machine, or at the next free one."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    from approvals.demo.stage import create_stage

    class QuietHandler(WSGIRequestHandler):
        def log_request(self, *_: object) -> None:
            """Say nothing about each request."""

    stage = create_stage(world)
    with _listener(port) as listener:
        own_port = listener.getsockname()[1]
        server = make_server(
            HOST, own_port, stage, threaded=True, request_handler=QuietHandler, fd=listener.fileno()
        )  # fmt: skip
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{own_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _listener(port: int) -> socket.socket:
    """On that port, one of the next, or any."""
    for candidate in range(port, min(port + PORTS_TO_TRY, 65536)):
        with suppress(OSError):
            return socket.create_server((HOST, candidate))
    return socket.create_server((HOST, 0))


@contextmanager
def _told_to_end() -> Iterator[None]:
    """A closed terminal and a plain `kill` end it as Ctrl-C does."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _ending_in_peace() -> Iterator[None]:
    """From here on to the end of the world an impatient second Ctrl-C does not break what is being put away."""
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
