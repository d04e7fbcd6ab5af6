"""Workflows: each opens a wait and submits it until the gateway has taken it; sometimes twice, sometimes in vain."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.chaos.client import Client
from tests.chaos.endpoint import Endpoint
from tests.chaos.plan import Plan
from tests.chaos.told import Told

REVIEWERS = ("ana@example.com", "ben@example.com", "cleo@example.com")
STATES_IN_AN_EXECUTION = 3
ARN = "arn:aws:states:eu-central-1:123456789012:execution:chaos:run-{seed}-{number}"


class Workflows:
    """Submits new waits at random moments, repeats what was not answered, and stops some that wait."""

    def __init__(self, plan: Plan, client: Client, endpoint: Endpoint, told: Told) -> None:
        self._plan, self._client, self._endpoint, self._told = plan, client, endpoint, told
        self._draws = plan.draws("workflows")
        self.unanswered: dict[str, dict[str, Any]] = {}
        self._answered: list[dict[str, Any]] = []
        self._number = 0

    def run(self, over: threading.Event) -> None:
        with ThreadPoolExecutor(2) as senders:
            while not over.wait(self._draws.expovariate(1 / self._plan.pause)):
                submission = self._new()
                list(senders.map(self._submit, [submission] * (2 if self._draws.random() < 0.15 else 1)))
                self._repeat()
                if self._draws.random() < 0.05:
                    self._endpoint.stop(self._draws.choice(self._answered[-20:] or [submission])["taskToken"])

    def flush(self) -> bool:
        """Submit what was not answered yet once more, and return whether all is answered now."""
        for submission in list(self.unanswered.values()):
            self._submit(submission)
        return not self.unanswered

    def _repeat(self) -> None:
        if self.unanswered:
            self._submit(self._draws.choice(list(self.unanswered.values())))
        if self._answered and self._draws.random() < 0.1:
            self._submit(self._draws.choice(self._answered))

    def _new(self) -> dict[str, Any]:
        self._number += 1
        submission = a_submission(self._draws, self._number, self._plan)
        late = self._draws.uniform(0, 3) if self._draws.random() < 0.1 else 0.0
        execution = submission.get("execution", {}).get("id")
        self._endpoint.begin(submission["taskToken"], execution=execution, delay=late)
        self.unanswered[submission["taskToken"]] = submission
        return submission

    def _submit(self, submission: dict[str, Any]) -> None:
        token = submission["taskToken"]
        answered = self._client.post("/v1/approvals", submission)
        if answered and answered.status in (200, 201):
            self._told.submitted[token].add(answered.json["id"])
            self._told.shown(answered.json)
            if self.unanswered.pop(token, None):
                self._answered.append(submission)


def a_submission(draws: random.Random, number: int, plan: Plan) -> dict[str, Any]:
    """Return a submission with a short time-out; some have an output of their own, a heartbeat, or no execution."""
    token = f"token-{plan.seed}-{number}-{'k' * 100}"
    seconds = draws.randint(2, 5) if draws.random() < 0.4 else draws.randint(5, max(6, plan.longest))
    group = {"from": list(REVIEWERS), "need": draws.choice([1, 1, 2])}
    submission: dict[str, Any] = {
        "taskToken": token,
        "title": f"Refund order {number}",
        "tags": {"token": token},
        "policy": {
            "stages": [{"groups": [group]}],
            "timeout": f"{seconds}s",
            "onTimeout": draws.choice(["fail", "reject", "approve"]),
            "onReject": draws.choice(["fail", "succeed"]),
        },
    }
    if draws.random() < 0.9:
        arn = ARN.format(seed=plan.seed, number=number // STATES_IN_AN_EXECUTION)
        submission |= {"execution": {"id": arn}, "state": {"name": f"Wait {number}"}}
    if draws.random() < 0.15:
        submission["heartbeatSeconds"] = draws.randint(3, 9)
    if draws.random() < 0.1:
        submission["options"] = [
            {"id": side, "label": side.title(), "side": side, "output": own_output(token, side)}
            for side in ("approve", "reject")
        ]
    return submission


def own_output(token: str, side: str) -> dict[str, str]:
    """Return what the workflow gets in place of our outcome, where the option says so."""
    return {"Status": side, "wait": token}
