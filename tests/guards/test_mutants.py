"""The list of mutations fits the code: each changes one place, and its tests exist. Nothing is run here."""

import pytest

from tests.mutants.mutation import exists, faults, mutations
from tests.mutants.trial import verdict

FEWEST = 60
GUARANTEES = {
    "exactly one callback", "nothing is lost in a crash", "only eligible people decide", "the requester never decides",
    "signed links", "forms are ours", "a GET changes nothing", "text is escaped", "throttles",
    "task tokens stay secret",
    "the audit trail is complete", "moments are kept", "the quorum is counted", "Slack signs its requests",
    "SNS signs its messages", "scopes of API keys", "a submission is idempotent", "keys of messages are unique",
    "digests are leased as a whole", "rate limits", "a message never harms its batch",
    "unreadable rows are set aside", "the circuit breaker is never before health", "only a closed token ends a wait",
    "what really arrives is read right", "metrics name nobody, and everything that is late",
}  # fmt: skip


def test_each_mutation_changes_one_place_and_names_tests_that_exist() -> None:
    assert [f"{one.guarantee}: {one.breaks}: {fault}" for one in mutations() for fault in faults(one)] == []


def test_every_guarantee_has_its_mutations() -> None:
    listed = mutations()
    assert {one.guarantee for one in listed} == GUARANTEES
    assert len(listed) >= FEWEST
    assert len({(one.file, one.old, one.new) for one in listed}) == len(listed)
    assert not [one.breaks for one in listed if one.old == one.new]


def test_a_test_that_there_is_not_is_found() -> None:
    assert exists(f"tests/guards/test_mutants.py::{test_a_test_that_there_is_not_is_found.__name__}")
    assert not exists("tests/guards/test_mutants.py::test_x")
    assert not exists("tests/guards/test_nothing.py::test_x")
    assert not exists("tests/guards/test_mutants.py")


@pytest.mark.parametrize(
    ("status", "printed", "expected"),
    [
        (1, "FAILED tests/x.py::test_y[a b] - AssertionError: no\n1 failed", ("tests/x.py::test_y[a b]", "")),
        (1, "FAILED tests/x.py::test_y\n1 failed", ("tests/x.py::test_y", "")),
        (0, "..\n2 passed in 1 s", ("", "all tests passed")),
        (-1, "no end within 600 s", ("", "no end within 600 s")),
        (1, "ERROR tests/x.py::test_y - OSError\n1 error", ("", "1 error")),
        (2, "ERROR tests/x.py\n1 error during collection", ("", "1 error during collection")),
        (1, "FAILED tests/x.py::test_y - ImportError: no\n1 failed", ("", "ImportError: no")),
    ],
)
def test_only_a_test_that_fails_catches_a_mutation(status: int, printed: str, expected: tuple[str, str]) -> None:
    assert verdict(status, printed) == expected
