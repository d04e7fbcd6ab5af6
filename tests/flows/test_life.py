"""Events in any order (answers, time, crashes, lost connections, stops): one outcome, sent once.

A random life of several approvals against a model of Step Functions that knows which token was completed by whom.
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from approvals.domain.model.approval import Answer, Approval
from approvals.domain.model.messages.outgoing import Callback
from approvals.domain.model.messages.results import GivenUp, Result, Sent, TryAgain
from approvals.domain.model.policy import Escalation, Group, Policy, Stage
from approvals.domain.model.records import Target
from approvals.domain.problems import ApprovalsError
from tests.builders import BY_LINK, CONTEXT, a_submission
from tests.fakes import FakeCallbacks, World

PEOPLE = ("ana@example.com", "ben@example.com", "cat@example.com")
GONE = GivenUp("the task no longer waits", closed=True)


class Crash(BaseException):
    """The process dies here."""


class StepFunctions(FakeCallbacks):
    """Tokens are open until completed (by a callback id) or gone. `faults` say what goes wrong with the next calls."""

    def __init__(self) -> None:
        super().__init__()
        self.completed_by: dict[str, str] = {}
        self.gone: set[str] = set()
        self.faults: list[str] = []
        self.readable = True

    def send(self, callback: Callback, *, token: str, target: Target) -> Result:  # noqa: ARG002
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "crash before":
            raise Crash
        if fault == "throttled":
            return TryAgain("throttled")
        if token in self.gone or token in self.completed_by:
            return GONE
        if fault != "lost before":
            self.completed_by[token] = callback.callback_id
        if fault == "crash after":
            raise Crash
        return TryAgain("no answer", ambiguous=True) if fault.startswith("lost") else Sent("request")

    def heartbeat(self, *, token: str, target: Target) -> Result:  # noqa: ARG002
        return GONE if token in self.gone or token in self.completed_by else Sent()

    def happened(self, callback: Callback, *, target: Target) -> bool | None:  # noqa: ARG002
        return callback.callback_id in self.completed_by.values() if self.readable else None


class Life(RuleBasedStateMachine):
    """One database, one gateway, a few workflows."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.aws = StepFunctions()
        self.world = World(f"sqlite:///{shutil.copy(self.template, self.folder / 'life.db')}", callbacks=self.aws)
        self.tokens: dict[str, str] = {}
        self.ended: dict[str, str] = {}

    def _attempt(self, act: Callable[[], object]) -> None:
        try:
            act()
        except (Crash, ApprovalsError):
            self.aws.faults.clear()

    def _approvals(self) -> list[Approval]:
        return [self.world.gateway.approval(approval_id) for approval_id in self.tokens]

    @precondition(lambda self: len(self.tokens) < 4)
    @rule(need=st.integers(1, 3), escalates=st.booleans())
    def submit(self, need: int, escalates: bool) -> None:
        steps = (Escalation(after="1h", to=("cfo@example.com",)),) if escalates else ()
        stage = Stage(groups=(Group(from_=PEOPLE, need=need),), escalate=steps, remind=("30m",))
        token = f"token-{len(self.tokens)}"
        submission = a_submission(
            task_token=token, policy=Policy(stages=(stage,), timeout="4h"), heartbeat_seconds=900, **CONTEXT
        )
        self.tokens[self.world.gateway.submit(submission, caller="tests").approval_id] = token

    @precondition(lambda self: self.tokens)
    @rule(data=st.data(), reviewer=st.integers(0, 3), option=st.sampled_from(["approve", "reject"]))
    def decide(self, data: st.DataObject, reviewer: int, option: str) -> None:
        approval_id = data.draw(st.sampled_from(sorted(self.tokens)))
        answer = Answer(option=option)
        decide = self.world.gateway.decide
        self._attempt(lambda: decide(approval_id, reviewer=reviewer, answer=answer, actor=BY_LINK, assurance="link"))

    @precondition(lambda self: self.tokens)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        approval_id = data.draw(st.sampled_from(sorted(self.tokens)))
        self._attempt(lambda: self.world.gateway.cancel(approval_id, actor="tests", reason="withdrawn"))

    @precondition(lambda self: self.tokens)
    @rule(data=st.data())
    def workflow_stops(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(sorted(self.tokens.values())))
        if token not in self.aws.completed_by:
            self.aws.gone.add(token)

    @rule(faults=st.lists(
        st.sampled_from(["throttled", "lost before", "lost after", "crash before", "crash after"]), max_size=3
    ))  # fmt: skip
    def something_will_go_wrong(self, faults: list[str]) -> None:
        self.aws.faults = faults

    @rule(minutes=st.sampled_from([1, 15, 31, 61, 300]))
    def time_passes(self, minutes: int) -> None:
        self.world.clock.forward(minutes=minutes)

    @rule()
    def sweep(self) -> None:
        self.world.gateway.sweep()

    @rule()
    def deliver(self) -> None:
        self._attempt(lambda: self.world.gateway.deliver(lane="callback"))
        self.world.gateway.deliver(lane="notice")

    @invariant()
    def what_has_ended_stays_as_it_ended(self) -> None:
        for approval in self._approvals():
            if not approval.pending:
                assert self.ended.setdefault(approval.id, approval.status) == approval.status

    @invariant()
    def nothing_is_claimed_that_is_not_so(self) -> None:
        for approval in self._approvals():
            by = self.aws.completed_by.get(self.tokens[approval.id])
            if approval.callback == "delivered":
                assert by == approval.callback_id
            if approval.callback == "tooLate":
                assert by is None
            if by is not None:
                assert not approval.pending

    @invariant()
    def the_trail_has_a_line_for_every_version(self) -> None:
        for approval in self._approvals():
            assert len(self.world.gateway.audit(approval.id)) == approval.version

    def teardown(self) -> None:
        """In the end, with nothing going wrong any more, everybody is told."""
        self.aws.faults.clear()
        for _ in range(4):
            self.world.clock.forward(hours=6)
            self.world.sweep_all()
        for approval in self._approvals():
            token = self.tokens[approval.id]
            assert not approval.pending
            assert approval.callback != "waiting"
            assert token in self.aws.gone or self.aws.completed_by[token] == approval.callback_id
        self.world.close()
        shutil.rmtree(self.folder)


@pytest.mark.parametrize("examples", [60])
def test_any_life_of_approvals_has_one_outcome_that_is_told_once(sqlite_url: str, examples: int) -> None:
    Life.template = Path(sqlite_url.removeprefix("sqlite:///"))
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=examples, stateful_step_count=30, deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )  # fmt: skip
