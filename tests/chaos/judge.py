"""The judge: compares the truth at the endpoint, what clients were told, and the record; names each contradiction."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.chaos.endpoint import Wait
from tests.chaos.stored import Trail
from tests.chaos.told import Told
from tests.chaos.workflows import own_output

KINDS = ("lost", "double", "wrong", "untrue", "gaps")
ERRORS = {"rejected": "Approval.Rejected", "expired": "Approval.TimedOut", "cancelled": "Approval.Cancelled"}
Approval = Mapping[str, Any]


@dataclass(kw_only=True)
class Verdict:
    """The contradictions by kind, and how many callbacks came again with the same content, which is allowed."""

    found: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    approvals: int = 0
    repeated: int = 0

    def add(self, kind: str, sentences: Iterator[str]) -> None:
        self.found[kind] += sentences

    @property
    def clean(self) -> bool:
        return not any(self.found.values())


def judge(
    waits: Mapping[str, Wait], told: Told, approvals: Sequence[Approval], trails: Mapping[str, Trail]
) -> Verdict:  # fmt: skip
    """Return the verdict on a round in which nothing is due any more."""
    verdict = Verdict(approvals=len(approvals))
    by_token: defaultdict[str, list[Approval]] = defaultdict(list)
    for approval in approvals:
        by_token[approval["tags"]["token"]].append(approval)
    for token, wait in waits.items():
        found = by_token[token]
        verdict.repeated += max(0, len(wait.sent) - 1)
        verdict.add("lost", _lost(wait, found, told.submitted[token]))
        verdict.add("double", _double(wait, found, told.submitted[token]))
        for approval in found:
            verdict.add("wrong", _wrong(wait, approval))
            verdict.add("untrue", _untrue(wait, approval))
    verdict.add("wrong", _broken_promises(told, approvals))
    verdict.add("untrue", _untrue_answers(told, approvals, waits))
    for approval in approvals:
        verdict.add("gaps", _gaps(approval, trails[approval["id"]]))
    return verdict


def _lost(wait: Wait, found: Sequence[Approval], ids: set[str]) -> Iterator[str]:
    there = {approval["id"] for approval in found}
    if not ids:
        yield f"{wait.token[:20]}: the submission was never answered"
    for approval_id in sorted(ids - there):
        yield f"{wait.token[:20]}: {approval_id} was answered and does not exist"
    if wait.closed_by is None:
        states = [(approval["id"], approval["status"], approval["callback"]["state"]) for approval in found]
        yield f"{wait.token[:20]}: the workflow still waits; approvals: {states}"


def _double(wait: Wait, found: Sequence[Approval], ids: set[str]) -> Iterator[str]:
    if len(found) > 1 or len(ids) > 1:
        yield f"{wait.token[:20]}: several approvals: {sorted(ids | {one['id'] for one in found})}"
    if len({json.dumps(body, sort_keys=True) for body in wait.sent}) > 1:
        yield f"{wait.token[:20]}: different outcomes were sent: {wait.sent}"


def _wrong(wait: Wait, approval: Approval) -> Iterator[str]:
    """Compare the callback with the record, and the record's outcome with its decisions."""
    body, status, outcome = wait.accepted, approval["status"], approval["outcome"]
    if wait.sent and approval["callback"]["state"] == "none":
        yield f"{approval['id']}: {status} needs no callback, and one was sent"
    elif body is not None and _parsed(body) != _parsed(expected := _expected(wait.token, approval)):
        yield f"{approval['id']}: sent {body}, and the record says {expected}"
    if outcome and outcome["timedOut"]:
        yield from _early(approval, outcome)
    elif outcome and status in ("approved", "rejected"):
        yield from _unfounded(approval)


def _expected(token: str, approval: Approval) -> dict[str, str]:
    """Return the body of the callback that follows from the record."""
    status, outcome = approval["status"], approval["outcome"]
    option: Mapping[str, Any] = next(
        (one for one in approval["options"] if outcome and one["id"] == outcome["option"]), {}
    )
    if option.get("output") is not None:
        return {"output": json.dumps(own_output(token, option["side"]))}
    text = json.dumps(outcome)
    if status == "approved" or (status == "rejected" and approval["policy"].get("onReject") == "succeed"):
        return {"output": text}
    return {"error": ERRORS.get(status, "none"), "cause": text}


def _parsed(body: Mapping[str, str]) -> dict[str, Any]:
    """Return the body with its JSON texts as values."""
    return {name: text if name == "error" else json.loads(text) for name, text in body.items()}


def _early(approval: Approval, outcome: Mapping[str, Any]) -> Iterator[str]:
    if _moment(outcome["decidedAt"]) < _moment(approval["deadline"]):
        yield f"{approval['id']}: timed out at {outcome['decidedAt']}, before {approval['deadline']}"


def _unfounded(approval: Approval) -> Iterator[str]:
    """Yield why an outcome does not follow from the answers."""
    latest = {decision["reviewer"]: decision["side"] for decision in approval["decisions"]}
    side = {"approved": "approve", "rejected": "reject"}[approval["status"]]
    need = approval["policy"]["stages"][0]["groups"][0].get("need", 1) if side == "approve" else 1
    if list(latest.values()).count(side) < need:
        yield f"{approval['id']}: {approval['status']} by {latest}, and {need} are needed"
    if any(_moment(decision["at"]) > _moment(approval["deadline"]) for decision in approval["decisions"]):
        yield f"{approval['id']}: an answer after the deadline counts"


def _moment(text: str) -> datetime:
    """Return a moment of the API: as texts they cannot be compared, because zero microseconds are left out."""
    return datetime.fromisoformat(text)


def _untrue(wait: Wait, approval: Approval) -> Iterator[str]:
    """Compare the state of the callback with who closed the token."""
    state, closed_by = approval["callback"]["state"], wait.closed_by
    allowed = {"callback": {"delivered"}, "workflow": {"tooLate"}, None: {"waiting"}}[closed_by]
    if closed_by and wait.execution is None and len(wait.sent) > 1:
        allowed = allowed | {"unconfirmed"}  # nobody can look into a history that is not named
    if closed_by == "workflow" and approval["status"] == "cancelled":
        allowed = allowed | {"none"}  # a heartbeat has found out
    if state not in allowed:
        yield f"{approval['id']}: the callback is {state}, and {closed_by or 'nobody'} closed the token"


def _untrue_answers(told: Told, approvals: Sequence[Approval], waits: Mapping[str, Wait]) -> Iterator[str]:
    """Compare what the API said about callbacks on the way with what became of them."""
    tokens = {approval["id"]: approval["tags"]["token"] for approval in approvals}
    for approval_id, state in sorted(told.callbacks):
        closed_by = waits[tokens[approval_id]].closed_by if approval_id in tokens else None
        if state in ("delivered", "tooLate") and closed_by != {"delivered": "callback", "tooLate": "workflow"}[state]:
            yield f"{approval_id}: an answer said {state}, and {closed_by or 'nobody'} closed the token"


def _broken_promises(told: Told, approvals: Sequence[Approval]) -> Iterator[str]:
    """Yield the answers that were promised to be recorded and are not, and recorded ones that nobody gave."""
    recorded = {d["comment"]: d["option"] for approval in approvals for d in approval["decisions"]}
    for comment, option in told.decisions.items():
        if recorded.get(comment) != option:
            yield f"the answer {comment} ({option}) was answered as recorded; the record says {recorded.get(comment)}"
    for comment, option in recorded.items():
        if told.attempts.get(comment) != option:
            yield f"the record has an answer that nobody gave: {comment} ({option})"
    status = {approval["id"]: approval["status"] for approval in approvals}
    for approval_id in sorted(told.cancelled):
        if status.get(approval_id) != "cancelled":
            yield f"{approval_id}: the cancellation was answered; the record says {status.get(approval_id)}"


def _gaps(approval: Approval, trail: Trail) -> Iterator[str]:
    """Yield what changed without a note, and numbers that are missing or there twice."""
    if trail.numbers != list(range(1, trail.version + 1)):
        yield f"{approval['id']}: version {trail.version}, notes {trail.numbers}"
    if trail.events["decided"] != trail.decisions:
        yield f"{approval['id']}: {trail.decisions} decisions, {trail.events['decided']} notes of them"
    for event, count in _needed(approval).items():
        if trail.events[event] != count:
            yield f"{approval['id']}: {trail.events[event]} notes {event} instead of {count}"


def _needed(approval: Approval) -> Counter[str]:
    """Return the notes of each end, and of each final state of the callback, that have to be there."""
    outcome, state = approval["outcome"] or {"timedOut": False}, approval["callback"]["state"]
    needed = Counter[str]({"expired": int(outcome["timedOut"]), "cancelled": int(approval["status"] == "cancelled")})
    needed |= {
        f"callback.{one}": int(one == state) for one in ("delivered", "tooLate", "failed", "unconfirmed")
    }  # fmt: skip
    return needed
