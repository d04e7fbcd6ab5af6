"""Commands about approvals. They call the same verbs as every other entry point."""

import getpass
from contextlib import suppress
from datetime import datetime
from typing import Any

import click

from approvals.domain.json_reader import read_json
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer, Approval, CallbackState, Reviewer, Status
from approvals.domain.model.errors import Refused, Unreadable
from approvals.domain.model.messages.failing import NOTHING_FAILS
from approvals.domain.model.reasons import NothingToSend
from approvals.domain.model.records import Filter
from approvals.domain.problems import Invalid
from approvals.entrypoints.api.schemas import view
from approvals.entrypoints.cli.context import echo, gateway, read_input, show_json
from approvals.entrypoints.intake import submission_reader
from approvals.flows.gateway import Gateway
from approvals.presentation.lists import listed
from approvals.presentation.messages.failing import failing_sentences
from approvals.presentation.spans import relative

APPROVAL = click.argument("approval_id", metavar="APPROVAL")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
def submit(file: str) -> None:
    """Submit FILE as a workflow would, and print the approval's id.

    FILE is JSON; - reads standard input.
    """
    made = gateway()
    submission = submission_reader.submission(read_json(read_input(file)))
    submitted = made.submit(submission, caller=operator())
    echo(submitted.approval_id)
    for one in submission.adjustments:
        echo(f"Adjusted: {one.field} {one.reason}.", error=True)
    if not submitted.created:
        echo("This task token was submitted before; nobody was asked again.", error=True)


@click.command("list")
@click.option("--status", type=click.Choice([str(status) for status in Status]), help="Only those.")
@click.option("--reviewer", help="Only approvals with this reviewer.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def list_(status: str | None, reviewer: str | None, limit: int) -> None:
    """List approvals, newest first."""
    made = gateway()
    found = made.find(Filter(status=status, reviewers=(reviewer,) if reviewer else (), limit=limit))
    failing = made.failing([approval.id for approval in found], each=1)
    for approval in found:
        echo(f"{approval.id}  {approval.status:<10}  {_state(approval, made.now()):<22}  {approval.content.title}")
        for sentence in failing_sentences(approval, failing.get(approval.id, NOTHING_FAILS)):
            echo(f"    {sentence}")
    if not found:
        echo("No approvals found.", error=True)


@click.command()
@APPROVAL
@click.option("--notes", is_flag=True, help="Print the audit trail instead.")
def show(approval_id: str, notes: bool) -> None:
    """Print an approval as JSON."""
    made = gateway()
    if notes:
        with suppress(Unreadable):  # its trail may be readable all the same
            made.approval(approval_id)
        show_json(made.audit(approval_id))
        return
    show_json(view(made.approval(approval_id), sensitive=True, failing=made.failing_of(approval_id)))


@click.command()
@APPROVAL
@click.option("--as", "reviewer", required=True, metavar="REVIEWER", help="The reviewer you answer for.")
@click.option("--option", required=True, help="The id of the option, such as approve or reject.")
@click.option("--comment", default="")
@click.option("--form", default="{}", help="Answers to the form, as a JSON object.")
@click.option("--confirm", "confirmation", default="", help="The option's label, required at high risk.")
def decide(approval_id: str, reviewer: str, option: str, comment: str, form: str, confirmation: str) -> None:
    """Record an answer on behalf of a reviewer, who is told at once.

    Everybody reads that it was you.
    """
    made = gateway()
    person = reviewer_of(made.approval(approval_id), reviewer)
    filled = read_json(form)
    if not isinstance(filled, dict):
        raise Invalid.at("form", "must be a JSON object")
    answer = Answer(option=option, comment=comment, form=filled, confirmation=confirmation)
    decided = made.decide(
        approval_id, reviewer=person.number, answer=answer, assurance="operator",
        actor=Actor(via="command", id=operator(), facts={"operator": operator()}),
    )  # fmt: skip
    _say(made, decided.approval)


@click.command()
@APPROVAL
@click.option("--reason", required=True, help="Shown to the workflow and the reviewers.")
def cancel(approval_id: str, reason: str) -> None:
    """Cancel an approval without a decision.

    The workflow gets Approval.Cancelled.
    """
    made = gateway()
    _say(made, made.cancel(approval_id, actor=operator(), reason=reason).approval)


@click.command()
@APPROVAL
def redeliver(approval_id: str) -> None:
    """Send the callback again now.

    Works for a callback that failed, is unconfirmed, or waits for its next attempt.
    """
    made = gateway()
    if made.redeliver(approval_id, actor=operator()):
        echo("Queued. The worker sends it at once, or else the next tick does.")
        return
    callback = made.approval(approval_id).callback
    raise Refused(NothingToSend(callback))


def operator() -> str:
    return f"command:{getpass.getuser()}"


def reviewer_of(approval: Approval, reference: str) -> Reviewer:
    reviewer = approval.reviewer(reference)
    if reviewer:
        return reviewer
    known = listed([reviewer.id for reviewer in approval.reviewers], cut=99)
    raise Invalid.at("reviewer", f"“{reference}” is not among the reviewers: {known}")


def _say(made: Gateway, approval: Approval) -> None:
    """Print how the approval settled, and why its callback was not delivered, if it was not."""
    echo(f"{approval.status}; callback: {approval.callback}")
    if not approval.pending and approval.callback is not CallbackState.DELIVERED:
        for sentence in failing_sentences(approval, made.failing_of(approval.id)):
            echo(sentence, error=True)


def _state(approval: Approval, now: datetime) -> str:
    """Return the time left, or the state of the callback."""
    return relative(approval.deadline - now) if approval.pending else str(approval.callback)


COMMANDS: tuple[Any, ...] = (submit, list_, show, decide, cancel, redeliver)
