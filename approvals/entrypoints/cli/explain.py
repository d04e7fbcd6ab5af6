"""Commands that explain a submission or an approval in sentences. They change nothing."""

from typing import Any

import click

from approvals.domain.json_reader import read_json
from approvals.entrypoints.cli.approvals import APPROVAL, operator
from approvals.entrypoints.cli.context import echo, gateway, read_input, show_json
from approvals.entrypoints.cli.directory import policy
from approvals.presentation.explain.policy_explanation import Explanation


def _manner(command: Any) -> Any:
    """Add the options that choose how an explanation is printed."""
    command = click.option("--timezone", metavar="ZONE", help="A time zone, such as Europe/Berlin. Default: UTC.")(
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
    """Explain who would be asked, and when.

    Also explains how many answers are needed and what happens at each time. FILE contains a submission as JSON; -
    reads standard input. It needs no task token, and nothing is sent.
    """
    from approvals.entrypoints.http.explanations import explained

    if (file is None) == (submission is None):
        raise click.UsageError("Give a submission as FILE or with --submission.")
    payload = read_json(read_input(file or submission or ""))
    _show(explained(gateway(read_only=True), payload, caller=operator(), timezone=timezone), form)


@click.command("explain")
@APPROVAL
@_manner
def explain_approval(approval_id: str, timezone: str | None, form: str) -> None:
    """Explain the state of an approval, or how it ended.

    Prints the answers that are still needed, what has happened, and what happens if nobody answers.
    """
    from approvals.entrypoints.http.explanations import approval_explanation_of

    made = gateway()
    _show(approval_explanation_of(made, made.approval(approval_id), timezone=timezone), form)


def _show(explanation: Explanation, form: str) -> None:
    from approvals.presentation.explain.text_lines import explanation_lines

    if form == "json":
        show_json(explanation)
        return
    for line in explanation_lines(explanation):
        echo(line)


COMMANDS: tuple[Any, ...] = (explain_approval,)
