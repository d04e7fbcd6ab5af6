"""The command `approvals`: its groups, and the one place where errors become words and exit codes.

Exit codes: 0 done; 1 refused or failed, with the reason; 2 wrong usage; 3 misconfigured.
"""

import sys
from collections.abc import Sequence

import click
from sqlalchemy.exc import DBAPIError

from approvals.adapters.database.engine import unusable
from approvals.domain.model.errors import AlreadySettled, Misconfigured, NotFound
from approvals.domain.problems import ApprovalsError, Invalid
from approvals.entrypoints.cli import actions as cli_actions
from approvals.entrypoints.cli import adapter as cli_adapter
from approvals.entrypoints.cli import approvals as cli_approvals
from approvals.entrypoints.cli import asl as cli_asl
from approvals.entrypoints.cli import directory as cli_directory
from approvals.entrypoints.cli import doctor as cli_doctor
from approvals.entrypoints.cli import explain as cli_explain
from approvals.entrypoints.cli import keys as cli_keys
from approvals.entrypoints.cli import run as cli_run
from approvals.entrypoints.cli import slack as cli_slack
from approvals.entrypoints.cli.context import say
from approvals.presentation.wording import moment

SECTIONS = {
    "Run": (cli_run,),
    "Approvals": (cli_approvals, cli_explain, cli_actions),
    "Set up": (cli_doctor, cli_keys, cli_directory, cli_adapter, cli_asl, cli_slack),
}
WIDEST = 10
"""The longest name of a command, so that the columns of all sections meet."""


class Sections(click.Group):
    """A group that lists its commands by what they are for."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's own
        for title, modules in SECTIONS.items():
            commands = [command for module in modules for command in module.COMMANDS]
            with formatter.section(title):
                rows = [(str(one.name).ljust(WIDEST), one.get_short_help_str(formatter.width)) for one in commands]
                formatter.write_dl(rows)


@click.group(cls=Sections, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="approvals-gateway", prog_name="approvals")
def approvals() -> None:
    """Human approvals for AWS Step Functions.

    Settings are environment variables APPROVALS_*, or lines of approvals.env in this folder.
    """


for modules in SECTIONS.values():
    for module in modules:
        for command in module.COMMANDS:
            approvals.add_command(command)


def main(words: Sequence[str] | None = None) -> None:
    """Runs the command line, or `words`. An error that we foresee is a sentence, not a traceback."""
    try:
        approvals(words, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except Misconfigured as error:
        say(f"The settings are not right:\n{_indented(str(error))}", error=True)
        sys.exit(3)
    except ApprovalsError as error:
        say(_sentence(error), error=True)
        sys.exit(1)
    except DBAPIError as error:
        why = unusable(error)
        if why is None:
            raise
        say(f"The database cannot be used: {why}\n`approvals doctor` says how to mend it.", error=True)
        sys.exit(1)


def _sentence(error: ApprovalsError) -> str:
    match error:
        case Invalid(problems=problems):
            return "This cannot be taken:\n" + "\n".join(f"  {problem}" for problem in problems)
        case NotFound():
            return f"There is no approval {error}."
        case AlreadySettled(approval=approval) if approval.pending:
            return f"Too late: its time was up on {moment(approval.deadline)}."
        case AlreadySettled(approval=approval) if approval.settled_at:
            return f"Too late: the approval was {approval.status} on {moment(approval.settled_at)}."
    return str(error)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
