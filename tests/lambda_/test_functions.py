"""The real zip under AWS's own runtime: a workflow asks, people are mailed and answer on the page, it goes on."""

import json
import re
from collections import defaultdict
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest

from approvals.demo.stepfunctions.local_aws import LocalAws
from tests.e2e.whole import SUBMISSION, hidden_fields
from tests.lambda_.conftest import PUBLIC_URL, Start
from tests.lambda_.functions import FunctionFailed, HttpApi, from_queue
from tests.support.aws.state_machines import Machines
from tests.support.mail.smtp import SmtpServer

FORM = {"content-type": "application/x-www-form-urlencoded", "origin": PUBLIC_URL, "sec-fetch-site": "same-origin"}


@pytest.fixture
def machines(aws: LocalAws) -> Machines:
    return Machines(aws)


def _started(machines: Machines) -> str:
    parameters = {"QueueUrl": machines.queue_url, "MessageBody": SUBMISSION}
    wait = machines.wait_state(Parameters=parameters, TimeoutSeconds=3600)
    return machines.start({"Wait": wait}, execution_input={"order": "ž-1", "amount": 420})


def _link(smtp: SmtpServer) -> str:
    body = smtp.messages[0].get_body(("plain",))
    found = re.search(rf"{re.escape(PUBLIC_URL)}(/r/\S+)", body.get_content() if body else "")
    assert found
    return found[1]


def _metrics(lines: list[dict[str, Any]]) -> dict[str, float]:
    """Sum each metric over all lines."""
    found = defaultdict[str, float](float)
    for line in (line for line in lines if "_aws" in line):
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
            found[metric["Name"]] += line[metric["Name"]]
    return found


def test_from_the_queue_to_the_outcome(
    machines: Machines, smtp: SmtpServer, start: Start, bare_database_url: str
) -> None:
    database = {"APPROVALS_DATABASE_URL": bare_database_url}
    assert start("migrate", **database).invoke({})["revision"]
    execution = _started(machines)
    intake = start("intake", **database)
    assert from_queue(machines.sqs, machines.queue_url, intake) == []
    smtp.wait_for(2)  # the mails left in the same invocation
    api = HttpApi(start("http", **database))
    link = _link(smtp)
    status, headers, page = api.send("GET", link)
    assert (status, headers["cache-control"]) == (200, "no-store")
    assert "Refund order ž-1" in page.decode()
    answer = {**hidden_fields(page.decode()), "option": "approve", "comment": "schön"}
    status, headers, _ = api.send("POST", link, headers=FORM, body=urlencode(answer).encode())
    assert status == 303, headers
    output = machines.output(execution)
    assert (output["outcome"], output["comment"]) == ("approved", "schön")
    tick = start("tick", **database)
    assert tick.invoke({"detail-type": "Scheduled Event", "source": "aws.events"})["messages"] >= 1
    smtp.wait_for(4)
    assert tick.invoke({})["messages"] == 0
    assert _metrics(intake.lines())["ApprovalsOpened"] == 1
    gauges = {"SweepLag", "OldestMessage", "Pending", "Overdue", "CallbacksUndelivered"}
    assert set(_metrics(tick.lines())) == gauges


def test_of_a_batch_the_good_go_through_and_the_unreadable_end_in_the_dead_letter_queue(
    machines: Machines, start: Start, sqlite_url: str
) -> None:
    sqs = machines.sqs
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
    queue = sqs.create_queue(QueueName="in", Attributes={"VisibilityTimeout": "0", "RedrivePolicy": redrive})[
        "QueueUrl"
    ]
    good = {"taskToken": "t", "title": "Refund", "reviewers": ["ana@example.com"]}
    bodies = [*(json.dumps({**good, "taskToken": f"t{n}"}) for n in range(9)), '{"half a']
    sqs.send_message_batch(QueueUrl=queue, Entries=[{"Id": str(n), "MessageBody": b} for n, b in enumerate(bodies)])
    intake = start("intake", APPROVALS_DATABASE_URL=sqlite_url)
    left = [len(from_queue(sqs, queue, intake)) for _ in range(3)]
    assert left == [1, 1, 0]
    [message] = sqs.receive_message(QueueUrl=dead)["Messages"]
    assert message["Body"] == '{"half a'
    [line] = [line for line in intake.lines() if line.get("event") == "intake.unreadable"][:1]
    assert line["aws_request_id"]
    assert _metrics(intake.lines())["ApprovalsOpened"] == 9


def test_invoked_directly_it_answers_with_the_approval(start: Start, sqlite_url: str) -> None:
    intake = start("intake", APPROVALS_DATABASE_URL=sqlite_url)
    submission = {"taskToken": "t", "title": "Refund", "reviewers": ["ana@example.com"]}
    answer = intake.invoke(submission)
    assert (answer["created"], len(answer["approvalId"])) == (True, 25)
    assert intake.invoke(submission) == {**answer, "created": False}
    with pytest.raises(FunctionFailed, match="Invalid"):
        intake.invoke({"title": "nobody waits"})


def test_http_as_an_http_api_hands_it_over(start: Start, sqlite_url: str) -> None:
    """Decoded paths, split cookies and bodies that are no text, none of them a fault of the function."""
    api = HttpApi(start("http", APPROVALS_DATABASE_URL=sqlite_url))
    assert api.send("GET", "/healthz")[0] == 200
    assert api.send("GET", "/%C5%BE/%E2%82%AC%25/%F0%9F%98%80")[0] == 404
    assert api.send("GET", "/healthz", headers={"cookie": "a=1; b=2"})[0] == 200
    assert api.send("POST", "/v1/approvals", headers={"content-type": "image/png"}, body=b"\x89PNG\xff\x00")[0] == 401
    status, headers, style = api.send("GET", "/static/page.css")
    assert (status, headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert b"{" in style


def test_without_its_secret_a_function_does_not_start_and_names_it(start: Start, sqlite_url: str) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:nowhere-AbCdEf"
    changes = {"APPROVALS_API_KEYS_ARN": arn, "APPROVALS_DATABASE_URL": sqlite_url}
    http = start("http", **changes)
    with pytest.raises(HTTPError):
        http.invoke({})
    [said] = [line for line in http.log.read_text().splitlines() if line.startswith("[ERROR] Misconfigured")]
    for part in ("APPROVALS_API_KEYS cannot be read from", arn, "it does not exist"):
        assert part in said
