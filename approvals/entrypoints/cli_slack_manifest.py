"""The command that prints the app manifest of Slack."""

import re
from typing import Literal
from urllib.parse import urlsplit

import click

from approvals.entrypoints.cli.context import say, show_json
from approvals.entrypoints.slack.manifest import NAME, NAME_LENGTH, app_manifest

_HOST_AND_PATH = re.compile(r"https://[A-Za-z0-9.:\[\]-]+(?:/[^\s?#]*)?")


@click.command()
@click.option("--url", help="Where Slack reaches the gateway: APPROVALS_PUBLIC_URL. Not with --socket-mode.")
@click.option("--socket-mode", is_flag=True, help="Without a public address: the worker asks Slack.")
@click.option("--name", default=NAME, show_default=True, help="What the app is called in Slack.")
@click.option("--match-email", is_flag=True, help="For APPROVALS_SLACK_MATCH_EMAIL=true: one more scope.")
@click.option("--format", "form", type=click.Choice(["json", "yaml"]), default="json", show_default=True)
def manifest(
    *, url: str | None, socket_mode: bool, name: str, match_email: bool, form: Literal["json", "yaml"]
) -> None:
    """Prints the manifest of the app.

    Paste it at api.slack.com/apps, Create New App, From a manifest.
    """
    if bool(url) == socket_mode:
        raise click.UsageError("give --url https://… or --socket-mode, and only one of them")
    if url and not url.startswith("https://"):
        raise click.BadParameter("must be https://…: Slack calls nothing else", param_hint="--url")
    if url and not _is_address(url):
        raise click.BadParameter("must be an address such as https://approvals.example.com", param_hint="--url")
    if not name.strip() or len(name) > NAME_LENGTH:
        raise click.BadParameter(f"must have 1 to {NAME_LENGTH} characters", param_hint="--name")
    made = app_manifest(url, name=name, match_email=match_email)
    if form == "json":
        show_json(made)
        return
    import yaml

    say(yaml.safe_dump(made, sort_keys=False, allow_unicode=True).rstrip())


def _is_address(url: str) -> bool:
    """A host, maybe with a port and a path, and nothing else."""
    try:
        parts = urlsplit(url)
        return bool(_HOST_AND_PATH.fullmatch(url) and parts.hostname and parts.port != 0)
    except ValueError:  # of urlsplit, or of the port
        return False
