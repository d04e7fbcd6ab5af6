"""Commands about Slack. A preview sends nothing and keeps nothing."""

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
from approvals.domain.model.messages.topics import Event
from approvals.entrypoints.cli.context import gateway, read_input, say, show_json
from approvals.entrypoints.http.explanations import Draft
from approvals.entrypoints.intake.submission_reader import submission_of
from approvals.entrypoints.slack.manifest import NAME, NAME_LENGTH, app_manifest

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
        terms=msgspec.structs.replace(made.terms, reach=_ANYHOW), now=made.now(),
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
        change = advance(after, after.next_action_at, people=People(directory=directory, reach=_ANYHOW))
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


_HOST_AND_PATH = re.compile(r"https://[A-Za-z0-9.:\[\]-]+(?:/[^\s?#]*)?")


@click.command()
@click.option("--url", help="Where Slack reaches the gateway: APPROVALS_PUBLIC_URL. Not with --socket-mode.")
@click.option("--socket-mode", is_flag=True, help="Without a public address: the worker asks Slack.")
@click.option("--name", default=NAME, show_default=True, help="What the app is called in Slack.")
@click.option("--match-email", is_flag=True, help="For APPROVALS_SLACK_MATCH_EMAIL=true: one more scope.")
@click.option("--format", "form", type=click.Choice(["json", "yaml"]), default="json", show_default=True)
def manifest(
    *, url: str | None, socket_mode: bool, name: str, match_email: bool, form: Literal["json", "yaml"]
) -> None:
    """Prints the manifest of the app.

    Paste it at api.slack.com/apps, Create New App, From a manifest.
    """
    if bool(url) == socket_mode:
        raise click.UsageError("give --url https://… or --socket-mode, and only one of them")
    if url and not url.startswith("https://"):
        raise click.BadParameter("must be https://…: Slack calls nothing else", param_hint="--url")
    if url and not _is_address(url):
        raise click.BadParameter("must be an address such as https://approvals.example.com", param_hint="--url")
    if not name.strip() or len(name) > NAME_LENGTH:
        raise click.BadParameter(f"must have 1 to {NAME_LENGTH} characters", param_hint="--name")
    made = app_manifest(url, name=name, match_email=match_email)
    if form == "json":
        show_json(made)
        return
    import yaml

    say(yaml.safe_dump(made, sort_keys=False, allow_unicode=True).rstrip())


def _is_address(url: str) -> bool:
    """A host, maybe with a port and a path, and nothing else."""
    try:
        parts = urlsplit(url)
        return bool(_HOST_AND_PATH.fullmatch(url) and parts.hostname and parts.port != 0)
    except ValueError:  # of urlsplit, or of the port
        return False


slack.add_command(manifest)
COMMANDS: tuple[Any, ...] = (slack,)
