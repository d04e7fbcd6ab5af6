"""Ids, which sort by time."""

from approvals.wiring import new_id


def test_ids_sort_by_time_and_do_not_repeat() -> None:
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert [each[:11] for each in ids] == sorted(each[:11] for each in ids)
