"""The sentences that people read, the same in a mail and on a page. Pure: plain text in, plain text out; whoever shows
it escapes it. `plain` makes a sender's text inert and stands before everything that comes from outside."""

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from approvals.domain.checks.content_checks import DETAILS_DEPTH, TURNING
from approvals.domain.eligibility.quorum import GroupProgress, progress
from approvals.domain.model.approval import Approval, CallbackState, Reviewer, Status
from approvals.domain.model.policy import TakeOption
from approvals.domain.model.submission import Content, Link, Option

NOTHING = "—"
_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def plain(text: str, *, lines: bool = False) -> str:
    """`text` with control characters and marks that turn the direction of text made visible; on one line or several."""
    text = text.replace("\r\n", "\n").replace("\r", "\n") if lines else " ".join(text.split())
    return "".join(c if c in "\n\t" else _visible(c) for c in text)


def cut(text: str, length: int) -> str:
    """`text`, ending in an ellipsis where it would be longer than `length`."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def moment(at: datetime) -> str:
    """“Mon 2 Mar 2026, 09:30 UTC”."""
    at = at.astimezone(UTC)
    return f"{at:%a} {at.day} {at:%b %Y, %H:%M} UTC"


def relative(delta: timedelta) -> str:
    """“in 3 hours”, “in 1 day 4 hours”, “2 minutes ago”. Two units while the first is small enough for it to matter."""
    seconds = abs(delta.total_seconds())
    if seconds < 60:
        return "in less than a minute" if delta > timedelta(0) else "just now"
    words = _span(round(seconds / 60) * 60)
    return f"in {words}" if delta > timedelta(0) else f"{words} ago"


def flat(details: dict[str, Any]) -> list[tuple[str, str]]:
    """Nested JSON as rows of (label, text); the label is the way to the value. A list of plain values is one row."""
    return list(_rows(details, ())) if details else []


def host(link: Link) -> str:
    """Where a link goes, to be shown beside its label. Look-alike letters show as what they are (punycode)."""
    name = urlsplit(link.url).hostname or ""
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name.encode("ascii", "backslashreplace").decode("ascii")


def workflow_name(content: Content) -> str | None:
    """The state machine's name, or what its ARN or the execution's says."""
    if content.state_machine:
        return content.state_machine.name or content.state_machine.id.rpartition("stateMachine:")[2] or None
    parts = content.execution.id.split(":") if content.execution else []
    return parts[6] if len(parts) > 7 else None


def execution_name(content: Content) -> str | None:
    """The execution's name, or the end of its ARN."""
    if content.execution is None:
        return None
    return content.execution.name or content.execution.id.rpartition(":")[2] or None


def who(reviewer: Reviewer) -> str:
    """A reviewer as others see them."""
    return plain(reviewer.name or reviewer.id)


def progress_sentence(approval: Approval) -> str:
    """How far the current stage is: “1 of 2 needed answers so far.”, “Step 2 of 3: 1 of 2 from legal; sam is done.”"""
    groups = progress(approval)
    stages = len(approval.policy.stages)
    name = plain(approval.current_stage.name)
    step = f"Step {approval.stage + 1} of {stages}{', ' + name if name else ''}: " if stages > 1 else ""
    if len(groups) > 1:
        return f"{step}{'; '.join(map(_group_words, groups))}."
    return step + _one_group(groups[0])


def timeout_sentence(approval: Approval) -> str:
    """What happens where too few answer in time."""
    alone = [group.need for group in progress(approval)] == [1]
    return f"Without {'an answer' if alone else 'enough answers'} by then {_at_deadline(approval)}."


def late_sentence(approval: Approval) -> str:
    """The same when time is up, and it has not been settled yet."""
    return f"Answers are no longer taken. Now {_at_deadline(approval)}."


def outcome_sentence(approval: Approval) -> str:
    """How it settled, and through whom: “Approved by Ana and Ben.” An open one: “Not settled yet.”"""
    reason = plain(approval.outcome.reason or "") if approval.outcome else ""
    because = f": {cut(reason, 300).rstrip('.')}." if reason else "."
    match approval.status:
        case Status.PENDING:
            return "Not settled yet."
        case Status.EXPIRED:
            return f"Expired{because}"
        case Status.CANCELLED:
            return f"Cancelled{because}"
        case Status.SUPERSEDED:
            return f"Replaced{because}"
        case Status.APPROVED | Status.REJECTED:
            return _decided_sentence(approval)


def callback_sentence(approval: Approval) -> str:
    """Whether the workflow knows; never more than is known."""
    match approval.callback:
        case CallbackState.NONE:
            return _untold_sentence(approval)
        case CallbackState.WAITING:
            return "The workflow is being told; it has not confirmed yet."
        case CallbackState.DELIVERED:
            return _delivered_sentence(approval)
        case CallbackState.TOO_LATE:
            return "The workflow no longer waited: it was stopped or had timed out, so this has no effect there."
        case CallbackState.FAILED:
            detail = cut(plain(approval.callback_detail), 300).rstrip(".")
            return (
                f"The workflow could not be told{': ' + detail if detail else ''}. Its operators have to look into it."
            )
        case CallbackState.UNCONFIRMED:
            return "The workflow was told, but its confirmation was lost; whether it arrived could not be verified."


def _visible(character: str) -> str:
    return "\ufffd" if unicodedata.category(character) in _REFUSED or character in TURNING else character


def _span(seconds: int) -> str:
    index = next(index for index, (_, size) in enumerate(_UNITS) if seconds >= size)
    unit, size = _UNITS[index]
    if unit == "minute" or seconds >= 3 * size:
        return _count(round(seconds / size), unit)
    smaller, small = _UNITS[index + 1]
    whole, rest = divmod(round(seconds / small) * small, size)
    return f"{_count(whole, unit)} {_count(rest // small, smaller)}" if rest else _count(whole, unit)


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _rows(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if len(path) > DETAILS_DEPTH or not _is_nested(value):
        yield " › ".join(path), shown(value)
        return
    children = value.items() if isinstance(value, dict) else enumerate(value, start=1)
    for name, child in children:
        yield from _rows(child, (*path, plain(str(name))))


def _is_nested(value: Any) -> bool:
    """Whether it takes rows of its own. An empty one does not, nor a list of plain values."""
    if isinstance(value, list):
        return any(isinstance(item, dict | list) for item in value)
    return isinstance(value, dict) and bool(value)


def shown(value: Any) -> str:
    """One value of JSON as people read it."""
    match value:
        case None | "":
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer() and abs(value) < 2**53:
            return str(int(value))  # JSON does not tell 420.0 from 420, and people read the shorter
        case str():
            return plain(value, lines=True)
        case list() if not _is_nested(value):
            return ", ".join(map(shown, value)) or NOTHING
        case dict() if not value:
            return NOTHING
        case _:
            return msgspec.json.encode(value).decode()


def _group_words(group: GroupProgress) -> str:
    label = cut(plain(group.label), 80)
    return f"{label} is done" if group.have >= group.need else f"{group.have} of {group.need} from {label}"


def _one_group(group: GroupProgress) -> str:
    if group.need == 1 and group.have == 0:
        return "One answer is enough."
    return f"{group.have} of {group.need} needed {'answer' if group.need == 1 else 'answers'} so far."


def _at_deadline(approval: Approval) -> str:
    match approval.rule_at_deadline:
        case "pass":
            return "the next step begins"
        case "fail":
            return "it expires, and the workflow is told so"
        case "approve":
            return "it counts as approved"
        case "reject":
            return "it counts as rejected"
        case TakeOption(option=chosen):
            return f"“{_label(approval.content.option(chosen), chosen)}” is taken"


def _label(option: Option | None, option_id: str | None) -> str:
    return plain(option.label if option else option_id or "")


def _decided_sentence(approval: Approval) -> str:
    outcome = approval.outcome
    word = str(approval.status).capitalize()
    label = _label(approval.content.option(outcome.option or ""), outcome.option) if outcome else ""
    chosen = "" if label.casefold() in ("", "approve", "reject", word.casefold()) else f" with “{label}”"
    if outcome and outcome.timed_out:
        return f"{word}{chosen}, because {outcome.reason or 'nobody answered in time'}."
    side = "approve" if approval.status is Status.APPROVED else "reject"
    people = [who(approval.reviewers[d.reviewer]) for d in approval.counted().values() if d.side == side]
    return f"{word}{chosen}{' by ' + _list(people) if people else ''}."


def _list(names: Sequence[str]) -> str:
    if len(names) > 6:
        names = [*names[:5], f"{len(names) - 5} others"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _untold_sentence(approval: Approval) -> str:
    if approval.pending:
        return "The workflow waits."
    if approval.status is Status.SUPERSEDED:
        return "The workflow waits for the newer approval instead."
    return "The workflow was not told: it no longer waited."


def _delivered_sentence(approval: Approval) -> str:
    succeeded = approval.status is Status.APPROVED or (
        approval.status is Status.REJECTED and approval.policy.on_reject == "succeed"
    )
    return "The workflow has resumed." if succeeded else "The workflow has been told."
