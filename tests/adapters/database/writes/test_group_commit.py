"""Group commit by itself: who writes together, whose error is whose, and that nobody waits for a leader for ever."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from approvals.adapters.database.writes.group_commit import MOST, GroupCommit
from approvals.domain.model.errors import Unavailable


class Journal:
    """Writes numbers. The first write waits until it may go on, so that the others get in line."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.leaders: list[int] = []
        self.began, self.may_go_on = threading.Event(), threading.Event()
        self.fails: Callable[[Sequence[int]], BaseException | None] = lambda _: None

    def write(self, items: Sequence[int]) -> list[str]:
        self.batches.append(list(items))
        self.leaders.append(threading.get_ident())
        self.began.set()
        assert self.may_go_on.wait(10)
        if error := self.fails(items):
            raise error
        return [f"wrote {item}" for item in items]


def together(
    journal: Journal, first: int, *others: int, keys: Callable[[int], list[int]] = lambda _: []
) -> list[Future[str]]:
    """Write `first` alone, and the others while that is under way, in this order."""
    commit = GroupCommit(journal.write, keys=keys)
    with ThreadPoolExecutor(1 + len(others)) as threads:
        found = [threads.submit(commit, first)]
        assert journal.began.wait(10)
        for number, other in enumerate(others, start=1):
            found.append(threads.submit(commit, other))
            while len(commit.waiting) < number:
                pass
        journal.may_go_on.set()
    return found


def test_a_single_writer_waits_for_nobody() -> None:
    journal = Journal()
    journal.may_go_on.set()
    assert GroupCommit(journal.write)(7) == "wrote 7"


def test_items_that_arrive_during_a_write_are_written_together() -> None:
    journal = Journal()
    found = together(journal, 1, 2, 3, 4)
    assert journal.batches == [[1], [2, 3, 4]]
    assert [one.result(0) for one in found] == ["wrote 1", "wrote 2", "wrote 3", "wrote 4"]
    assert len(set(journal.leaders)) == 2, "nobody leads twice"


def test_a_batch_is_limited() -> None:
    journal = Journal()
    together(journal, 0, *range(1, MOST + 2))
    assert [len(batch) for batch in journal.batches] == [1, MOST, 1]


def test_items_of_one_key_are_written_one_after_another() -> None:
    journal = Journal()
    found = together(journal, 10, 20, 21, 30, keys=lambda item: [item // 10])
    assert journal.batches == [[10], [20, 30], [21]]
    assert [one.result(0) for one in found] == [f"wrote {n}" for n in (10, 20, 21, 30)]


def test_an_item_that_cannot_be_written_spoils_no_other() -> None:
    journal = Journal()
    journal.fails = lambda items: ValueError("three") if 3 in items else None
    _, two, three, four = together(journal, 1, 2, 3, 4)
    assert (two.result(0), four.result(0)) == ("wrote 2", "wrote 4")
    with pytest.raises(ValueError, match="three"):
        three.result(0)
    assert journal.batches == [[1], [2, 3, 4], [2], [3], [4]]


def test_a_database_that_is_gone_is_not_asked_for_each_item() -> None:
    journal = Journal()
    journal.fails = lambda items: Unavailable("gone") if 2 in items else None
    _, two, three = together(journal, 1, 2, 3)
    assert isinstance(two.exception(0), Unavailable)
    assert isinstance(three.exception(0), Unavailable)
    assert journal.batches == [[1], [2, 3]]


def test_a_leader_that_is_stopped_leaves_nobody_waiting() -> None:
    journal = Journal()
    journal.fails = lambda items: SystemExit() if 1 in items else None
    first, *others = together(journal, 1, 2, 3)
    assert isinstance(first.exception(0), SystemExit)
    assert [one.result(0) for one in others] == ["wrote 2", "wrote 3"]


def test_the_members_of_a_batch_whose_leader_is_stopped_do_not_wait_either() -> None:
    journal = Journal()
    journal.fails = lambda items: SystemExit() if 2 in items else None
    found = together(journal, 1, 2, 3)
    assert [type(one.exception(0)) for one in found[1:]] == [SystemExit, SystemExit]
    assert found[0].result(0) == "wrote 1"
