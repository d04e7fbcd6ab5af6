"""Commands that create keys."""

from typing import Any

import click

from approvals.domain.api_keys import SCOPES, entry
from approvals.entrypoints.cli.context import echo
from approvals.entrypoints.server.local_setup import new_api_key, new_sealing_key, new_signing_key


@click.group()
def key() -> None:
    """Create keys for links, task tokens and the API."""


@key.group("new")
def new() -> None:
    """Create a key, and print the setting it belongs to."""


@new.command("signing")
def signing() -> None:
    """Create a key that signs review links."""
    _added("APPROVALS_SIGNING_KEYS", new_signing_key())


@new.command("sealing")
def sealing() -> None:
    """Create a key that seals task tokens at rest."""
    _added("APPROVALS_SEALING_KEYS", new_sealing_key())


@new.command("api")
@click.option("--name", required=True, help="The owner of the key, as the audit trail shows it.")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES), help="Repeatable.")
def api(name: str, scopes: tuple[str, ...]) -> None:
    """Create a key for the HTTP API. The gateway stores only its hash."""
    if set(name) & set(":,+"):
        raise click.BadParameter("must not contain : , or +", param_hint="--name")
    secret = new_api_key()
    echo(f"{secret}\n\nGive this to the caller; it is shown only once. Add to APPROVALS_API_KEYS (comma separated):")
    echo(entry(name, scopes, secret))


def _added(variable: str, made: str) -> None:
    echo(made)
    echo(
        f"\nAdd it at the end of {variable} (comma separated, oldest first): the last key is used, all are accepted.",
        error=True,
    )


COMMANDS: tuple[Any, ...] = (key,)
