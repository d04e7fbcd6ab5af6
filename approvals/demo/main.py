"""The command `approvals demo`: run the demo and its page until a signal stops them."""

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
    from approvals.demo.system import DemoSystem

HOST = "127.0.0.1"
EXTRAS = ("moto", "aiosmtpd", "flask_cors", "jsonata")
PORTS_TO_TRY = 20
HEALTH_CHECK_SECONDS = 0.5


def run(*, check: bool, port: int = 8080, open_browser: bool = False) -> int:
    """Run the demo and return its exit code. With `check`, drive four workflows to their end without a browser."""
    if not all(map(importlib.util.find_spec, EXTRAS)):
        click.echo("The demo needs additional packages: pip install 'approvals-gateway[demo]'", err=True)
        return 1
    from approvals.demo.process import GatewayDied

    try:
        with _signals_as_interrupt():
            return _check() if check else _serve(port, open_browser=open_browser)
    except KeyboardInterrupt:
        click.echo("\nStopped. All data was deleted.")
        return 130 if check else 0
    except GatewayDied as died:
        click.echo(str(died), err=True)
        return 1


def _check() -> int:
    from approvals.demo.check import run_check
    from approvals.demo.system import DemoSystem

    with DemoSystem() as system, _uninterrupted_cleanup():
        return 0 if run_check(system, echo=click.echo) else 1


def _serve(port: int, *, open_browser: bool) -> int:
    """Serve the page until a signal arrives or the gateway dies."""
    started = time.monotonic()
    click.echo("Starting Step Functions, a queue, a mailbox, a simulated Slack and the gateway on this machine …")
    from approvals.demo.system import DemoSystem

    with DemoSystem() as system, _uninterrupted_cleanup(), _page_server(system, port) as address:
        click.echo(f"Ready after {time.monotonic() - started:.1f} s.\n")
        click.echo(f"  Open  {click.style(address, bold=True)}\n")
        click.echo("  Start a refund, open the mail or the Slack message, and decide: the workflow continues.")
        click.echo("  Press Ctrl-C to stop. Nothing leaves this machine, and all its data is deleted.")
        if open_browser:
            webbrowser.open(address)
        while True:
            system.gateway.check()
            time.sleep(HEALTH_CHECK_SECONDS)


@contextmanager
def _page_server(system: "DemoSystem", port: int) -> Iterator[str]:
    """Serve the page on `port` of this machine, or on the next free one, and yield its address."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    from approvals.demo.app import create_app

    class QuietHandler(WSGIRequestHandler):
        def log_request(self, *_: object) -> None:
            """Log no requests."""

    app = create_app(system)
    with _listener(port) as listener:
        own_port = listener.getsockname()[1]
        server = make_server(
            HOST, own_port, app, threaded=True, request_handler=QuietHandler, fd=listener.fileno()
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
    """Listen on `port`, else on one of the next, else on any free one."""
    for candidate in range(port, min(port + PORTS_TO_TRY, 65536)):
        with suppress(OSError):
            return socket.create_server((HOST, candidate))
    return socket.create_server((HOST, 0))


@contextmanager
def _signals_as_interrupt() -> Iterator[None]:
    """Handle a closed terminal and a plain `kill` as Ctrl-C."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _uninterrupted_cleanup() -> Iterator[None]:
    """Ignore signals once the block ends, so that a second Ctrl-C does not interrupt the cleanup."""
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
