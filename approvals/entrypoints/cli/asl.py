"""Commands about state machines. They need no settings and open no connection."""

import re
import sys
from collections.abc import Sequence
from typing import Any

import click

from approvals.domain.asl import source_lines
from approvals.domain.asl.finding import Finding
from approvals.domain.asl.lint import lint as findings_in
from approvals.domain.asl.state_machine import Path
from approvals.domain.json_reader import read_json
from approvals.domain.problems import MOST, Invalid
from approvals.entrypoints.cli.context import echo, read_input, show_json

NAME = re.compile(r"[A-Za-z_]\w*")
TARGETS = ("queue", "topic", "function", "api", "bus", "activity")


@click.group()
def asl() -> None:
    """Check state machines that call the gateway."""


def _targets(command: Any) -> Any:
    for name in reversed(TARGETS):
        says = f"Also check every state with this {name}."
        command = click.option(f"--{name}", multiple=True, metavar="NAME", help=says)(command)
    return command


@asl.command("lint")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@_targets
@click.option(
    "--type",
    "kind",
    type=click.Choice(["STANDARD", "EXPRESS"]),
    default="STANDARD",
    help="The type of the machine.",
)
@click.option(
    "--sweep", default=1, show_default=True, type=click.IntRange(1), help="Seconds between two runs of the worker."
)
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def lint(files: tuple[str, ...], kind: str, sweep: int, *, strict: bool, as_json: bool, **targets: Any) -> None:
    """Find mistakes in states that call the gateway.

    FILE is a definition in JSON, or a CloudFormation or SAM template in JSON that contains some; - reads standard
    input. Exits with 1 if there is an error.
    """
    names = [name for target in TARGETS for name in targets[target]]
    found = {file: _found(file, names, express=kind == "EXPRESS", sweep=sweep) for file in files}
    if as_json:
        show_json([_as_json(file, line, one) for file, rows in found.items() for line, one in rows])
    else:
        _print(found)
    failing = {"error", "warning"} if strict else {"error"}
    sys.exit(any(one.severity in failing for rows in found.values() for _, one in rows))


def _found(file: str, names: Sequence[str], *, express: bool, sweep: int) -> list[tuple[int, Finding]]:
    """Yield each finding with its line; text that is not JSON is a finding too."""
    raw = read_input(file)
    try:
        findings = findings_in(read_json(raw), names=names, express=express, sweep_seconds=sweep)
    except Invalid as error:
        fix = "lint the definition as JSON" if file.endswith((".yaml", ".yml")) else "fix the file"
        return [(1, Finding(code="unreadable", severity="error", path=(), says=f"this {error.problems[0]}", fix=fix))]
    lines = source_lines.lines(raw.decode())
    return [(source_lines.nearest(lines, finding.path), finding) for finding in findings]


def _print(found: dict[str, list[tuple[int, Finding]]]) -> None:
    for file, rows in found.items():
        for line, one in rows[:MOST]:
            where = f"{one.state}: " if one.state else ""
            echo(f"{file}:{line}  {one.severity:<7}  {one.code}  {where}{one.says}  — {one.fix}")
        if len(rows) > MOST:
            echo(f"{file}  … and {len(rows) - MOST} more")
    counts = [
        sum(one.severity == s for rows in found.values() for _, one in rows) for s in ("error", "warning", "info")
    ]
    echo(f"{len(found)} file(s): {counts[0]} error(s), {counts[1]} warning(s), {counts[2]} hint(s).", error=True)


def _as_json(file: str, line: int, one: Finding) -> dict[str, Any]:
    return {
        "file": file, "line": line, "code": one.code, "severity": one.severity, "path": json_path(one.path),
        "state": one.state, "says": one.says, "mend": one.fix,
    }  # fmt: skip


def json_path(path: Path) -> str:
    """`$.States['Ask finance'].Catch[0]`."""
    steps = (
        f"[{step}]" if isinstance(step, int) else f".{step}" if NAME.fullmatch(step) else f"['{step}']" for step in path
    )
    return "$" + "".join(steps)


COMMANDS: tuple[Any, ...] = (asl,)
