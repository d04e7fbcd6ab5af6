"""Commands for actions: claim, extend, reassign, nudge, ask, reply, withdraw."""

from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Approval
from approvals.domain.model.submission import AwareDatetime
from approvals.domain.problems import Invalid
from approvals.domain.values import duration
from approvals.entrypoints.cli.approvals import APPROVAL, operator, reviewer_of
from approvals.entrypoints.cli.context import echo, gateway
from approvals.presentation.lists import listed
from approvals.presentation.moments import moment

AS = click.option("--as", "reviewer", required=True, metavar="REVIEWER", help="The reviewer you act for.")


@click.command()
@APPROVAL
@AS
@click.option("--release", is_flag=True, help="Release the claim.")
def claim(approval_id: str, reviewer: str, release: bool) -> None:
    """Show the others that a reviewer is working on the approval.

    The other reviewers can still answer.
    """
    made = gateway()
    person = reviewer_of(made.approval(approval_id), reviewer)
    done = made.claim(approval_id, reviewer=person.number, release=release, actor=_actor())
    said = "has released the claim" if release else "has claimed the approval"
    echo(f"{person.name} {said}." if done.changed else "Nothing changed: that is already the case.")


@click.command()
@APPROVAL
@click.option("--by", metavar="DURATION", help="Time to add to the current deadline, such as 30m, 4h or 1d.")
@click.option("--until", metavar="MOMENT", help="The new deadline, such as 2026-03-02T18:00:00Z.")
def extend(approval_id: str, by: str | None, until: str | None) -> None:
    """Move the deadline, at most to the time-out of the waiting state."""
    if (by is None) == (until is None):
        raise click.UsageError("Give either --by or --until.")
    made = gateway()
    end = _later(made.approval(approval_id), by) if by is not None else _moment(until or "")
    done = made.extend(approval_id, until=end, actor=_actor())
    echo(f"Open until {moment(done.approval.deadline)}.")


@click.command()
@APPROVAL
@click.option("--from", "giver", required=True, metavar="REVIEWER", help="The reviewer whose seat is reassigned.")
@click.option(
    "--to",
    required=True,
    metavar="PERSON",
    help="The new reviewer: a known name, an e-mail address or slack:U…",
)
def reassign(approval_id: str, giver: str, to: str) -> None:
    """Reassign a reviewer's seat to another person.

    Anyone but the requester can take it. The new reviewer is notified.
    """
    made = gateway()
    person = reviewer_of(made.approval(approval_id), giver)
    done = made.reassign(approval_id, reviewer=person.number, to=to, actor=_actor(), operator=True).approval
    takers = [reviewer.name for reviewer in done.reviewers if person.number in reviewer.instead_of]
    echo(f"Reassigned from {person.name} to {listed(takers)}.")


@click.command("nudge")
@APPROVAL
def remind_now(approval_id: str) -> None:
    """Remind the reviewers who have not answered; at most once an hour."""
    made = gateway()
    done = made.remind_now(approval_id, actor=_actor())
    [note] = [note for note in made.audit(done.approval.id) if note.event == "nudged"][-1:]
    echo(f"Reminded: {listed(note.facts['reviewers'], cut=99)}.")


@click.command()
@APPROVAL
@AS
@click.argument("text")
def ask(approval_id: str, reviewer: str, text: str) -> None:
    """Ask the requester a question: TEXT."""
    made = gateway()
    person = reviewer_of(made.approval(approval_id), reviewer)
    done = made.ask_question(approval_id, reviewer=person.number, text=text, actor=_actor())
    number = len(done.approval.actions.questions) - 1
    echo(f"Question {number} was sent. To reply: approvals reply {approval_id} --question {number} TEXT")


@click.command()
@APPROVAL
@click.argument("text")
@click.option(
    "--question",
    "--inquiry",
    "question",
    type=click.IntRange(0),
    help="The question's number, unless only one is open.",
)
def reply(approval_id: str, text: str, question: int | None) -> None:
    """Reply to a question: TEXT. The reviewer who asked it is notified."""
    made = gateway()
    number = _open_question(made.approval(approval_id)) if question is None else question
    made.reply(approval_id, question=number, text=text, actor=_actor())
    echo("The reply was recorded.")


@click.command()
@APPROVAL
@click.option("--reason", default="", help="Shown to the workflow and the reviewers.")
def withdraw(approval_id: str, reason: str) -> None:
    """Withdraw an approval for its requester.

    The workflow gets Approval.Cancelled.
    """
    withdrawn = gateway().withdraw(approval_id, actor=_actor(), reason=reason).approval
    echo(f"{withdrawn.status}; callback: {withdrawn.callback}")


def _actor() -> Actor:
    return Actor(via="command", id=operator(), facts={"operator": operator()})


def _later(approval: Approval, by: str) -> datetime:
    try:
        return approval.deadline + duration(by)
    except ValueError as error:
        raise Invalid.at("by", str(error)) from None


def _moment(text: str) -> datetime:
    try:
        return msgspec.convert(text, AwareDatetime).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise Invalid.at("until", "must be a date and time with an offset, such as 2026-03-02T18:00:00Z") from None


def _open_question(approval: Approval) -> int:
    waiting = [number for number, one in enumerate(approval.actions.questions) if not one.reply]
    if len(waiting) == 1:
        return waiting[0]
    if not waiting:
        raise Invalid.at("question", "the approval has no open question")
    raise Invalid.at("question", f"choose one with --question; these are open: {listed([*map(str, waiting)], cut=99)}")


COMMANDS: tuple[Any, ...] = (claim, extend, reassign, remind_now, ask, reply, withdraw)
