"""What the commands share: settings (also from approvals.env), the gateway made of them, and how to print."""

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from approvals import wiring
from approvals.adapters.aws.clients import Clients
from approvals.entrypoints.server import local_setup as local
from approvals.entrypoints.server import logs
from approvals.entrypoints.server import migrations as database
from approvals.flows.gateway import Gateway
from approvals.settings.environment import Settings, environment


def settings(*, start: bool = False) -> Settings:
    """Raises Misconfigured. With `start` an unconfigured folder gets its approvals.env first."""
    folder = Path.cwd()
    if not start:
        return _parsed(local.with_file(environment(), folder))
    environ, api_key = local.prepared(environment(), folder)
    if api_key:
        say(f"Made {local.FILE} with fresh keys for this folder. API key, shown only now:\n\n  {api_key}\n")
    return _parsed(environ)


def supposed_settings() -> Settings:
    """The same for what only looks: a folder where nothing is set up yet is taken as `serve` would set it up."""
    return _parsed(local.supposed(environment(), Path.cwd()))


def gateway(*, looking: bool = False) -> Gateway:
    """With `looking` it is neither for storing nor for sending. Its database is closed when the command ends."""
    found, clients = supposed_settings() if looking else settings(), Clients()
    opened = wiring.open_database(found, clients, pool_size=found.web_threads + 2)
    click.get_current_context().call_on_close(opened.engine.dispose)
    return wiring.build(found, clients=clients, database=opened)


def upgrade_embedded(found: Settings) -> None:
    """The embedded database is brought up to date by whoever starts first; others are the operator's to migrate."""
    if found.database_url.startswith("sqlite"):
        database.upgrade(found.database_url)


def say(text: str, *, error: bool = False) -> None:
    click.echo(text, err=error)


def show_json(value: Any) -> None:
    say(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def read_input(path: str) -> bytes:
    """A file's bytes, or of `-` the standard input's."""
    return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()


def _parsed(environ: dict[str, str]) -> Settings:
    found = Settings.from_env(environ, fetch=wiring.fetch_secret)
    logs.configure(form=found.log_format, level=found.log_level)
    return found
