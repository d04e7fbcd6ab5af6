"""The doctor on the work in the database: what fails, and whether somebody has to do something."""

from contextlib import closing

import pytest

from approvals.adapters.aws.clients import Clients
from approvals.domain.model.messages.results import ReasonClass, TryAgain
from approvals.entrypoints.doctor import work
from approvals.entrypoints.doctor.result import CheckLine
from approvals.presentation.messages.failing import FIXES
from tests.builders import a_submission
from tests.entrypoints.doctor.examining import clock_ahead, found, settings
from tests.fakes import World


def looked_at(url: str) -> list[CheckLine]:
    return list(work.check(settings(database_url=url), Clients(), clock_ahead(0)))


@pytest.mark.parametrize(("kind", "state"), [("denied", "fail"), ("throttled", "warn")])
def test_messages_that_fail_are_named_once_with_the_reason_and_a_fix(
    migrated_url: str, kind: ReasonClass, state: str
) -> None:
    with closing(World(migrated_url)) as world:
        world.gateway.submit(a_submission(), caller="tests")
        world.mail.results = [TryAgain("the mail server refuses our sender (553)", kind=kind)] * 9
        world.deliver_all()
    lines = looked_at(migrated_url)
    line = found(iter(lines), "delivery: ")
    assert (line.state, "553" in line.what, "1 attempt" in line.what, line.fix) == (state, True, True, FIXES[kind])
    assert sum("553" in one.what for one in lines) == 1


def test_without_failing_messages_it_is_well(migrated_url: str) -> None:
    assert found(iter(looked_at(migrated_url)), "delivery: ") == CheckLine("ok", "delivery: nothing fails")
