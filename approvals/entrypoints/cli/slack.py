"""Commands about Slack: the app's manifest, and previews, which store and send nothing."""

import re
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import click
import msgspec

from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.policy_members import People, Reach
from approvals.domain.json_reader import read_json
from approvals.domain.lifecycle.open import open_approval
from approvals.domain.lifecycle.schedule import advance
from approvals.domain.lifecycle.settle import settle
from approvals.domain.model.approval import Approval, CallbackState, Decision, Note, Reviewer, Status
from approvals.domain.model.messages.topics import EventName
from approvals.entrypoints.cli.context import echo, gateway, read_input, show_json
from approvals.entrypoints.http.explanations import Draft
from approvals.entrypoints.intake.submission_reader import submission_of
from approvals.entrypoints.slack.manifest import NAME, NAME_LENGTH, app_manifest

SAMPLE_LINK = "/r/preview"
_ANY_CHANNEL = Reach(channels=frozenset({"mail", "slack"}), assurance="signin")
"""A preview has to work before Slack is set up."""


@click.group()
def slack() -> None:
    """Set up Slack, and preview its messages."""


@slack.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--event", type=click.Choice(["asked", "reminded", "escalated", "settled"]), default="asked", show_default=True
)
@click.option("--to", type=click.Choice(["dm", "channel"]), default="dm", show_default=True)
def preview(file: str, event: EventName, to: Literal["dm", "channel"]) -> None:
    """Print the blocks of a message as JSON, for Block Kit Builder.

    FILE contains a submission as JSON; - reads standard input. It needs no task token, and nothing is sent.
    """
    from approvals.adapters.slack.blocks.message import message

    made = gateway(read_only=True)
    submission = submission_of(Draft, read_json(read_input(file)))
    opened = open_approval(
        submission, approval_id="preview", callback_id="preview", caller="preview", directory=made.directory,
        deployment=msgspec.structs.replace(made.deployment, reach=_ANY_CHANNEL), now=made.now(),
    )  # fmt: skip
    approval = _at(opened.approval, event, directory=made.directory)
    person = _addressee(approval, event) if to == "dm" else None
    link = f"{made.public_url}{SAMPLE_LINK}" if person else None
    show_json({"blocks": message(approval, event=event, reviewer=person, link=link).blocks})


def _addressee(approval: Approval, event: EventName) -> Reviewer:
    """Return an eligible reviewer, preferably one who joined by the escalation."""
    may = approval.eligible or approval.reviewers
    return next((r for r in may if r.joins and event == "escalated"), may[0])


def _at(approval: Approval, event: EventName, *, directory: Directory) -> Approval:
    """Return the approval as of this event."""
    match event:
        case "escalated":
            return _escalated(approval, directory)
        case "settled":
            return _settled(approval, approval.created_at)
    return approval


def _escalated(approval: Approval, directory: Directory) -> Approval:
    """Return the approval after its first escalation, if one is due before the deadline."""
    after = approval
    while after.escalated == 0 and after.next_action_at and after.next_action_at < after.deadline:
        change = advance(after, after.next_action_at, people=People(directory=directory, reach=_ANY_CHANNEL))
        if change is None:
            break
        after = change.approval
    return after


def _settled(approval: Approval, now: datetime) -> Approval:
    """Return the approval approved by its first reviewer, with the callback delivered."""
    option = next(option for option in approval.content.options if option.side == "approve")
    decision = Decision(
        reviewer=approval.reviewers[0].number, stage=0, option=option.id, side=option.side, comment="", at=now,
        via="slack", assurance="slack", content_sha256=approval.content_sha256,
    )  # fmt: skip
    decided = msgspec.structs.replace(approval, decisions=(decision,))
    note = Note(event="decided", at=now, actor="preview")
    change = settle(decided, status=Status.APPROVED, option=option.id, now=now, note=note, decision=decision)
    return msgspec.structs.replace(change.approval, callback=CallbackState.DELIVERED)


_HOST_AND_PATH = re.compile(r"https://[A-Za-z0-9.:\[\]-]+(?:/[^\s?#]*)?")


@click.command()
@click.option("--url", help="Where Slack reaches the gateway: APPROVALS_PUBLIC_URL. Not with --socket-mode.")
@click.option("--socket-mode", is_flag=True, help="Without a public address: the worker connects to Slack.")
@click.option("--name", default=NAME, show_default=True, help="The name of the app in Slack.")
@click.option("--match-email", is_flag=True, help="Add the scope that APPROVALS_SLACK_MATCH_EMAIL=true needs.")
@click.option("--format", "form", type=click.Choice(["json", "yaml"]), default="json", show_default=True)
def manifest(
    *, url: str | None, socket_mode: bool, name: str, match_email: bool, form: Literal["json", "yaml"]
) -> None:
    """Print the manifest of the Slack app.

    Paste it at api.slack.com/apps, Create New App, From a manifest.
    """
    if bool(url) == socket_mode:
        raise click.UsageError("give --url https://… or --socket-mode, and only one of them")
    if url and not url.startswith("https://"):
        raise click.BadParameter("must begin with https://, because Slack calls no other addresses", param_hint="--url")
    if url and not _is_address(url):
        raise click.BadParameter("must be an address such as https://approvals.example.com", param_hint="--url")
    if not name.strip() or len(name) > NAME_LENGTH:
        raise click.BadParameter(f"must have 1 to {NAME_LENGTH} characters", param_hint="--name")
    made = app_manifest(url, name=name, match_email=match_email)
    if form == "json":
        show_json(made)
        return
    import yaml

    echo(yaml.safe_dump(made, sort_keys=False, allow_unicode=True).rstrip())


def _is_address(url: str) -> bool:
    """Return whether the URL has a host, an optional port and path, and nothing else."""
    try:
        parts = urlsplit(url)
        return bool(_HOST_AND_PATH.fullmatch(url) and parts.hostname and parts.port != 0)
    except ValueError:  # urlsplit refuses the address, or `parts.port` refuses the port
        return False


slack.add_command(manifest)
COMMANDS: tuple[Any, ...] = (slack,)
