"""Commands that make keys."""

from typing import Any

import click

from approvals.domain.api_keys import SCOPES, entry
from approvals.entrypoints.cli.context import say
from approvals.entrypoints.server import local_setup as local


@click.group()
def key() -> None:
    """Keys for links, task tokens and the API."""


@key.group("new")
def new() -> None:
    """Makes a new key and says where it goes."""


@new.command("signing")
def signing() -> None:
    """A key that signs review links."""
    _added("APPROVALS_SIGNING_KEYS", local.new_signing_key())


@new.command("sealing")
def sealing() -> None:
    """A key that seals task tokens at rest."""
    _added("APPROVALS_SEALING_KEYS", local.new_sealing_key())


@new.command("api")
@click.option("--name", required=True, help="Whose key it is; stands in the audit trail.")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES), help="May be given often.")
def api(name: str, scopes: tuple[str, ...]) -> None:
    """A key for the HTTP API. Only its hash is kept."""
    if set(name) & set(":,+"):
        raise click.BadParameter("must hold none of : , +", param_hint="--name")
    secret = local.new_api_key()
    say(f"{secret}\n\nGive this to the caller; it is shown only now. Add to APPROVALS_API_KEYS (comma separated):")
    say(entry(name, scopes, secret))


def _added(variable: str, made: str) -> None:
    say(made)
    say(
        f"\nAdd it at the end of {variable} (comma separated, oldest first): the last makes, all are honoured.",
        error=True,
    )


COMMANDS: tuple[Any, ...] = (key,)
