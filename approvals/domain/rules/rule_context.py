"""The names that expressions of rules can use, with their types.

The sender sets every value but `caller`.
"""

from typing import Any

from approvals.domain.arns import state_machine_of
from approvals.domain.model.submission import Submission
from approvals.domain.rules.comparisons import LIST, NUMBER, OBJECT, TEXT

ANY = "anything"
Kind = str | dict[str, Any]
"""The type of a value, or those of its parts; "*" is a part of any name."""
NAMES: dict[str, Kind] = {
    "details": {"*": ANY},
    "tags": {"*": TEXT},
    "title": TEXT,
    "risk": TEXT,
    "requester": TEXT,
    "policy": TEXT,
    "stateMachine": {"id": TEXT, "name": TEXT},
    "execution": {"id": TEXT, "name": TEXT},
    "state": {"name": TEXT},
    "mapItem": NUMBER,
    "caller": TEXT,
    "options": LIST,
    "locale": TEXT,
}
ALWAYS = ("details", "tags", "title", "risk", "caller", "options", "locale")
"""The names that every submission has."""
RISKS = ("low", "normal", "high")


def called(kind: Kind) -> str:
    return kind if isinstance(kind, str) else OBJECT


def facts_of(submission: Submission, *, caller: str) -> dict[str, Any]:
    """Return the values that expressions can use, by name."""
    execution, state = submission.execution, submission.state
    return {
        "details": submission.details,
        "tags": submission.tags,
        "title": submission.title,
        "risk": submission.risk,
        "requester": submission.requester,
        "policy": submission.policy if isinstance(submission.policy, str) else None,
        "stateMachine": _machine(submission),
        "execution": {"id": execution.id, "name": execution.name or None} if execution else None,
        "state": {"name": state.name} if state else None,
        "mapItem": submission.map_item if isinstance(submission.map_item, int) else None,
        "caller": caller,
        "options": [option.id for option in submission.options],
        "locale": submission.locale,
    }


def machine_of(submission: Submission) -> str:
    """Return the ARN of the state machine, as given or from its execution's; "" where there is neither."""
    given = submission.state_machine.id if submission.state_machine else ""
    arn = given or (submission.execution.id if submission.execution else "")
    return state_machine_of(arn) or given


def _machine(submission: Submission) -> dict[str, str] | None:
    arn, given = machine_of(submission), submission.state_machine
    name = (given.name if given else "") or arn.rpartition(":")[2]
    return {"id": arn, "name": name} if arn else None
