"""The judge of chaos sees each kind of contradiction: it gets a round in which all is well, and one thing changes."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.chaos.endpoint import Wait
from tests.chaos.judge import KINDS, Verdict, judge
from tests.chaos.stored import Trail
from tests.chaos.told import Told

OUTCOME: dict[str, Any] = {
    "outcome": "approved", "option": "approve", "timedOut": False, "decidedAt": "2026-03-02T09:00:04Z",
}  # fmt: skip
APPROVAL: dict[str, Any] = {
    "id": "a1",
    "status": "approved",
    "tags": {"token": "token-1"},
    "options": [{"id": "approve", "side": "approve"}, {"id": "reject", "side": "reject"}],
    "policy": {"stages": [{"groups": [{"from": ["ana", "ben"]}]}]},
    "decisions": [
        {"reviewer": "ana", "side": "approve", "option": "approve", "comment": "c1", "at": "2026-03-02T09:00:04Z"}
    ],
    "deadline": "2026-03-02T09:00:05Z",
    "callback": {"state": "delivered"},
    "outcome": OUTCOME,
}
BODY = {"output": json.dumps(OUTCOME)}


@dataclass
class Ended:
    """A round that has come to rest, with one approval."""

    wait: Wait = field(
        default_factory=lambda: Wait(
            token="token-1", execution="arn:1", closed_by="callback", accepted=BODY, sent=[BODY]
        )
    )
    approval: dict[str, Any] = field(default_factory=lambda: json.loads(json.dumps(APPROVAL)))
    more: list[dict[str, Any]] = field(default_factory=list)
    trail: Trail = field(
        default_factory=lambda: Trail(
            version=3, numbers=[1, 2, 3], events=Counter(opened=1, decided=1, **{"callback.delivered": 1}), decisions=1
        )
    )
    told: Told = field(default_factory=Told)

    def __post_init__(self) -> None:
        self.told.submitted["token-1"].add("a1")
        self.told.attempts["c1"] = self.told.decisions["c1"] = "approve"

    def judged(self) -> Verdict:
        approvals = [self.approval, *self.more]
        return judge({"token-1": self.wait}, self.told, approvals, {one["id"]: self.trail for one in approvals})


def test_a_round_in_which_all_is_well_is_clean() -> None:
    assert Ended().judged().found == {kind: [] for kind in KINDS}


def _set(**fields: Any) -> Callable[[Ended], None]:
    return lambda ended: ended.approval.update(fields)


def _wait(**fields: Any) -> Callable[[Ended], None]:
    def change(ended: Ended) -> None:
        ended.wait = replace(ended.wait, **fields)

    return change


def _trail(**fields: Any) -> Callable[[Ended], None]:
    def change(ended: Ended) -> None:
        ended.trail = replace(ended.trail, **fields)

    return change


def _told(name: str, comment: str, option: str) -> Callable[[Ended], None]:
    return lambda ended: getattr(ended.told, name).update({comment: option})


CHANGES: dict[str, tuple[str, Callable[[Ended], None]]] = {
    "the workflow still waits": ("lost", _wait(closed_by=None, accepted=None, sent=[])),
    "the approval is gone": ("lost", lambda ended: ended.told.submitted["token-1"].add("a2")),
    "nobody answered the submission": ("lost", lambda ended: ended.told.submitted["token-1"].clear()),
    "two approvals have one token": ("double", lambda ended: ended.more.append({**APPROVAL, "id": "a2"})),
    "another outcome was sent before": ("double", _wait(sent=[{"error": "Approval.TimedOut", "cause": "{}"}, BODY])),
    "another outcome closed the token": ("wrong", _wait(accepted={"output": "{}"})),
    "the record says rejected": ("wrong", _set(status="rejected")),
    "nobody approved": ("wrong", _set(decisions=[])),
    "an answer was promised and is not there": ("wrong", _told("decisions", "c2", "reject")),
    "an answer was recorded that nobody gave": ("wrong", lambda ended: ended.told.attempts.clear()),
    "a cancellation was promised": ("wrong", lambda ended: ended.told.cancelled.add("a1")),
    "it timed out before its deadline": ("wrong", _set(outcome={**OUTCOME, "timedOut": True})),
    "an answer came after the deadline": ("wrong", _set(deadline="2026-03-02T09:00:03.5Z")),
    "no callback was needed": ("wrong", _set(callback={"state": "none"})),
    "our own callback was too late": ("untrue", _set(callback={"state": "tooLate"})),
    "a callback that nobody got was delivered": ("untrue", _wait(closed_by="workflow", accepted=None)),
    "a callback that can be found is unconfirmed": ("untrue", _set(callback={"state": "unconfirmed"})),
    "an answer said too late": ("untrue", lambda ended: ended.told.callbacks.add(("a1", "tooLate"))),
    "a note is missing": ("gaps", _trail(numbers=[1, 3])),
    "a note is there twice": ("gaps", _trail(numbers=[1, 2, 2, 3])),
    "a change has no note": ("gaps", _trail(version=4)),
    "a decision has no note": ("gaps", _trail(decisions=2)),
    "a callback has no note": ("gaps", _trail(events=Counter(opened=2, decided=1))),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_judge_sees(name: str) -> None:
    kind, change = CHANGES[name]
    ended = Ended()
    change(ended)
    assert ended.judged().found[kind]


def test_a_callback_that_came_twice_with_the_same_content_is_counted_and_allowed() -> None:
    ended = Ended()
    _wait(sent=[BODY, BODY])(ended)
    verdict = ended.judged()
    assert (verdict.clean, verdict.repeated) == (True, 1)


def test_a_lost_answer_whose_history_nobody_can_read_may_stay_unconfirmed() -> None:
    ended = Ended()
    _wait(execution=None, sent=[BODY, BODY])(ended)
    _set(callback={"state": "unconfirmed"})(ended)
    ended.trail = replace(ended.trail, events=Counter(opened=1, decided=1, **{"callback.unconfirmed": 1}))
    assert ended.judged().clean
