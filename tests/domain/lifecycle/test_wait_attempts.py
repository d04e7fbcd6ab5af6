"""Attempts of the same wait, as values: what makes one doubtful, and how a closed one ends."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.domain.lifecycle.wait_attempts import end_unawaited, in_doubt, may_have_others
from approvals.domain.model.approval import Approval
from approvals.domain.model.submission import Execution, State
from tests.builders import EXECUTION_ARN, NOW, an_approval

COUNTS = st.tuples(st.integers(0, 2), st.integers(0, 2))


def attempt(redrive: int = 0, retry: int = 0, *, waited: float | None = 0, **more: object) -> Approval:
    entered = None if waited is None else NOW - timedelta(seconds=waited)
    state = State(name="Wait", retry_count=retry, entered_time=entered)
    return an_approval(execution=Execution(id=EXECUTION_ARN, redrive_count=redrive), state=state, **more)


@given(mine=COUNTS, other=COUNTS)
def test_of_two_attempts_the_earlier_is_in_doubt_and_of_equal_ones_neither(
    mine: tuple[int, int], other: tuple[int, int]
) -> None:
    new, old = attempt(*mine), attempt(*other)
    expected = old if other < mine else new if mine < other else None
    assert in_doubt(new, [old]) is expected


@given(mine=COUNTS, others=st.lists(COUNTS, min_size=2, max_size=3))
def test_of_several_candidates_none_is_in_doubt(mine: tuple[int, int], others: list[tuple[int, int]]) -> None:
    assert in_doubt(attempt(*mine), [attempt(*counts) for counts in others]) is None


ENDS = [([], "cancelled"), ([(0, 1)], "superseded"), ([(0, 0)], "cancelled"), ([(0, 1), (0, 2)], "cancelled")]


@pytest.mark.parametrize(("others", "status"), ENDS)
def test_a_closed_attempt_is_superseded_by_the_only_later_one_and_else_cancelled(
    others: list[tuple[int, int]], status: str
) -> None:
    change = end_unawaited(attempt(), [attempt(*counts) for counts in others], now=NOW)
    assert (change.approval.status, change.approval.callback) == (status, "none")


@pytest.mark.parametrize(
    ("approval", "expected"),
    [
        (attempt(0, 0), False),
        (attempt(0, 0, waited=59), False),
        (attempt(0, 0, waited=61), True),
        (attempt(0, 0, waited=None), True),
        (attempt(0, 1), True),
        (attempt(1, 0), True),
        (an_approval(), False),
    ],
)
def test_only_a_later_or_late_attempt_looks_for_others(approval: Approval, expected: bool) -> None:
    assert may_have_others(approval) is expected
