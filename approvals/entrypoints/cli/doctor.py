"""The command that looks at a configuration and says how to mend it."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from approvals import wiring
from approvals.adapters.aws.clients import Clients
from approvals.domain.model.errors import Misconfigured
from approvals.entrypoints.cli.context import say, show_json
from approvals.entrypoints.doctor.examination import examine
from approvals.entrypoints.doctor.result import Line, fail
from approvals.entrypoints.server import local_setup as local
from approvals.settings.environment import PREFIX, Settings, environment

NOTHING_MEND = "go to the gateway's folder, or start here with `approvals serve`"


@click.command()
@click.option("--aws", "with_aws", is_flag=True, help="Look at AWS even where no setting names anything of it.")
@click.option("--json", "as_json", is_flag=True, help="Lines as JSON: state, what, mend.")
def doctor(*, with_aws: bool, as_json: bool) -> None:
    """Looks for what is not right, and says how to mend it.

    Everything that the settings name is looked at. Nothing is sent or changed, and no secret is printed. Exit code
    0 when nothing fails, 1 otherwise.
    """
    lines = []
    for line in _lines(with_aws=with_aws):
        lines.append(line)
        if not as_json:
            say(f"{line.state:<4}  {line.what}" + f"  — {line.mend}" * bool(line.mend))
    if as_json:
        show_json(lines)
    sys.exit(any(line.state == "fail" for line in lines))


def _lines(*, with_aws: bool) -> Iterator[Line]:
    """Without settings that can be read there is nothing else to look at."""
    environ = local.with_file(environment(), Path.cwd())
    if not any(name.startswith(PREFIX) for name in environ):
        yield fail("settings: there are none here, neither APPROVALS_* nor approvals.env", NOTHING_MEND)
        return
    try:
        settings = Settings.from_env(environ, fetch=wiring.fetch_secret)
    except Misconfigured as error:
        for problem in str(error).splitlines():
            yield fail(f"settings: {problem}", "mend this variable, or its line in approvals.env")
        return
    yield from examine(settings, clock=wiring.system_clock, clients=Clients(), with_aws=with_aws)


COMMANDS: tuple[Any, ...] = (doctor,)
