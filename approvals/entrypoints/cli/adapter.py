"""Commands about payload adapters. They store nothing and send nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from approvals import wiring
from approvals.adapters.directory.file import DirectoryFile, line_of, parse_directory_file
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.json_reader import read_json
from approvals.domain.lifecycle.open import Deployment, open_approval
from approvals.domain.lifecycle.settle import cancel, expire, settle
from approvals.domain.model.approval import Approval, Decision, Note, Status
from approvals.domain.model.errors import Misconfigured
from approvals.domain.model.messages.outgoing import Callback
from approvals.domain.model.payload_adapter import MASK, EntryPoint, Source, adapt, matching
from approvals.domain.model.policy import simple_policy
from approvals.domain.model.submission import Option, Submission
from approvals.domain.problems import Invalid, Problem
from approvals.entrypoints.cli.context import echo, read_input, show_json
from approvals.entrypoints.intake import aws_events, submission_reader

SAMPLE = "sample.reviewer@example.com"
DOORS: dict[str, EntryPoint] = {
    "queue": "sqs", "topic": "sns", "event_source": "events", "function": "lambda", "activity": "activity"
}  # fmt: skip
_ANY_CHANNEL = Deployment(reach=Reach(channels=frozenset({"mail", "slack"}), assurance="signin"))


@click.group()
def adapter() -> None:
    """Adapters: read payloads of existing workflows."""


@adapter.command("try")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.argument("payload", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--queue", default="", metavar="NAME", help="Treat PAYLOAD as received from this SQS queue.")
@click.option("--topic", default="", metavar="NAME", help="Treat PAYLOAD as received from this SNS topic.")
@click.option(
    "--event-source",
    default="",
    metavar="NAME",
    help="Treat PAYLOAD as an event of this source.",
)
@click.option("--function", default="", metavar="NAME", help="Treat PAYLOAD as a direct Lambda invocation.")
@click.option("--activity", default="", metavar="NAME", help="Treat PAYLOAD as a task of this Activity.")
@click.option("--http", is_flag=True, help="Treat PAYLOAD as received by the HTTP API.")
@click.option("--state-machine", default="", metavar="ARN", help="The state machine, if PAYLOAD does not name it.")
def try_(file: str, payload: str, state_machine: str, *, http: bool, **names: str) -> None:
    """Show how the adapters in FILE read PAYLOAD.

    Prints the adapter that matches, the submission, and the callback for each outcome. PAYLOAD is JSON; - reads
    standard input. SNS and EventBridge envelopes are unwrapped first. Exits with 1 if the payload would be refused.
    """
    text = Path(file).read_text(encoding="utf-8")
    found = _directory(text, file)
    door, name = next(((DOORS[option], name) for option, name in names.items() if name), ("sqs", ""))
    source = Source(door="http" if http else door, name=name, state_machine=state_machine)
    try:
        _try(file, text, found, _unwrapped(read_json(read_input(payload)), source))
    except Invalid as error:
        raise Invalid(_with_line(problem, file, text) for problem in error.problems) from None


def _directory(text: str, file: str) -> DirectoryFile:
    try:
        return parse_directory_file(text, name=file)
    except Misconfigured as error:
        raise _InvalidFile(f"{file} is not valid:\n{error}") from None


class _InvalidFile(click.ClickException):
    """An invalid directory FILE; the settings are not involved, but the exit code is theirs."""

    exit_code = 3


def _unwrapped(payload: Any, source: Source) -> aws_events.ReceivedPayload:
    event = aws_events.event(payload, source=source)
    if not isinstance(event, aws_events.ReceivedPayload):
        raise Invalid.at("", "is an AWS event that submits nothing")
    return event


def _try(file: str, text: str, found: DirectoryFile, arrived: aws_events.ReceivedPayload) -> None:
    match = matching(arrived.payload, source=arrived.source, adapters=found.adapters)
    if match is None:
        echo("No adapter matches; the payload is read as a submission.")
    else:
        echo(f"adapters[{match[0]}] reads it ({file}:{line_of(text, f'adapters[{match[0]}]')}).")
    written = adapt(arrived.payload, source=arrived.source, adapters=found.adapters)
    submission = submission_reader.submission(written)
    opened = _opened(submission, found)
    echo("\nThe submission:")
    show_json({**msgspec.to_builtins(msgspec.structs.replace(submission, answers=None)), "taskToken": MASK})
    echo("\nThe workflow gets:")
    for said, callback in _answers(opened):
        echo(f"  {said}: {_shown(callback)}")


def _opened(submission: Submission, found: DirectoryFile) -> Approval:
    """Return the approval opened with a sample reviewer. Raises Invalid, also for an unknown policy."""
    entered = submission.state.entered_time if submission.state else None
    more: dict[str, Any] = {
        "approval_id": "sample", "callback_id": "sample-callback", "caller": "adapter try", "deployment": _ANY_CHANNEL,
        "now": entered or wiring.system_clock(), "directory": found.directory,
    }  # fmt: skip
    opened = open_approval(submission, **more).approval
    policy = msgspec.structs.replace(simple_policy((SAMPLE,)), on_reject=opened.policy.on_reject)
    sample = msgspec.structs.replace(submission, policy=policy, reviewers=None, need=1)
    return open_approval(sample, **more).approval


def _answers(approval: Approval) -> Iterator[tuple[str, Callback]]:
    for option in approval.content.options:
        yield f"{option.label} ({option.side})", _decided(approval, option)
    [late, *_] = expire(approval, approval.deadline).messages
    [gone, *_] = cancel(approval, actor="sample", reason="a reason", now=approval.created_at).messages
    for said, message in (("Time is up", late), ("Cancelled", gone)):
        if isinstance(message, Callback):
            yield said, message


def _decided(approval: Approval, option: Option) -> Callback:
    """Return the approval settled by the sample reviewer, without the comment or form the option may require."""
    now = approval.created_at
    decision = Decision(
        reviewer=0, stage=0, option=option.id, side=option.side, comment="a comment", at=now,
        via="link", assurance="link", content_sha256=approval.content_sha256,
    )  # fmt: skip
    status = Status.APPROVED if option.side == "approve" else Status.REJECTED
    change = settle(
        msgspec.structs.replace(approval, decisions=(decision,)), status=status, option=option.id, now=now,
        note=Note(event="decided", at=now, actor=SAMPLE), decision=decision,
    )  # fmt: skip
    return next(message for message in change.messages if isinstance(message, Callback))


def _shown(callback: Callback) -> str:
    if callback.output is not None:
        return f"success {callback.output}"
    return f"failure {callback.error}: {callback.cause}"


def _with_line(problem: Problem, file: str, text: str) -> Problem:
    """Return the problem with its line, if it is in the file; a problem in the payload has none."""
    if not problem.path.startswith("adapters["):
        return problem
    return Problem(f"{file}:{line_of(text, problem.path)}: {problem.path}", problem.message)


COMMANDS: tuple[Any, ...] = (adapter,)
