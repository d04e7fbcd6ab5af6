"""Commands about Slack. A preview sends nothing and keeps nothing."""

from datetime import datetime
from typing import Any, Literal

import click
import msgspec

from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.json_reader import read_json
from approvals.domain.lifecycle.open import open_approval
from approvals.domain.lifecycle.schedule import advance
from approvals.domain.lifecycle.settle import settle
from approvals.domain.model.approval import Approval, CallbackState, Decision, Note, Reviewer, Status
from approvals.domain.model.messages import Event
from approvals.entrypoints.cli.context import gateway, read_input, show_json
from approvals.entrypoints.cli_slack_manifest import manifest
from approvals.entrypoints.http.explanations import Draft
from approvals.entrypoints.intake.submission_reader import submission_of

SAMPLE_LINK = "/r/preview"
_ANYHOW = Reach(channels=frozenset({"mail", "slack"}), assurance="signin")
"""A preview is for before Slack is set up, too."""


@click.group()
def slack() -> None:
    """Slack: setting it up, and what its messages look like."""


@slack.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--event", type=click.Choice(["asked", "reminded", "escalated", "settled"]), default="asked", show_default=True
)
@click.option("--to", type=click.Choice(["dm", "channel"]), default="dm", show_default=True)
def preview(file: str, event: Event, to: Literal["dm", "channel"]) -> None:
    """Prints the blocks of a message as JSON.

    As Block Kit Builder takes them. FILE holds a submission as JSON (- for standard input); it needs no task token,
    and nothing is sent.
    """
    from approvals.adapters.slack.blocks.message import message

    made = gateway(looking=True)
    submission = submission_of(Draft, read_json(read_input(file)))
    opened = open_approval(
        submission, approval_id="preview", callback_id="preview", caller="preview", directory=made.directory,
        terms=msgspec.structs.replace(made.terms, reach=_ANYHOW), now=made.clock(),
    )  # fmt: skip
    approval = _at(opened.approval, event, directory=made.directory)
    person = _addressee(approval, event) if to == "dm" else None
    link = f"{made.public_url}{SAMPLE_LINK}" if person else None
    show_json({"blocks": message(approval, event=event, reviewer=person, link=link).blocks})


def _addressee(approval: Approval, event: Event) -> Reviewer:
    """Somebody who may answer; after an escalation, of those who were asked by it."""
    may = approval.eligible or approval.reviewers
    return next((r for r in may if r.joins and event == "escalated"), may[0])


def _at(approval: Approval, event: Event, *, directory: Directory) -> Approval:
    """The approval as it would be at this event."""
    match event:
        case "escalated":
            return _escalated(approval, directory)
        case "settled":
            return _settled(approval, approval.created_at)
    return approval


def _escalated(approval: Approval, directory: Directory) -> Approval:
    """After its first escalation, where it has one before time is up."""
    after = approval
    while after.escalated == 0 and after.next_action_at and after.next_action_at < after.deadline:
        change = advance(after, after.next_action_at, directory=directory, reach=_ANYHOW)
        if change is None:
            break
        after = change.approval
    return after


def _settled(approval: Approval, now: datetime) -> Approval:
    """Approved by the first of those who are asked, and told to the workflow."""
    option = next(option for option in approval.content.options if option.side == "approve")
    decision = Decision(
        reviewer=approval.reviewers[0].number, stage=0, option=option.id, side=option.side, comment="", at=now,
        via="slack", assurance="slack", content_sha256=approval.content_sha256,
    )  # fmt: skip
    decided = msgspec.structs.replace(approval, decisions=(decision,))
    note = Note(event="decided", at=now, actor="preview")
    change = settle(decided, status=Status.APPROVED, option=option.id, now=now, note=note, decision=decision)
    return msgspec.structs.replace(change.approval, callback=CallbackState.DELIVERED)


slack.add_command(manifest)
COMMANDS: tuple[Any, ...] = (slack,)
