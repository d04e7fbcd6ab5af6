"""The timeline of the review page: in order, within its width, with visible gaps of minutes and of weeks."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from approvals.domain.model.approval import Status
from approvals.entrypoints.pages.review.timeline import FIRST, LAST, MOST_MARKS, Timeline, timeline
from approvals.presentation.explain.forecast import Kind, Moment
from tests.builders import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def drawn(*moments: tuple[Kind, timedelta], status: Status = Status.PENDING) -> Timeline:
    """The picture of moments so long after (or before) now."""
    told = tuple(Moment(kind=kind, at=NOW + after, what=kind) for kind, after in moments)
    return timeline(status, told, now=NOW)


def test_what_was_is_before_now_and_what_may_come_after_it() -> None:
    line = drawn(("asked", -DAY), ("answered", -HOUR), ("reminded", HOUR), ("ended", 8 * DAY))
    assert [(mark.kind, mark.past) for mark in line.marks] == [
        ("asked", True), ("answered", True), ("reminded", False), ("ended", False),
    ]  # fmt: skip
    assert line.now is not None
    assert [mark.x < line.now for mark in line.marks] == [True, True, False, False]
    assert (line.marks[0].x, line.marks[-1].x) == (FIRST, LAST)
    assert ([m.what for m in line.past], [m.what for m in line.future]) == (
        ["asked", "answered"],
        ["reminded", "ended"],
    )


def test_minutes_are_told_apart_beside_weeks_and_longer_gaps_are_wider() -> None:
    line = drawn(("asked", -15 * MINUTE), ("reminded", 5 * MINUTE), ("escalated", 3 * HOUR), ("ended", 21 * DAY))
    places = [line.marks[0].x, line.now or 0, *(mark.x for mark in line.marks[1:])]
    gaps = [after - before for before, after in pairwise(places)]
    assert min(gaps) > 8
    assert gaps[1] < gaps[0] < gaps[2] < gaps[3]
    assert [gap.text for gap in line.gaps] == ["3 h", "21 d"], "a label only where it has room"


def test_an_hour_and_a_day_are_worded_in_a_unit_that_keeps_them_exact() -> None:
    line = drawn(("asked", -90 * MINUTE), ("ended", 30 * HOUR))
    assert [gap.text for gap in line.gaps] == ["90 min", "30 h"]


def test_what_is_over_has_no_now() -> None:
    line = drawn(("asked", -DAY), ("answered", -HOUR), status=Status.APPROVED)
    assert (line.now, line.end, line.future) == (None, "approved", ())
    assert all(mark.past for mark in line.marks)


def test_what_is_overdue_is_still_to_come() -> None:
    line = drawn(("asked", -DAY), ("ended", timedelta(0)))
    assert [m.what for m in line.future] == ["ended"]


def test_where_all_happened_in_one_moment_there_is_nothing_to_draw() -> None:
    assert drawn(("asked", timedelta(0)), ("ended", timedelta(0)), status=Status.APPROVED).marks == ()


def test_of_one_minute_the_weightiest_counts() -> None:
    line = drawn(("asked", -DAY), ("reminded", HOUR), ("escalated", HOUR), ("ended", DAY))
    assert [mark.kind for mark in line.marks] == ["asked", "escalated", "ended"]


def test_of_very_many_the_later_reminders_are_left_out_of_the_picture_but_not_of_the_list() -> None:
    many = [("reminded", n * HOUR) for n in range(1, 60)]
    line = drawn(("asked", -DAY), *many, ("escalated", 59 * HOUR + MINUTE), ("ended", 9 * DAY))  # type: ignore[arg-type]
    assert len(line.marks) == MOST_MARKS
    assert [mark.kind for mark in line.marks[-2:]] == ["escalated", "ended"]
    assert len(line.future) == 61


KINDS: st.SearchStrategy[Kind] = st.sampled_from(["asked", "answered", "reminded", "escalated", "sent", "ended"])
MOMENTS = st.lists(st.tuples(KINDS, st.timedeltas(-366 * DAY, 366 * DAY)), max_size=40)


@given(moments=MOMENTS, status=st.sampled_from(Status))
def test_every_picture_is_in_order_and_within_its_width(moments: list[tuple[Kind, timedelta]], status: Status) -> None:
    line = drawn(*sorted(moments, key=lambda one: one[1]), status=status)
    places = [mark.x for mark in line.marks]
    assert places == sorted(places)
    assert all(FIRST <= x <= LAST for x in (*places, *(gap.x for gap in line.gaps)))
    assert len(places) <= MOST_MARKS


def test_labels_give_way_to_now() -> None:
    early, late = drawn(("asked", -MINUTE), ("ended", 9 * DAY)), drawn(("asked", -9 * DAY), ("ended", MINUTE))
    assert (early.begins_far_from_now, early.ends_far_from_now) == (False, True)
    assert (late.begins_far_from_now, late.ends_far_from_now) == (True, False)
