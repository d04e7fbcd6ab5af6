"""Commands for actions: claim, extend, reassign, nudge, ask, reply, withdraw."""

from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from approvals.domain.model.approval import Approval
from approvals.domain.problems import Invalid
from approvals.domain.values import duration
from approvals.entrypoints.api.actions.schemas import Time
from approvals.entrypoints.cli.approvals import APPROVAL, operator, reviewer_of
from approvals.entrypoints.cli.context import gateway, say
from approvals.presentation.wording import moment

AS = click.option("--as", "reviewer", required=True, metavar="REVIEWER", help="The reviewer you do this for.")


@click.command()
@APPROVAL
@AS
@click.option("--release", is_flag=True, help="They are no longer looking at it.")
def claim(approval_id: str, reviewer: str, release: bool) -> None:
    """Says that a reviewer is looking at it.

    The others may answer all the same.
    """
    made = gateway()
    person = reviewer_of(made.approval(approval_id), reviewer)
    done = made.claim(approval_id, reviewer=person.number, release=release, facts=_by())
    said = "no longer looks at it" if release else "is looking at it"
    say(f"{person.name} {said}." if done.changed else "Nothing to change: that is so already.")


@click.command()
@APPROVAL
@click.option("--by", metavar="DURATION", help="From the deadline as it stands, such as 30m, 4h or 1d.")
@click.option("--until", metavar="MOMENT", help="Such as 2026-03-02T18:00:00Z.")
def extend(approval_id: str, by: str | None, until: str | None) -> None:
    """Moves the deadline, at most to when the state itself gives up."""
    if (by is None) == (until is None):
        raise click.UsageError("Give either --by or --until.")
    made = gateway()
    end = _later(made.approval(approval_id), by) if by is not None else _moment(until or "")
    done = made.extend(approval_id, until=end, actor=operator(), facts=_by())
    say(f"Open until {moment(done.approval.deadline)}.")


@click.command()
@APPROVAL
@click.option("--from", "giver", required=True, metavar="REVIEWER", help="Whose place it is.")
@click.option("--to", required=True, metavar="PERSON", help="A known name, an e-mail address or slack:U…")
def reassign(approval_id: str, giver: str, to: str) -> None:
    """Gives a reviewer's place to somebody else.

    To anybody but whoever asks for it. They are written to.
    """
    made = gateway()
    person = reviewer_of(made.approval(approval_id), giver)
    done = made.reassign(
        approval_id, reviewer=person.number, to=to, actor=operator(), operator=True, facts=_by()
    ).approval
    takers = [reviewer.name for reviewer in done.reviewers if person.number in reviewer.instead_of]
    say(f"{' and '.join(takers)} answers for {person.name}.")


@click.command("nudge")
@APPROVAL
def remind_now(approval_id: str) -> None:
    """Reminds those who have not answered; at most once in an hour."""
    made = gateway()
    done = made.remind_now(approval_id, actor=operator(), facts=_by())
    [note] = [note for note in made.audit(done.approval.id) if note.event == "nudged"][-1:]
    say(f"Reminded: {', '.join(note.facts['reviewers'])}.")


@click.command()
@APPROVAL
@AS
@click.argument("text")
def ask(approval_id: str, reviewer: str, text: str) -> None:
    """Asks whoever asks for the approval a question: TEXT."""
    made = gateway()
    person = reviewer_of(made.approval(approval_id), reviewer)
    done = made.ask_question(approval_id, reviewer=person.number, text=text, facts=_by())
    number = len(done.approval.actions.questions) - 1
    say(f"Question {number} is asked. To reply: approvals reply {approval_id} --inquiry {number} TEXT")


@click.command()
@APPROVAL
@click.argument("text")
@click.option(
    "--inquiry", "question", type=click.IntRange(0), help="The question's number; the only open one if left out."
)
def reply(approval_id: str, text: str, question: int | None) -> None:
    """Replies to a question: TEXT. Whoever asked it is told."""
    made = gateway()
    number = _open_question(made.approval(approval_id)) if question is None else question
    made.reply(approval_id, question=number, text=text, actor=operator(), facts=_by())
    say("The reply stands there.")


@click.command()
@APPROVAL
@click.option("--reason", default="", help="The workflow and the reviewers read it.")
def withdraw(approval_id: str, reason: str) -> None:
    """Ends an approval for whoever asked for it.

    The workflow gets Approval.Cancelled.
    """
    withdrawn = gateway().withdraw(approval_id, actor=operator(), reason=reason, facts=_by()).approval
    say(f"{withdrawn.status}; callback: {withdrawn.callback}")


def _by() -> dict[str, Any]:
    return {"via": "command", "operator": operator()}


def _later(approval: Approval, by: str) -> datetime:
    try:
        return approval.deadline + duration(by)
    except ValueError as error:
        raise Invalid.at("by", str(error)) from None


def _moment(text: str) -> datetime:
    try:
        return msgspec.convert(text, Time).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise Invalid.at("until", "is no moment with its offset; write one such as 2026-03-02T18:00:00Z") from None


def _open_question(approval: Approval) -> int:
    waiting = [number for number, one in enumerate(approval.actions.questions) if not one.reply]
    if len(waiting) == 1:
        return waiting[0]
    if not waiting:
        raise Invalid.at("inquiry", "no question waits for a reply")
    raise Invalid.at("inquiry", f"say which with --inquiry: {', '.join(map(str, waiting))} wait for a reply")


COMMANDS: tuple[Any, ...] = (claim, extend, reassign, remind_now, ask, reply, withdraw)
