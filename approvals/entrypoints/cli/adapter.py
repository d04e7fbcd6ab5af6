"""Commands about adapters: what one makes of a payload, and what its workflow would get. Nothing is kept or sent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from approvals import wiring
from approvals.adapters.directory.file import DirectoryFile, line_of, parse_directory_file
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.json_reader import read_json
from approvals.domain.lifecycle.open import Terms, open_approval
from approvals.domain.lifecycle.settle import cancel, expire, settle
from approvals.domain.model.approval import Approval, Decision, Note, Status
from approvals.domain.model.errors import Misconfigured
from approvals.domain.model.messages.outgoing import Callback
from approvals.domain.model.payload_adapter import MASK, Door, Source, adapt, matching
from approvals.domain.model.policy import simple_policy
from approvals.domain.model.submission import Option, Submission
from approvals.domain.problems import Invalid, Problem
from approvals.entrypoints.cli.context import read_input, say, show_json
from approvals.entrypoints.intake import aws_events as events
from approvals.entrypoints.intake import submission_reader as envelopes

SAMPLE = "sample.reviewer@example.com"
DOORS: dict[str, Door] = {
    "queue": "sqs", "topic": "sns", "event_source": "events", "function": "lambda", "activity": "activity"
}  # fmt: skip
_ANYHOW = Terms(reach=Reach(channels=frozenset({"mail", "slack"}), assurance="signin"))


@click.group()
def adapter() -> None:
    """Adapters, for workflows as they are."""


@adapter.command("try")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.argument("payload", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--queue", default="", metavar="NAME", help="It comes by this SQS queue.")
@click.option("--topic", default="", metavar="NAME", help="It comes by this SNS topic.")
@click.option("--event-source", default="", metavar="NAME", help="It is the detail of an event with this source.")
@click.option("--function", default="", metavar="NAME", help="It comes by a direct invocation.")
@click.option("--activity", default="", metavar="NAME", help="It comes by this Activity.")
@click.option("--http", is_flag=True, help="It comes by the API.")
@click.option("--state-machine", default="", metavar="ARN", help="Where the payload does not say it.")
def try_(file: str, payload: str, state_machine: str, *, http: bool, **names: str) -> None:
    """Shows what an adapter of FILE makes of PAYLOAD.

    Which one reads it, the submission, and every answer. PAYLOAD is JSON; - for standard input. An envelope of SNS
    or EventBridge is opened first. Exit code 1 where the payload could not be taken.
    """
    text = Path(file).read_text(encoding="utf-8")
    found = _directory(text, file)
    door, name = next(((DOORS[option], name) for option, name in names.items() if name), ("sqs", ""))
    source = Source(door="http" if http else door, name=name, state_machine=state_machine)
    try:
        _try(file, text, found, _arrived(read_json(read_input(payload)), source))
    except Invalid as error:
        raise Invalid(_placed(problem, file, text) for problem in error.problems) from None


def _directory(text: str, file: str) -> DirectoryFile:
    try:
        return parse_directory_file(text, name=file)
    except Misconfigured as error:
        raise _Wrong(f"{file} is not right:\n{error}") from None


class _Wrong(click.ClickException):
    """A file that is not that of the settings, though as wrong as they could be."""

    exit_code = 3


def _arrived(payload: Any, source: Source) -> events.Arrived:
    event = events.event(payload, source=source)
    if not isinstance(event, events.Arrived):
        raise Invalid.at("", "is an event of AWS that asks for nothing")
    return event


def _try(file: str, text: str, found: DirectoryFile, arrived: events.Arrived) -> None:
    match = matching(arrived.payload, source=arrived.source, adapters=found.adapters)
    if match is None:
        say("No adapter is meant for it; it is read as our own shape.")
    else:
        say(f"adapters[{match[0]}] reads it ({file}:{line_of(text, f'adapters[{match[0]}]')}).")
    written = adapt(arrived.payload, source=arrived.source, adapters=found.adapters)
    submission = envelopes.submission(written)
    opened = _opened(submission, found)
    say("\nThe submission:")
    show_json({**msgspec.to_builtins(msgspec.structs.replace(submission, answers=None)), "taskToken": MASK})
    say("\nWhat the workflow gets:")
    for said, callback in _answers(opened):
        say(f"  {said}: {_shown(callback)}")


def _opened(submission: Submission, found: DirectoryFile) -> Approval:
    """As it would be, but answered by a sample reviewer. Raises Invalid, also for the policy that it names."""
    entered = submission.state.entered_time if submission.state else None
    more: dict[str, Any] = {
        "approval_id": "sample", "callback_id": "sample-callback", "caller": "adapter try", "terms": _ANYHOW,
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
    """Settled by the sample reviewer, whatever comment or form the option would ask for."""
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


def _placed(problem: Problem, file: str, text: str) -> Problem:
    """A fault of the file with its line; one of the payload as it is."""
    if not problem.path.startswith("adapters["):
        return problem
    return Problem(f"{file}:{line_of(text, problem.path)}: {problem.path}", problem.message)


COMMANDS: tuple[Any, ...] = (adapter,)
