"""Quorum: the matching of people to seats, against trying out every possibility."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from approvals.domain.eligibility.quorum import fill

SEATS = [(0, 0), (0, 1), (1, 0)]
needs = st.dictionaries(st.sampled_from(SEATS), st.integers(0, 3))
people = st.lists(st.sets(st.sampled_from(SEATS)), max_size=5)


def _most(wanted: dict[tuple[int, int], int], persons: list[set[tuple[int, int]]]) -> int:
    """The most seats that can be filled, by trying every way to seat everybody."""
    best = 0
    for seating in itertools.product(*[[None, *seats] for seats in persons]):
        taken = {seat: min(seating.count(seat), count) for seat, count in wanted.items()}
        best = max(best, sum(taken.values()))
    return best


@given(needs, people)
def test_as_many_seats_are_filled_as_can_be_with_each_person_once(
    wanted: dict[tuple[int, int], int], persons: list[set[tuple[int, int]]]
) -> None:
    filled = fill(wanted, persons)
    assert sum(filled.values()) == _most(wanted, persons)
    assert all(filled[seat] <= count for seat, count in wanted.items())


def test_thousands_of_people_are_seated_at_once_and_a_long_chain_of_moves_is_found() -> None:
    crowd = [{(0, group)} for group in range(40) for _ in range(60)]
    assert sum(fill({(0, group): 60 for group in range(40)}, crowd).values()) == 2400
    chain = [{(0, n), (0, n + 1)} for n in range(2000)] + [{(0, 0)}]
    assert sum(fill({(0, n): 1 for n in range(2001)}, chain).values()) == 2001


def test_somebody_moves_to_another_seat_when_that_lets_one_more_in() -> None:
    assert fill({(0, 0): 1, (0, 1): 1}, [{(0, 0), (0, 1)}, {(0, 0)}]) == {(0, 0): 1, (0, 1): 1}
