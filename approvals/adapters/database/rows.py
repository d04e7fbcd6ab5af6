"""Conversion between rows and values. Searched and changing fields are columns, the rest is JSON."""

import zlib
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
import sqlalchemy as sa

from approvals.adapters.database import tables
from approvals.adapters.database.operators import (
    read_actions,
    read_outcome,
    stored_actions,
    stored_assurance,
    stored_outcome,
)
from approvals.adapters.database.outbox.stored_messages import stored_text
from approvals.domain.lifecycle.digest import held_back, outcome_recipient, recipient
from approvals.domain.model.action_state import ActionState
from approvals.domain.model.approval import Approval, Change, Decision, Note, Outcome, Reviewer
from approvals.domain.model.messages.outgoing import Heartbeat, Message, Notice, dedup_key, lane
from approvals.domain.model.messages.undelivered import Undelivered
from approvals.domain.model.policy import Policy
from approvals.domain.model.replies import Replies
from approvals.domain.model.submission import Content, MapItem

Row = dict[str, Any]
T = TypeVar("T")

_content = msgspec.json.Decoder(Content)
_policy = msgspec.json.Decoder(Policy)
_reviewers = msgspec.json.Decoder(tuple[Reviewer, ...])
_outcome = msgspec.json.Decoder(Outcome)
_answers = msgspec.json.Decoder(Replies)
_actions = msgspec.json.Decoder(ActionState)
_undelivered = msgspec.json.Decoder(tuple[Undelivered, ...])
_facts = msgspec.json.Decoder(dict[str, Any])
_PLAIN = (
    "id", "version", "content_sha256", "stage", "stage_since", "reminded", "escalated", "created_at", "deadline",
    "next_action_at", "caller", "callback_id", "callback", "callback_detail", "settled_at", "ends_at", "latest_end",
    "recheck_at",
)  # fmt: skip
MOVING = (
    "version", "status", "stage", "stage_since", "reminded", "escalated", "deadline", "next_action_at", "callback",
    "callback_detail", "settled_at", "ends_at", "recheck_at",
)  # fmt: skip
MOVED = (*MOVING, "reviewers", "outcome", tables.ACTIONS, "operators", "undelivered", "directory")
"""The columns of approvals that a change updates."""


def text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def new_row(
    approval: Approval, *, token_sha256: str, sealed_token: bytes, directory: str | None, trace: str | None = None
) -> Row:  # fmt: skip
    content = approval.content
    return {
        **{name: getattr(approval, name) for name in _PLAIN},
        "status": approval.status.value,
        "callback": approval.callback.value,
        "token_sha256": token_sha256,
        "sealed_token": sealed_token,
        "content": text(content),
        "policy": text(approval.policy),
        "policy_name": approval.policy.name,
        "reviewers": text(approval.reviewers),
        "execution_arn": content.execution.id if content.execution else None,
        "state_name": content.state.name if content.state else None,
        "map_item": map_item_number(content.map_item),
        "outcome": _outcome_text(approval),
        "answers": text(approval.answers) if approval.answers else None,
        **_actions_row(approval),
        "directory": directory,
        "trace": trace,
    }


def map_item_number(item: MapItem | None) -> int | None:
    """Return the number by which a map item is found: its index, or below zero a hash of its key or path."""
    return item if item is None or isinstance(item, int) else -1 - (zlib.crc32(msgspec.json.encode(item)) >> 1)


def moved_row(approval: Approval, *, of_version: int, of_copies: bool, directory: str | None) -> Row:
    """Return the columns that a change updates, with `of_id`, `of_version` and `of_copies` to find the row."""
    return {
        **{name: getattr(approval, name) for name in MOVING},
        "reviewers": text(approval.reviewers),
        "outcome": _outcome_text(approval),
        **_actions_row(approval),
        "undelivered": text(approval.undelivered) if approval.undelivered else None,
        "directory": directory,
        "of_id": approval.id,
        "of_version": of_version,
        "of_copies": of_copies,
    }


def reviewers(row: sa.RowMapping) -> tuple[Reviewer, ...]:
    """Return the reviewers of a row, which may be unreadable otherwise. Raises one of READ_ERRORS."""
    return _reviewers.decode(row["reviewers"])


def _outcome_text(approval: Approval) -> str | None:
    return text(stored_outcome(approval.outcome)) if approval.outcome else None


def approval(row: sa.RowMapping, decisions: tuple[Decision, ...]) -> Approval:
    """Return the approval of a row. Raises one of READ_ERRORS for a row of another shape."""
    plain = {name: row[name] for name in _PLAIN}
    plain["people_fingerprint"], plain["trace"] = row["directory"], row["trace"]
    plain["ends_at"] = row["ends_at"] or row["deadline"]
    plain["latest_end"] = row["latest_end"] or row["deadline"]
    plain["status"] = row["status"]
    _check_text(plain)
    people = reviewers(row)
    actions = _actions.decode(row[tables.ACTIONS]) if row[tables.ACTIONS] else ActionState()
    found = _checked(plain, Approval, {
        "content": _content.decode(row["content"]),
        "policy": _policy.decode(row["policy"]),
        "reviewers": people,
        "decisions": decisions,
        "outcome": read_outcome(_outcome.decode(row["outcome"]), decisions, people) if row["outcome"] else None,
        "answers": _answers.decode(row["answers"]) if row["answers"] else None,
        "actions": read_actions(actions, row["operators"]),
        "undelivered": _undelivered.decode(row["undelivered"]) if row["undelivered"] else (),
    })  # fmt: skip
    _check_references(found)
    return found


def _checked(plain: Row, kind: type[T], others: Row | None = None) -> T:
    """Return the value with these columns, whose types and enumerations are checked. Raises ValidationError."""
    names = _wire_names(cast("Any", kind))
    given = {names[name]: value for name, value in plain.items()} | (others or {})
    return msgspec.convert(given, kind)


@cache
def _wire_names(kind: Any) -> dict[str, str]:
    return {field.name: field.encode_name for field in msgspec.structs.fields(kind)}


def _check_text(plain: Row) -> None:
    """Raise UnicodeEncodeError for text that is not UTF-8, which SQLite keeps."""
    "".join(value for value in plain.values() if isinstance(value, str)).encode()


def _check_references(found: Approval) -> None:
    """Raise IndexError where the row names a stage or a reviewer that it does not have."""
    stages, people = found.policy.stages, found.reviewers
    named = [(d.stage, d.reviewer) for d in found.decisions]
    others = (found.actions.claim, *found.actions.questions, *found.undelivered)
    named += [(found.stage, one.reviewer) for one in others if one]
    for stage, person in ((found.stage, None), *named):
        if not (0 <= stage < len(stages) and (person is None or 0 <= person < len(people))):
            raise IndexError(f"it names the stage {stage} and the reviewer {person}, which it does not have")


def _actions_row(approval: Approval) -> Row:
    """Return the actions as JSON, or NULL without any, as for most approvals."""
    actions, operators = stored_actions(approval.actions)
    return {tables.ACTIONS: text(actions) if actions != ActionState() else None, "operators": operators}


def decision_row(change: Change, decision: Decision) -> Row:
    plain = {name: getattr(decision, name) for name in Decision.__struct_fields__}
    return {
        **plain, "form": text(decision.form), "assurance": stored_assurance(decision.assurance),
        "approval_id": change.approval.id, "number": change.approval.version,
    }  # fmt: skip


def decision(row: sa.RowMapping) -> Decision:
    plain = {name: row[name] for name in Decision.__struct_fields__}
    _check_text(plain)
    proof = "operator" if row["operator"] else row["assurance"]
    whole = {**plain, "form": _facts.decode(row["form"]), "assurance": proof}
    _checked(whole, Decision)
    return Decision(**whole)


def note_row(approval_id: str, number: int, note: Note) -> Row:
    return {"approval_id": approval_id, "number": number, **note_fields(note)}


def note_fields(note: Note) -> Row:
    return {"event": note.event, "at": note.at, "actor": note.actor, "facts": text(note.facts)}


def note(row: sa.RowMapping) -> Note:
    plain = {name: row[name] for name in ("event", "at", "actor")}
    _check_text(plain)
    return _checked({**plain, "facts": _facts.decode(row["facts"])}, Note)


def reviewer_rows(change: Change) -> list[Row]:
    """Return the rows that make the approval searchable by reviewer."""
    return [
        {"reviewer": reviewer.id, "approval_id": change.approval.id, "number": reviewer.number}
        for reviewer in change.reviewers
    ]


def tag_rows(change: Change) -> list[Row]:
    return [
        {"name": name, "value": value, "approval_id": change.approval.id}
        for name, value in change.approval.content.tags.items()
    ]


def message_row(change: Change, message: Message, *, window: timedelta, **more: Any) -> Row:
    """Return the outbox row of a message; with a window, a notice first waits for others to its recipient."""
    row = message_row_of(change.approval.id, message, at=change.note.at, **more)
    asks, settles = recipient(message), outcome_recipient(message)
    if window and (asks or settles):
        due = row["next_attempt_at"] + held_back(message, change.approval, window=window)
        return {**row, "recipient": asks, "outcome_recipient": settles, "next_attempt_at": due}
    return row


def message_row_of(approval_id: str, message: Message, *, at: datetime, **more: Any) -> Row:
    return {
        "approval_id": approval_id, "key": dedup_key(message), "lane": lane(message), "message": stored_text(message),
        "attempts": 0, "ambiguous": False, "first_at": _heard(message, at), "lease": None, "recipient": None,
        "outcome_recipient": None,
        "next_attempt_at": first_attempt(message, at), **more,
    }  # fmt: skip


def first_attempt(message: Message, at: datetime) -> datetime:
    """Return the first attempt: a heartbeat's after its interval, a notice's after quiet hours, any other's at once."""
    match message:
        case Heartbeat(every_seconds=seconds):
            return at + timedelta(seconds=seconds)
    return _heard(message, at)


def _heard(message: Message, at: datetime) -> datetime:
    """Return the time from which delivery counts; quiet hours do not count as a delay."""
    return max(at, message.not_before) if isinstance(message, Notice) and message.not_before else at
