"""The history of an approval in sentences, from those of its notes that matter to people."""

from collections.abc import Iterable, Iterator, Sequence

from approvals.domain.directory.people import Directory
from approvals.domain.model.approval import Approval, Note
from approvals.presentation.explain.forecast import Kind, Moment, joined, reseated, unnoticed
from approvals.presentation.explain.stage_sentences import (
    is_written_to,
    reminded_on_request_sentence,
    reminded_sentence,
    turn_sentence,
)
from approvals.presentation.names import acted_for, named_operator, operator_name, option_label, reviewer_name
from approvals.presentation.outcomes import withdrawn_sentence
from approvals.presentation.text import capital, cut, plain
from approvals.presentation.unreachable import REASON_LENGTH

_SEATS_CHANGED = frozenset({"escalated", "reseated", "handedOver"})
_BEGIN_STEPS = frozenset({"decided", "passed", "agreed"})
MOST_ADJUSTED = 3
_ATTENDED = {
    "claimed": "{name} is looking at it.",
    "released": "{name} is no longer looking at it.",
    "inquired": "{name} asked a question.",
}


def happened(approval: Approval, notes: Iterable[Note], *, directory: Directory) -> Iterator[Moment]:
    """Yield the events of the audit trail that matter to people, in order."""
    stage, notes = 0, tuple(notes)
    for number, note in enumerate(notes):
        words = _words(approval, note, stage, directory)
        begins = note.facts.get("stage") if note.event in _BEGIN_STEPS else None
        if note.event == "opened" and approval.reviewers:
            yield from _adjusted(note)
            yield Moment(kind="asked", step=1, at=note.at, what=_began(approval, 0, notes[number + 1 :]))
        elif words:
            yield Moment(kind=words[0], step=stage + 1, at=note.at, what=words[1])
        if isinstance(begins, int):
            stage = begins
            said = f"Step {stage + 1} begins: {_began(approval, stage, notes[number + 1 :])}"
            yield Moment(kind="asked", step=stage + 1, at=note.at, what=said)


def _words(approval: Approval, note: Note, stage: int, directory: Directory) -> tuple[Kind, str] | None:
    who = _who(approval, note)
    match note.event:
        case "opened":
            return "asked", "It arrived."
        case "decided":
            return "answered", f"{who} answered “{option_label(approval, note.facts.get('option', ''))}”."
        case "reminded" | "nudged" if is_written_to(approval.policy.stages[stage]):
            if note.event == "nudged" and note.actor:
                who = name_of(approval, note.actor)
                return "reminded", reminded_on_request_sentence(approval.policy.stages[stage], who=who)
            return "reminded", reminded_sentence(approval.policy.stages[stage])
        case "escalated":
            return "escalated", joined(approval, note, number=stage)
        case "reseated" if not unnoticed(note):
            return "changed", reseated(approval, note, directory)
        case "execution.reported":
            return "changed", f"An event reports: {_reason(note)}. A heartbeat checks whether the workflow waits."
        case "reviewer.unreachable":
            return "changed", f"{_reviewer(approval, note)} could not be reached: {_reason(note)}."
        case "reviewer.reached":
            return "changed", f"{_reviewer(approval, note)} was reached again."
        case "handedOver":
            giver, taker = (name_of(approval, note.facts.get(end, "")) for end in ("from", "to"))
            if note.actor != note.facts.get("from"):
                return "changed", f"{capital(name_of(approval, note.actor))} reassigned the seat of {giver} to {taker}."
            return "changed", f"{giver} reassigned their seat to {taker}."
        case "passed":
            return "changed", f"The time of step {stage + 1} was up."
        case "agreed":
            return "changed", "Fewer were needed from then on, and enough had agreed."
        case "claimed" | "released" | "inquired":
            return "attended", _ATTENDED[note.event].format(name=who)
        case "replied":
            operator = named_operator(note.actor)
            return "attended", f"{capital(operator)} answered a question." if operator else "A question was answered."
        case "extended":
            return "changed", "The deadline was extended."
        case "expired" | "cancelled" | "withdrawn" | "superseded" | "approvedByRule":
            return "ended", _ended(note)
    return None


def _adjusted(note: Note) -> Iterator[Moment]:
    made = [f"{one['field']} {one['reason']}" for one in note.facts.get("adjusted", ())]
    if made:
        yield Moment(kind="changed", step=1, at=note.at, what=_adjusted_sentence(made))


def _adjusted_sentence(made: Sequence[str]) -> str:
    shown, more = "; ".join(made[:MOST_ADJUSTED]), len(made) - MOST_ADJUSTED
    if more > 0:
        return f"The submission was adjusted: {shown}; and {more} more."
    return f"The submission was adjusted: {shown}."


def _reviewer(approval: Approval, note: Note) -> str:
    return name_of(approval, str(note.facts.get("reviewer", "")))


def _reason(note: Note) -> str:
    return cut(plain(str(note.facts.get("reason", ""))), REASON_LENGTH).rstrip(".")


def _began(approval: Approval, stage: int, later: Sequence[Note]) -> str:
    """Return who was asked when a step began, if they are still the same people."""
    if any(note.event in _SEATS_CHANGED for note in later):
        return "the reviewers are asked." if stage else "The reviewers are asked."
    return turn_sentence(approval, stage)


def _ended(note: Note) -> str:
    match note.event:
        case "expired":
            return "Time was up."
        case "superseded":
            return "The workflow asked again."
        case "approvedByRule":
            return f"The rule “{note.actor.removeprefix('rule:')}” approved it."
    reason = str(note.facts.get("reason", "")).rstrip(".")
    if note.event == "withdrawn":
        return withdrawn_sentence(named_operator(note.actor), reason)
    return f"Cancelled: {reason}." if reason else "Cancelled."


def name_of(approval: Approval, reference: str) -> str:
    """Return a reviewer's name, or the name of another actor."""
    reviewer = approval.reviewer(reference)
    return reviewer_name(reviewer) if reviewer else operator_name(reference)


def _who(approval: Approval, note: Note) -> str:
    """Return the reviewer's name, and who acted on their behalf. Notes of earlier versions name that in other facts."""
    reviewer = str(note.facts.get("for", note.actor))
    operator = note.facts.get("operator") or note.facts.get("caller")
    name = name_of(approval, reviewer)
    return acted_for(name, operator_name(str(operator)) if operator and approval.reviewer(reviewer) else "")
