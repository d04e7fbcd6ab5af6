"""The command `approvals`: its groups, and the messages and exit codes of errors.

Exit codes: 0 success; 1 refused or failed, with the reason; 2 wrong usage; 3 misconfigured.
"""

import sys
from collections.abc import Sequence

import click
from sqlalchemy.exc import DBAPIError

from approvals.adapters.database.errors import unusable
from approvals.domain.model.errors import Misconfigured, NotArchived, Unavailable
from approvals.domain.problems import ApprovalsError, Invalid
from approvals.entrypoints.cli import actions, adapter, approvals, asl, directory, doctor, explain, keys, run, slack
from approvals.entrypoints.cli.context import echo
from approvals.presentation.refusals import error_sentence

SECTIONS = {
    "Run": (run,),
    "Approvals": (approvals, explain, actions),
    "Set up": (doctor, keys, directory, adapter, asl, slack),
}
WIDEST = 10
"""The length of the longest command, so that the columns of all sections align."""


CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Sections(click.Group):
    """A group that lists its commands in sections."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's own
        for title, modules in SECTIONS.items():
            commands = [command for module in modules for command in module.COMMANDS]
            with formatter.section(title):
                rows = [(str(one.name).ljust(WIDEST), one.get_short_help_str(formatter.width)) for one in commands]
                formatter.write_dl(rows)


@click.group("approvals", cls=Sections, context_settings=CONTEXT)
@click.version_option(package_name="approvals-gateway", prog_name="approvals")
def command_line() -> None:
    """Human approvals for AWS Step Functions.

    Settings are environment variables APPROVALS_*, or lines in approvals.env in this folder.
    """


for modules in SECTIONS.values():
    for module in modules:
        for command in module.COMMANDS:
            command_line.add_command(command)


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line, or `words`. Expected errors print a sentence instead of a traceback."""
    try:
        command_line(words, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except Misconfigured as error:
        echo(f"The settings are not valid:\n{_indented(str(error))}", error=True)
        sys.exit(3)
    except ApprovalsError as error:
        echo(_sentence(error), error=True)
        sys.exit(1)
    except DBAPIError as error:  # of the migrations, which open their own connection
        why = unusable(error)
        if why is None:
            raise
        echo(_sentence(Unavailable(why)), error=True)
        sys.exit(1)


def _sentence(error: ApprovalsError) -> str:
    match error:
        case Invalid(shown=problems):
            return "The input is not valid:\n" + "\n".join(f"  {problem}" for problem in problems)
        case Unavailable(reason=reason):
            return f"The database cannot be used: {reason}\nRun `approvals doctor` to see how to fix it."
        case NotArchived(reason=reason):
            return f"Approvals are not purged until they can be archived: {reason}"
    return error_sentence(error)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
