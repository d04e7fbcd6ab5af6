"""The handler tick: all that is due, as far as there is time, and how late it was."""

from datetime import timedelta

import pytest

from approvals.adapters.database import tables
from approvals.entrypoints.aws_lambda import tick as lambda_tick
from approvals.entrypoints.aws_lambda.runtime import HandlerContext
from tests.builders import a_submission
from tests.entrypoints.aws_lambda.invoking import Context, counted
from tests.support.mail.smtp import SmtpServer


def test_a_tick_does_all_that_is_due_and_states_how_late_it_was(
    environ: dict[str, str], made: list[HandlerContext], smtp: SmtpServer, capsys: pytest.CaptureFixture[str]
) -> None:
    tick = lambda_tick.make({**environ, "APPROVALS_DELIVERY_THREADS": "2"})
    gateway = made[0].gateway
    for n in range(5):
        gateway.submit(a_submission(task_token=f"t{n}", reviewers=("ana@example.com",)), caller="tests")
    past = gateway.now() - timedelta(seconds=90)
    with made[0].database.write() as connection:
        notices = tables.outbox.update().where(tables.outbox.c.lane == "notice")
        connection.execute(notices.values(next_attempt_at=past))
    assert tick({}, Context())["messages"] == 5
    assert len(smtp.received) == 5
    assert 90 <= counted(capsys.readouterr().out)["OldestMessage"] < 120
    assert tick({}, Context()) == {"changes": 0, "messages": 0, "forgotten": 0, "purged": 0}


def test_a_tick_begins_nothing_that_it_could_not_end(
    environ: dict[str, str], made: list[HandlerContext], smtp: SmtpServer
) -> None:
    tick = lambda_tick.make({**environ, "APPROVALS_DELIVERY_THREADS": "1"})
    for n in range(3):
        submission = a_submission(task_token=f"t{n}", reviewers=("ana@example.com",))
        made[0].gateway.submit(submission, caller="tests")
    assert tick({}, Context(milliseconds=29_000))["messages"] == 0
    assert tick({}, Context(milliseconds=60_000, less=9_000))["messages"] == 2  # asked thrice, for each lane and time
    assert len(smtp.received) == 2
    assert tick({}, Context())["messages"] == 1


def test_a_tick_settles_what_is_overdue_and_counts_it(
    environ: dict[str, str], made: list[HandlerContext], capsys: pytest.CaptureFixture[str]
) -> None:
    tick = lambda_tick.make(environ)
    gateway = made[0].gateway
    gateway.submit(a_submission(), caller="tests")
    with made[0].database.write() as connection:
        overdue = gateway.now() - timedelta(seconds=30)
        connection.execute(tables.approvals.update().values(next_action_at=overdue, deadline=overdue))
    assert tick({}, Context())["changes"] == 1
    found = counted(capsys.readouterr().out)
    assert found["ApprovalsSettled"] == 1
    assert 30 <= found["SweepLag"] < 60
