"""Commands that say in words what a submission would set in motion, and how an approval stands. They change nothing."""

from typing import Any

import click

from approvals.domain.json_reader import read_json
from approvals.entrypoints.cli.approvals import APPROVAL, operator
from approvals.entrypoints.cli.context import gateway, read_input, say, show_json
from approvals.entrypoints.cli.directory import policy
from approvals.presentation.explain.policy_explanation import Explanation


def _manner(command: Any) -> Any:
    """The options by which an explanation is shown."""
    command = click.option("--timezone", metavar="ZONE", help="Whose clocks, such as Europe/Berlin. Default: UTC.")(
        command
    )
    return click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)(
        command
    )


@policy.command("explain")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--submission", type=click.Path(exists=True, dir_okay=False, allow_dash=True), help="The same as FILE.")
@_manner
def explain_policy(file: str | None, submission: str | None, timezone: str | None, form: str) -> None:
    """Says in words who would be asked when.

    And what is needed, and what happens at each moment. FILE holds a submission as JSON (- for standard input); it
    needs no task token, and nothing is sent.
    """
    from approvals.entrypoints.http.explanations import explained

    if (file is None) == (submission is None):
        raise click.UsageError("Give a submission, as FILE or by --submission.")
    payload = read_json(read_input(file or submission or ""))
    _show(explained(gateway(looking=True), payload, caller=operator(), timezone=timezone), form)


@click.command("explain")
@APPROVAL
@_manner
def explain_approval(approval_id: str, timezone: str | None, form: str) -> None:
    """Says how an approval stands, or how it ended.

    What is still needed and from whom, what has happened, and what comes if nobody answers.
    """
    from approvals.entrypoints.http.explanations import recounted_of

    made = gateway()
    _show(recounted_of(made, made.approval(approval_id), timezone=timezone), form)


def _show(explanation: Explanation, form: str) -> None:
    from approvals.entrypoints.http.explanations import lines

    if form == "json":
        show_json(explanation)
        return
    for line in lines(explanation):
        say(line)


COMMANDS: tuple[Any, ...] = (explain_approval,)
