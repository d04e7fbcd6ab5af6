"""The command that checks a configuration and prints how to fix it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from approvals import wiring
from approvals.adapters.aws.clients import Clients
from approvals.domain.model.errors import Misconfigured
from approvals.entrypoints.cli.context import echo, show_json
from approvals.entrypoints.doctor.examination import examine
from approvals.entrypoints.doctor.result import CheckLine, fail
from approvals.entrypoints.server.local_setup import with_env_file
from approvals.settings.environment import PREFIX, Settings, environment

NO_SETTINGS_FIX = "change to the gateway's folder, or start one here with `approvals serve`"


@click.command()
@click.option("--aws", "with_aws", is_flag=True, help="Check AWS even if no setting uses it.")
@click.option("--json", "as_json", is_flag=True, help="Print the lines as JSON.")
def doctor(*, with_aws: bool, as_json: bool) -> None:
    """Check the configuration, and print how to fix each problem.

    Checks everything that the settings name. Sends nothing, changes nothing, and prints no secret. Exits with 0 if
    nothing fails, and with 1 otherwise.
    """
    lines = []
    for line in _lines(with_aws=with_aws):
        lines.append(line)
        if not as_json:
            echo(f"{line.state:<4}  {line.what}" + f"  — {line.fix}" * bool(line.fix))
    if as_json:
        show_json(lines)
    sys.exit(any(line.state == "fail" for line in lines))


def _lines(*, with_aws: bool) -> Iterator[CheckLine]:
    """Yield the lines; invalid settings end the examination, because every other check needs them."""
    environ = with_env_file(environment(), Path.cwd())
    if not any(name.startswith(PREFIX) for name in environ):
        yield fail("settings: none found, neither APPROVALS_* nor approvals.env", NO_SETTINGS_FIX)
        return
    try:
        settings = Settings.from_env(environ, fetch=wiring.fetch_secret)
    except Misconfigured as error:
        for problem in str(error).splitlines():
            yield fail(f"settings: {problem}", "fix this variable, or its line in approvals.env")
        return
    yield from examine(settings, clock=wiring.system_clock, clients=Clients(), with_aws=with_aws)


COMMANDS: tuple[Any, ...] = (doctor,)
