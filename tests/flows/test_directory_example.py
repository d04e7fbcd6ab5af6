"""The example of a directory does what its README says."""

from collections.abc import Generator
from typing import Any

import pytest

from approvals.adapters.directory.file import decode_directory_file
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.model.approval import Approval
from approvals.domain.model.submission import StateMachine
from tests.builders import a_submission
from tests.fakes import World
from tests.support.wheel import ROOT

FOLDER = ROOT / "examples/directory"
REFUNDS = StateMachine(id="arn:aws:states:eu-central-1:123456789012:stateMachine:refund-orders", name="refund-orders")
BOTH = Deployment(reach=Reach(channels=frozenset({"mail", "slack"}), assurance="slack"))


@pytest.fixture
def world(sqlite_url: str) -> Generator[World]:
    file = decode_directory_file((FOLDER / "approvals.yml").read_bytes(), name="approvals.yml")
    world = World(sqlite_url, deployment=BOTH, directory=file.directory)
    yield world
    world.close()


def refund(amount: int) -> dict[str, Any]:
    return {"state_machine": REFUNDS, "details": {"amount": amount}}


def opened(world: World, **changes: Any) -> Approval:
    submission = a_submission(**{"state_machine": None, "reviewers": None, "requester": None, **changes})
    return world.gateway.approval(world.gateway.submit(submission, caller="tests").approval_id)


@pytest.mark.parametrize(
    ("said", "asked", "status", "policy"),
    [
        ("`refund-orders`, 4 €", refund(4), "approved", "rule:small change"),
        ("`refund-orders`, 420 €", refund(420), "pending", "refunds"),
        (
            "`refund-orders`, 4200 €",
            refund(4200),
            "pending",
            "large-refunds",
        ),
        ("any, with the tag `env: prod-eu`", {"tags": {"env": "prod-eu"}}, "pending", "production"),
        ("any other, without reviewers", {}, "pending", "refunds"),
    ],
)
def test_a_row_of_its_readme_is_true(world: World, said: str, asked: dict[str, Any], status: str, policy: str) -> None:
    approval = opened(world, **asked)
    assert (approval.status, approval.policy.name) == (status, policy)
    [row] = [line for line in (FOLDER / "README.md").read_text("utf-8").splitlines() if line.startswith(f"| {said} |")]
    assert f"“{policy.removeprefix('rule:')}”" in row or f"`{policy}`" in row


def test_nobody_counts_twice_in_a_group_of_groups(world: World) -> None:
    names = [person.name for person in world.directory.resolve("group:everybody", "")[0]]
    assert names == ["Ana Silva", "Ben Weiss", "Cleo Marsh", "Dan Okoro", "Eve Lund"]
