"""Commands about the directory file: whether it is right, and its JSON Schema for editors."""

import sys
from typing import Any

import click

from approvals.adapters.aws.clients import Clients
from approvals.adapters.directory.file import DirectoryFile, Placed, WrongDirectory
from approvals.adapters.directory.json_schema import directory_schema
from approvals.adapters.directory.source import read_directory
from approvals.domain.model.errors import Misconfigured
from approvals.domain.problems import Problem
from approvals.entrypoints.cli.context import say, show_json, supposed_settings


@click.group()
def policy() -> None:
    """The directory file, and what a policy means."""


@policy.command()
@click.argument("file", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="json: for editors and CI.")
def check(file: str | None, form: str) -> None:
    """Says whether the directory file is right.

    If not, all that is wrong with it, by line. FILE is a path, s3://BUCKET/KEY or ssm:/NAME; without it, what
    APPROVALS_DIRECTORY names. Exit code 1 where anything is wrong.
    """
    place, region = (file, None) if file else _configured()
    found, problems = _examined(place, region)
    if form == "json":
        has = found.counted if found else None
        show_json({"file": place, "valid": found is not None, "has": has, "faults": problems})
    elif found:
        say(f"{place}: {found.counted}: fine")
    for problem in problems if form == "text" else ():
        say(
            f"{place}:{problem.line}: {Problem(problem.path, problem.message)}" if problem.line else problem.message,
            error=True,
        )
    sys.exit(found is None)


@policy.command()
def schema() -> None:
    """Prints the JSON Schema of the directory file.

    For editors that understand YAML.
    """
    show_json(directory_schema())


def _configured() -> tuple[str, str | None]:
    try:
        found = supposed_settings()
    except Misconfigured as error:
        raise click.UsageError(
            f"name a FILE; without one the settings say which, and they are wrong:\n{error}"
        ) from None
    if not found.directory:
        raise click.UsageError("name a FILE, or set APPROVALS_DIRECTORY")
    return found.directory, found.aws_region or None


def _examined(place: str, region: str | None) -> tuple[DirectoryFile | None, tuple[Placed, ...]]:
    """Line 0 is of what cannot even be read."""
    try:
        return read_directory(place, clients=Clients(), region=region), ()
    except WrongDirectory as error:
        return None, error.problems
    except Misconfigured as error:
        return None, (Placed(0, "", str(error)),)


COMMANDS: tuple[Any, ...] = (policy,)
"""They are the group's."""
