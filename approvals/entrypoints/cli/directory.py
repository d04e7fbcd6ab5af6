"""Commands about the directory file: check it, and print its JSON Schema."""

import sys
from typing import Any

import click

from approvals.adapters.aws.clients import Clients
from approvals.adapters.directory.file import DirectoryFile, LocatedProblem, WrongDirectory
from approvals.adapters.directory.json_schema import directory_schema
from approvals.adapters.directory.source import read_directory
from approvals.domain.model.errors import Misconfigured
from approvals.entrypoints.cli.context import echo, preview_settings, show_json


@click.group()
def policy() -> None:
    """Check the directory file, and explain policies."""


@policy.command()
@click.argument("file", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="json: for editors and CI.")
def check(file: str | None, form: str) -> None:
    """Check the directory file, and print every problem with its line.

    FILE is a path, s3://BUCKET/KEY or ssm:/NAME; the default is APPROVALS_DIRECTORY. Exits with 1 if there is a
    problem.
    """
    place, region = (file, None) if file else _configured()
    found, problems = _examined(place, region)
    if form == "json":
        has = found.counted if found else None
        show_json({"file": place, "valid": found is not None, "has": has, "faults": problems})
    elif found:
        echo(f"{place}: {found.counted}: valid")
    for problem in problems if form == "text" else ():
        echo(problem.of(place), error=True)
    sys.exit(found is None)


@policy.command()
def schema() -> None:
    """Print the JSON Schema of the directory file.

    Editors use it to check and complete YAML.
    """
    show_json(directory_schema())


def _configured() -> tuple[str, str | None]:
    try:
        found = preview_settings()
    except Misconfigured as error:
        raise click.UsageError(
            f"give a FILE: without one the settings name it, and they are not valid:\n{error}"
        ) from None
    if not found.directory:
        raise click.UsageError("give a FILE, or set APPROVALS_DIRECTORY")
    return found.directory, found.aws_region or None


def _examined(place: str, region: str | None) -> tuple[DirectoryFile | None, tuple[LocatedProblem, ...]]:
    """Yield the problems; line 0 means that the whole file cannot be read."""
    try:
        return read_directory(place, clients=Clients(), region=region), ()
    except WrongDirectory as error:
        return None, error.shown
    except Misconfigured as error:
        return None, (LocatedProblem(0, "", str(error)),)


COMMANDS: tuple[Any, ...] = (policy,)
"""Return the commands that other modules add to the group."""
