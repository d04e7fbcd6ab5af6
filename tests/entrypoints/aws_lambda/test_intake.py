"""The handler intake: only failed messages are redelivered, and reviewers are asked at once."""

import json
from typing import Any

import pytest
import sqlalchemy as sa

from approvals.adapters.database import tables
from approvals.domain.problems import Invalid
from approvals.entrypoints.aws_lambda import intake as lambda_intake
from approvals.entrypoints.aws_lambda import tick as lambda_tick
from approvals.entrypoints.aws_lambda.intake import NotTaken
from approvals.entrypoints.aws_lambda.runtime import HandlerContext
from tests.entrypoints.aws_lambda.invoking import GOOD, Context, batch, counted, left, recorded
from tests.support.aws.state_machines import eventually
from tests.support.mail.smtp import SmtpServer


def test_of_ten_messages_only_the_bad_one_comes_again(
    environ: dict[str, str], made: list[HandlerContext], capsys: pytest.CaptureFixture[str]
) -> None:
    take_in = lambda_intake.make(environ)
    bodies: list[Any] = [{**GOOD, "taskToken": f"t{n}"} for n in range(10)]
    bodies[3] = '{"taskToken": "t3", "tit'
    assert left(take_in(batch(*bodies), Context())) == ["m3"]
    with made[0].database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.approvals)).scalar() == 9
    said = capsys.readouterr()
    assert counted(said.out)["ApprovalsOpened"] == 9
    [line] = [json.loads(line) for line in said.err.splitlines() if "intake.unreadable" in line]
    assert (line["message_id"], line["aws_request_id"]) == ("m3", "request-1")


def test_people_are_asked_in_the_same_invocation(environ: dict[str, str], smtp: SmtpServer) -> None:
    lambda_intake.make(environ)(batch(GOOD), Context())
    assert [each.recipients for each in smtp.received] == [["ana@example.com"]]


def test_with_a_window_the_tick_sends_one_digest_of_everything_high_risk_too(
    environ: dict[str, str], smtp: SmtpServer
) -> None:
    windowed = {**environ, "APPROVALS_DIGEST_WINDOW": "1s"}
    bodies = [{**GOOD, "taskToken": f"t{n}"} for n in range(3)]
    risky = {**GOOD, "taskToken": "risky", "title": "Risky", "risk": "high"}
    lambda_intake.make(windowed)(batch(*bodies, risky), Context())
    assert smtp.received == []
    tick = lambda_tick.make(windowed)
    eventually(lambda: tick({}, Context()) and len(smtp.received) > 0)
    assert [each.message["Subject"] for each in smtp.received] == ["4 approvals wait for your answer (1 high risk)"]


def test_a_mail_that_came_back_may_be_reported_by_the_bus_to_the_function(environ: dict[str, str]) -> None:
    take_in = lambda_intake.make(environ)
    assert take_in(recorded("ses-bounce-by-eventbridge"), Context()) == {"taken": 1}


def test_mails_for_which_no_time_is_left_are_the_ticks(environ: dict[str, str], smtp: SmtpServer) -> None:
    assert left(lambda_intake.make(environ)(batch(GOOD), Context(milliseconds=5_000))) == []
    assert smtp.received == []
    lambda_tick.make(environ)({}, Context())
    assert len(smtp.received) == 1


def test_a_problem_while_mailing_does_not_bring_the_batch_back(
    environ: dict[str, str], made: list[HandlerContext], capsys: pytest.CaptureFixture[str]
) -> None:
    take_in = lambda_intake.make(environ)
    with made[0].database.write() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER away BEFORE UPDATE ON outbox BEGIN SELECT RAISE(ABORT, 'nothing can be leased'); END"
        )
    assert take_in(batch(GOOD), Context()) == {"batchItemFailures": []}
    assert '"event":"delivery.error"' in capsys.readouterr().err


@pytest.mark.parametrize("name", ["lambda-sns", "lambda-eventbridge"])
def test_what_sns_and_eventbridge_hand_over_is_taken_in(name: str, environ: dict[str, str], smtp: SmtpServer) -> None:
    assert lambda_intake.make(environ)(recorded(name), Context()) == {"taken": 1}
    assert len(smtp.received) == 1


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({"Records": [{"eventSource": "aws:s3", "s3": {}}]}, "records of aws:s3 are not taken"),
        ({"Records": []}, "records of nobody are not taken"),
        ({"detail-type": "EC2 Instance State-change", "source": "aws.ec2", "detail": {}}, "1 of 1 could not be"),
        ({"Records": [{"EventSource": "aws:sns", "Sns": {"MessageId": "1", "Message": "half {"}}]}, "1 of 1 could not"),
    ],
)
def test_what_is_none_of_ours_fails_the_invocation_so_that_aws_puts_it_aside(
    environ: dict[str, str], event: Any, says: str
) -> None:
    with pytest.raises(NotTaken, match=says):
        lambda_intake.make(environ)(event, Context())


def test_invoked_directly_it_answers_with_the_approvals_id_and_the_same_again(environ: dict[str, str]) -> None:
    take_in = lambda_intake.make(environ)
    first = take_in(GOOD, Context())
    assert first["created"] is True
    assert take_in(GOOD, Context()) == {"approvalId": first["approvalId"], "created": False}


@pytest.mark.parametrize("payload", [{"title": "no token"}, [], None, "text"])
def test_a_direct_invocation_for_which_nobody_waits_gets_the_problems_raised(
    environ: dict[str, str], payload: Any
) -> None:
    with pytest.raises(Invalid):
        lambda_intake.make(environ)(payload, Context())
