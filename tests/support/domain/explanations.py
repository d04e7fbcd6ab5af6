"""Policies and their explanations."""

from typing import Any

import msgspec

from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.model.policy import Policy
from approvals.presentation.explain.policy_explanation import Explanation, explain
from tests.builders import NOW, a_submission

DIRECTORY = Directory(
    people={n: Person(id=n, name=n.title(), email=f"{n}@example.com") for n in ("ana", "ben", "cleo", "dora")},
    groups={"finance": ("ana", "ben"), "legal": ("cleo", "ben")},
)
DEPLOYMENT = Deployment(reach=Reach(channels=frozenset({"mail", "slack"})))
OFFICE: dict[str, Any] = {
    "timezone": "Europe/Berlin",
    "hours": {"mon-thu": ["09:00-12:00", "13:00-17:00"], "fri": "09:00-15:00"},
    "holidays": ["2026-03-03", "2026-04-06"],
}
FINANCE = {"groups": [{"from": ["group:finance"]}]}


def policy(*stages: dict[str, Any], **more: Any) -> Policy:
    return msgspec.convert({"stages": stages, **more}, Policy)


def explained(**changes: Any) -> Explanation:
    return explain(a_submission(**changes), directory=DIRECTORY, deployment=DEPLOYMENT, now=NOW)
