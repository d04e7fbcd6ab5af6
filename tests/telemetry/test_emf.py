"""Metrics: lines that CloudWatch can read, and counts of what was written, once it is committed."""

import json
from collections.abc import Generator
from typing import Any

import pytest

from approvals.adapters.database.outbox.sql_outbox import SqlOutbox
from approvals.adapters.database.store import SqlStore
from approvals.domain.model.approval import Answer
from approvals.domain.model.errors import AlreadySettled
from approvals.domain.model.messages.results import GivenUp, Result, TryAgain, Unconfirmed
from approvals.flows.gateway import Gateway
from approvals.telemetry.emf import Emf
from approvals.telemetry.instruments import ATTEMPTS_FAILED, INSTRUMENTS, SWEEP_LAG
from approvals.telemetry.meter import Meter
from tests.builders import BY_LINK, NOW, a_submission
from tests.fakes import World


class Metered:
    """A gateway that counts, in a world of its own."""

    def __init__(self, url: str) -> None:
        self.world = World(url)
        self.lines: list[dict[str, Any]] = []
        emf = Emf(lambda line: self.lines.append(json.loads(line)), namespace="Tests", clock=self.world.clock)
        self.emf = emf
        parts: dict[str, Any] = {"new_id": self.world.new_id, "observe": Meter(emf.record)}
        self.gateway: Gateway = self.world.another(
            store=SqlStore(self.world.database, **parts), outbox=SqlOutbox(self.world.database, **parts)
        )

    def counted(self) -> dict[str, float]:
        """The sum of each metric, by name and outcome."""
        found: dict[str, float] = {}
        for line in self.lines:
            for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
                name = ":".join(filter(None, (metric["Name"], line.get("Outcome"))))
                found[name] = found.get(name, 0) + line[metric["Name"]]
        return found

    def opened(self, token: str = "t") -> str:
        submission = a_submission(task_token=token, reviewers=("ana@example.com",))
        return self.gateway.submit(submission, caller="tests").approval_id

    def decide(self, approval_id: str) -> None:
        answer = Answer(option="approve")
        self.gateway.decide(approval_id, reviewer=0, answer=answer, actor=BY_LINK, assurance="link")


@pytest.fixture
def metered(sqlite_url: str) -> Generator[Metered]:
    made = Metered(sqlite_url)
    yield made
    made.world.close()


def test_a_line_states_what_cloudwatch_needs() -> None:
    lines: list[str] = []
    emf = Emf(lines.append, namespace="Tests", clock=lambda: NOW)
    emf.record(ATTEMPTS_FAILED, 1, ("callback", "denied"))
    emf.record(SWEEP_LAG, 1.5, ())
    assert lines[0].endswith("\n")
    assert json.loads(lines[0]) == {
        "_aws": {
            "Timestamp": int(NOW.timestamp() * 1000),
            "CloudWatchMetrics": [{
                "Namespace": "Tests",
                "Dimensions": [["Service", "Lane"], ["Service", "Lane", "Reason"]],
                "Metrics": [{"Name": "AttemptsFailed", "Unit": "Count"}],
            }],
        },
        "Service": "approvals", "Lane": "callback", "Reason": "denied", "AttemptsFailed": 1,
    }  # fmt: skip
    [about] = json.loads(lines[1])["_aws"]["CloudWatchMetrics"]
    assert (about["Dimensions"], about["Metrics"]) == ([["Service"]], [{"Name": "SweepLag", "Unit": "Seconds"}])


def test_what_has_no_name_in_cloudwatch_is_not_written() -> None:
    lines: list[str] = []
    emf = Emf(lines.append, namespace="Tests", clock=lambda: NOW)
    for one in INSTRUMENTS:
        emf.record(one, 1, tuple("" for _ in one.labels))
    assert len(lines) == sum(bool(one.emf) for one in INSTRUMENTS)


def test_an_approval_is_counted_when_it_opens_and_when_it_settles(metered: Metered) -> None:
    approval_id = metered.opened()
    assert metered.opened() == approval_id, "the same token again"
    metered.decide(approval_id)
    assert metered.counted() == {
        "ApprovalsOpened": 1, "Decisions": 1, "ApprovalsSettled:approved": 1, "CallbacksDelivered": 1, "CallbackTime": 0
    }  # fmt: skip


def test_what_was_not_committed_is_not_counted(metered: Metered) -> None:
    approval_id = metered.opened()
    metered.decide(approval_id)
    before = metered.counted()
    with pytest.raises(AlreadySettled):
        metered.gateway.cancel(approval_id, actor="ops", reason="too late")
    assert metered.counted() == before


@pytest.mark.parametrize(
    ("result", "name"),
    [
        (GivenUp("the state no longer waits", closed=True), "CallbacksTooLate"),
        (GivenUp("AWS does not take it"), "CallbacksFailed"),
        (Unconfirmed("nobody knows"), "CallbacksUnconfirmed"),
        (TryAgain("throttled"), None),
    ],
)
def test_what_became_of_a_callback_is_counted_once_it_is_final(
    metered: Metered, result: Result, name: str | None
) -> None:
    metered.world.callbacks.results = [result]
    metered.decide(metered.opened())
    assert {key for key in metered.counted() if key.startswith("Callbacks")} == ({name} if name else set())


def test_a_notice_that_cannot_arrive_is_counted(metered: Metered) -> None:
    metered.world.mail.results = [GivenUp("nobody there")]
    metered.opened()
    metered.gateway.deliver(lane="notice")
    assert metered.counted()["NoticesFailed"] == 1


def test_how_late_everything_is(metered: Metered) -> None:
    metered.opened()
    metered.world.clock.forward(seconds=40)
    metered.emf.backlog(metered.gateway.backlog())
    gauges = {name: value for name, value in metered.counted().items() if name != "ApprovalsOpened"}
    assert gauges == {
        "Pending": 1, "Overdue": 0, "SweepLag": 0, "CallbacksUndelivered": 0, "OldestMessage": 40
    }  # fmt: skip
