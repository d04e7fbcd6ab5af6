"""Settings, gateway, input and output of the commands."""

import logging
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from approvals import wiring
from approvals.adapters.aws.clients import Clients
from approvals.entrypoints.server import logs, migrations
from approvals.entrypoints.server.local_setup import ENV_FILE, ensure_env_file, preview_environment, with_env_file
from approvals.flows.gateway import Gateway
from approvals.settings.environment import Settings, environment
from approvals.wiring.channels import CONSOLE

log = logging.getLogger(__name__)


def settings(*, start: bool = False) -> Settings:
    """Return the settings; `start` creates approvals.env in an unconfigured folder. Raises Misconfigured."""
    folder = Path.cwd()
    if not start:
        return _parsed(with_env_file(environment(), folder))
    environ, api_key = ensure_env_file(environment(), folder)
    found = _parsed(environ)
    if api_key:
        echo(f"Created {ENV_FILE} with new keys for this folder. API key, shown only once:\n\n  {api_key}\n")
        echo(first_steps(found, api_key))
    return found


def first_steps(found: Settings, api_key: str) -> str:
    """Return the next command to paste after the first start, and where its result is seen."""
    body = '{"taskToken": "first", "title": "My first approval", "reviewers": ["me@example.com"]}'
    workflow = (
        "What a workflow would get appears here, too."
        if found.callbacks == CONSOLE
        else "Without AWS, start with APPROVALS_CALLBACKS=console: to see here what a workflow would get."
    )
    return (
        "Submit a first approval from another terminal:\n\n"
        f"  curl {found.public_url}/v1/approvals -H 'Authorization: Bearer {api_key}' "
        f"-H 'Content-Type: application/json' -d '{body}'\n\n"
        f"The mail with the link to the review page appears here. {workflow}\n"
    )


def preview_settings() -> Settings:
    """Return the settings, in an unconfigured folder those that `serve` would create. For read-only commands."""
    return _parsed(preview_environment(environment(), Path.cwd()))


def gateway(*, read_only: bool = False) -> Gateway:
    """Return the gateway, whose database closes with the command; `read_only` is for commands that only read."""
    found, clients = preview_settings() if read_only else settings(), Clients()
    opened = wiring.open_database(found, clients, pool_size=found.web_threads + 2)
    click.get_current_context().call_on_close(opened.engine.dispose)
    return wiring.build(found, clients=clients, database=opened, callback_wait=None)


def upgrade_embedded(found: Settings) -> None:
    """Upgrade the database if it is SQLite; operators run the migrations of PostgreSQL themselves."""
    if found.database_url.startswith("sqlite"):
        migrations.upgrade(found.database_url)


def echo(text: str, *, error: bool = False) -> None:
    click.echo(text, err=error)


def announce(found: Settings, text: str, *, event: str) -> None:
    """Print that a process runs; where log lines are JSON, as one of them, so that programs can read every line."""
    if found.log_format == "json":
        log.info(text, extra={"event": event})
    else:
        echo(text)


def show_json(value: Any) -> None:
    echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def read_input(path: str) -> bytes:
    """Return the bytes of a file, or of standard input for `-`."""
    return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()


def _parsed(environ: dict[str, str]) -> Settings:
    found = Settings.from_env(environ, fetch=wiring.fetch_secret)
    logs.configure(form=found.log_format, level=found.log_level)
    return found
