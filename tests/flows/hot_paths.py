"""The operations whose cost is held. Each method of `HotPaths` prepares one and returns it, to be measured alone."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from approvals.domain.model.approval import Answer
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.results import Sent
from approvals.domain.model.records import Leased, Rendering
from approvals.domain.model.submission import Execution, State, Submission
from approvals.entrypoints.app import create_app
from tests.builders import BY_LINK, CONTEXT, EXECUTION_ARN, a_submission
from tests.fakes import PUBLIC_URL, World

BATCH = 10
INBOX = 50
FROM_OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}
YES = {"option": "approve", "comment": "The photographs are clear."}
Prepared = Callable[[], None]


class HotPaths:
    """The operations on one world, without a directory."""

    def __init__(self, world: World) -> None:
        self._world, self._gateway = world, world.gateway
        self._client = create_app(world.gateway).test_client()
        self._numbers = count(1)

    def intake(self) -> Prepared:
        asked = [self._asked()]
        return lambda: _equal(1, len(self._gateway.submit_all(asked, caller="tests")))

    def intake_of_ten(self) -> Prepared:
        asked = [self._asked() for _ in range(BATCH)]
        return lambda: _equal(BATCH, len(self._gateway.submit_all(asked, caller="tests")))

    def decision(self) -> Prepared:
        """One of two answers, so that there is no callback yet."""
        approval_id = self._submitted(need=2)
        return lambda: _equal("none", self._decided(approval_id))

    def decision_and_callback(self) -> Prepared:
        approval_id = self._submitted()
        return lambda: _equal("delivered", self._decided(approval_id))

    def answer_on_the_page(self) -> Prepared:
        """The POST of the form: one of two answers."""
        approval_id = self._submitted(need=2)
        form = {**YES, "nonce": self._nonce(approval_id)}
        path = self._link(approval_id)
        return lambda: _equal(303, self._client.post(path, data=form, headers=FROM_OUR_PAGE).status_code)

    def closing(self) -> Prepared:
        """Record that Step Functions accepted a callback."""
        leased = self._leased_callbacks(1)
        return lambda: _equal(1, self._closed(leased))

    def closing_of_ten(self) -> Prepared:
        leased = self._leased_callbacks(BATCH)
        return lambda: _equal(BATCH, self._closed(leased))

    def review_page(self) -> Prepared:
        path = self._link(self._submitted())
        return lambda: _equal(200, self._client.get(path).status_code)

    def inbox_of_fifty(self) -> Prepared:
        approval_id = self._submitted()
        for _ in range(INBOX - len(self._gateway.inbox(approval_id, reviewer=0).lines)):
            self._submitted()
        path = self._path(self._gateway.ports.links.inbox_url(approval_id, 0, now=self._world.clock()))
        return lambda: _equal(200, self._client.get(path).status_code)

    def sweep_of_nothing(self) -> Prepared:
        self._submitted()
        return lambda: _equal(0, self._gateway.sweep())

    def sweep_of_ten(self) -> Prepared:
        """Ten approvals whose deadline is over."""
        self._make_overdue(BATCH)
        return lambda: _equal(BATCH, self._gateway.sweep())

    def lease_of_nothing(self) -> Prepared:
        self._submitted()
        return lambda: _equal(0, len(self._lease(BATCH)))

    def lease_of_ten(self) -> Prepared:
        self._expire(BATCH)
        return lambda: _equal(BATCH, len(self._lease(BATCH)))

    def _asked(self, **changes: Any) -> Submission:
        number = next(self._numbers)
        execution = Execution(id=f"{EXECUTION_ARN}-{number}", name=f"order-{number}")
        state = State(name="Wait for finance", entered_time=self._world.clock())
        defaults = {
            **CONTEXT,
            "execution": execution,
            "state": state,
            "task_token": f"token-{number}",
            "tags": {"team": "payments"},
        }
        return a_submission(**{**defaults, **changes})

    def _submitted(self, **changes: Any) -> str:
        return self._gateway.submit(self._asked(**changes), caller="tests").approval_id

    def _decided(self, approval_id: str) -> str:
        """Return the state of the callback after an answer."""
        decided = self._gateway.decide(
            approval_id, reviewer=0, answer=Answer(**YES), actor=BY_LINK, assurance="link"
        )  # fmt: skip
        return decided.approval.callback

    def _make_overdue(self, number: int) -> None:
        for _ in range(number):
            self._submitted(timeout_seconds=3600)
        self._world.clock.forward(hours=1)
        while self._gateway.deliver(lane="callback"):  # heartbeats
            pass

    def _expire(self, number: int) -> None:
        """Leave callbacks to be delivered."""
        self._make_overdue(number)
        _equal(number, self._gateway.sweep())

    def _lease(self, limit: int) -> Sequence[Leased]:
        now = self._world.clock()
        return self._gateway.ports.outbox.lease(
            lane="callback", now=now, until=now + timedelta(minutes=1), limit=limit
        )  # fmt: skip

    def _leased_callbacks(self, number: int) -> Sequence[Leased]:
        self._expire(number)
        return self._lease(number)

    def _closed(self, leased: Sequence[Leased]) -> int:
        results = [(one, Sent("request-1")) for one in leased]
        return self._gateway.ports.outbox.settle(results, now=self._world.clock(), jitter=lambda: 1.0)

    def _link(self, approval_id: str) -> str:
        return self._path(self._gateway.ports.links.url(approval_id, ForReviewer(0), now=self._world.clock()))

    def _path(self, url: str) -> str:
        return url.removeprefix(PUBLIC_URL)

    def _nonce(self, approval_id: str) -> str:
        content = self._gateway.approval(approval_id).content_sha256
        return self._gateway.nonce(Rendering(approval_id, ForReviewer(0), self._world.clock(), content))


def _equal(expected: object, found: object) -> None:
    """An operation that did not do its work costs nothing: it must not be measured."""
    assert found == expected
