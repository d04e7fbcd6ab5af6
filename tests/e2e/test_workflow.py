"""A workflow waits, a person clicks, the workflow continues: on a real interpreter, through a real mail server."""

import json
import logging
from typing import Any

import pytest
import sqlalchemy as sa

from approvals.adapters.database import tables
from approvals.demo.stepfunctions.faults import DropAfterApply, ServerError, Throttled
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer
from tests.e2e.whole import API_KEY, SUBMISSION, Whole, links_in
from tests.support.aws.state_machines import eventually

CATCH = [{"ErrorEquals": ["Approval.Rejected", "Approval.TimedOut", "Approval.InvalidSubmission"], "Next": "Caught"}]
MAP_SUBMISSION = {name: value for name, value in SUBMISSION.items() if name != "details"}
STAGE = {
    "groups": [{"from": ["ana@example.com", "ben@example.com"]}],
    "remind": ["10m"],
    "escalate": [{"after": "20m", "to": ["cfo@example.com"]}],
}


def _message(**changes: Any) -> dict[str, Any]:
    message = {**SUBMISSION, **changes}
    return {name: value for name, value in message.items() if value is not None}


def test_approved_by_mail_and_page_the_workflow_goes_on_with_the_outcome(whole: Whole) -> None:
    execution = whole.start()
    whole.take_in()
    whole.work()
    page = whole.person("ana@example.com").answer("approve", comment="fine with me").get_data(as_text=True)
    output = whole.machines.output(execution)
    assert (output["outcome"], output["option"], output["timedOut"]) == ("approved", "approve", False)
    assert output["comment"] == "fine with me"
    [decided] = output["decidedBy"]
    assert (decided["reviewer"], decided["via"], decided["assurance"]) == ("ana@example.com", "link", "link")
    assert len(output["contentSha256"]) == 64
    assert "The workflow has resumed" in page
    whole.work()
    assert [mail["Subject"] for mail in whole.mails_to("ben@example.com")][-1].startswith("Re: ")


def test_rejected_it_is_caught_by_name_with_a_cause_that_can_be_read(whole: Whole) -> None:
    execution = whole.start(Catch=CATCH)
    whole.take_in()
    whole.work()
    whole.person("ben@example.com").answer("reject", comment="customer is a fraud")
    caught = whole.machines.output(execution)
    cause = json.loads(caught["Cause"])
    assert caught["Error"] == "Approval.Rejected"
    assert (cause["outcome"], cause["comment"]) == ("rejected", "customer is a fraud")


def test_nobody_answers_reminded_escalated_timed_out_before_the_state_itself_gives_up(whole: Whole) -> None:
    message = _message(reviewers=None, policy={"stages": [STAGE]})
    execution = whole.start(message=message, Catch=CATCH)
    [approval] = whole.take_in()
    whole.work()
    whole.work(minutes=10)
    whole.work(minutes=10)
    assert len(whole.mails_to("ana@example.com")) == 2
    assert len(whole.mails_to("cfo@example.com")) == 1
    # A tenth of the state's hour, at most five minutes; Step Functions counts from when the state was entered.
    assert 3290 < (approval.deadline - approval.created_at).total_seconds() <= 3300
    whole.work(minutes=35)
    caught = whole.machines.output(execution)
    assert caught["Error"] == "Approval.TimedOut"
    assert json.loads(caught["Cause"])["timedOut"] is True
    assert (
        "Time was up" in whole.person("cfo@example.com").look() or "expired" in whole.person("cfo@example.com").look()
    )


def test_a_retry_asks_again_and_the_old_approval_is_superseded(whole: Whole) -> None:
    retry = [{"ErrorEquals": ["Approval.Rejected"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    execution = whole.start(Retry=retry)
    [first] = whole.take_in()
    whole.work()
    old_link = whole.person("ana@example.com").link
    other = whole.gateway.approval(first.id)
    # The first attempt is ended from elsewhere, as another worker or a time-out would.
    token = whole.gateway.ports.vault.open(_sealed(whole, other.id), approval_id=other.id)
    whole.machines.sfn.send_task_failure(taskToken=token, error="Approval.Rejected", cause="elsewhere")
    [second] = [approval for approval in whole.take_in() if approval.id != first.id]
    whole.work()
    assert whole.gateway.approval(first.id).status == "superseded"
    page = whole.person("ana@example.com").browser.get(old_link).get_data(as_text=True)
    assert 'name="option"' not in page
    whole.person("ben@example.com").answer("approve")
    assert whole.machines.output(execution)["approvalId"] == second.id


@pytest.mark.parametrize("named", [False, True], ids=["without mapItem", "with mapItem"])
def test_a_retried_item_of_a_map_ends_no_approval_of_another_item(whole: Whole, named: bool) -> None:
    execution = start_map_of_three(whole, {"mapItem.$": "$.index"} if named else {})
    first = {approval.content.title: approval.id for approval in whole.take_in(3)}
    whole.gateway.cancel(first["Refund order B"], actor="tests", reason="once more")
    pending = whole.take_in()
    whole.work(minutes=20)
    assert [whole.gateway.approval(first[f"Refund order {order}"]).status for order in "AC"] == ["pending"] * 2
    assert sorted(approval.content.title for approval in pending) == [f"Refund order {order}" for order in "ABC"]
    for approval in pending:
        answer = Answer(option="approve")
        whole.gateway.decide(approval.id, reviewer=0, answer=answer, actor=Actor(via="api"), assurance="link")
    assert len(whole.machines.output(execution)) == 3


def start_map_of_three(whole: Whole, more: dict[str, Any]) -> str:
    """Starts a Map over A, B and C whose state asks again after a cancellation."""
    wait = whole.machines.wait_state(
        Parameters={"QueueUrl": whole.machines.queue_url, "MessageBody": {**MAP_SUBMISSION, **more}},
        TimeoutSeconds=3600,
        Retry=[{"ErrorEquals": ["Approval.Cancelled"], "IntervalSeconds": 1, "MaxAttempts": 1}],
    )
    each = {
        "Type": "Map",
        "ItemsPath": "$.orders",
        "ItemSelector": {"order.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index"},
        "ItemProcessor": {"StartAt": "Wait", "States": {"Wait": wait}},
        "End": True,
    }
    return whole.machines.start({"Each": each}, execution_input={"orders": ["A", "B", "C"]})


def test_a_stopped_execution_cancels_its_approval_at_the_next_heartbeat_and_the_page_says_so(whole: Whole) -> None:
    execution = whole.start()
    [approval] = whole.take_in()
    whole.work()
    whole.machines.sfn.stop_execution(executionArn=execution)
    whole.work(minutes=20)
    assert whole.gateway.approval(approval.id).status == "cancelled"
    page = whole.person("ana@example.com").look()
    assert "no longer waits" in page
    assert 'name="option"' not in page


def test_an_answer_for_a_workflow_that_was_stopped_meanwhile_states_that_it_came_too_late(whole: Whole) -> None:
    execution = whole.start()
    [approval] = whole.take_in()
    whole.work()
    whole.machines.sfn.stop_execution(executionArn=execution)
    page = whole.person("ana@example.com").answer("approve").get_data(as_text=True)
    assert whole.gateway.approval(approval.id).callback == "tooLate"
    assert "The workflow no longer waited" in page


@pytest.mark.parametrize("fault", [DropAfterApply(), ServerError(applied=True)])
def test_a_callback_whose_answer_was_lost_is_found_again_in_the_history(whole: Whole, fault: Any) -> None:
    execution = whole.start()
    [approval] = whole.take_in()
    whole.work()
    whole.aws.faults.next("SendTaskSuccess", fault)
    whole.person("ana@example.com").answer("approve")
    assert whole.gateway.approval(approval.id).callback == "waiting"
    assert whole.machines.output(execution)["approvalId"] == approval.id  # it has ended, so its history is complete
    whole.work(seconds=10)
    assert whole.gateway.approval(approval.id).callback == "delivered"


def test_throttled_callbacks_are_sent_again_until_they_arrive(whole: Whole) -> None:
    execution = whole.start()
    [approval] = whole.take_in()
    whole.work()
    whole.aws.faults.next("SendTaskSuccess", Throttled(), ServerError(applied=False))
    whole.person("ana@example.com").answer("approve")
    whole.work(seconds=10)
    whole.work(minutes=1)
    assert whole.gateway.approval(approval.id).callback == "delivered"
    assert whole.machines.output(execution)["outcome"] == "approved"


def test_a_bad_submission_fails_its_task_at_once_with_the_reasons(whole: Whole) -> None:
    execution = whole.start(message=_message(reviewers=["ana"], titel="typo"), Catch=CATCH)
    whole.take_in()
    caught = whole.machines.output(execution)
    errors = json.loads(caught["Cause"])["errors"]
    assert caught["Error"] == "Approval.InvalidSubmission"
    assert {error["path"] for error in errors} == {"titel"}


def test_a_message_without_a_token_is_left_to_the_dead_letter_queue_and_logged_by_its_id(
    whole: Whole, caplog: pytest.LogCaptureFixture
) -> None:
    sqs = whole.aws.client("sqs")
    sent = [sqs.send_message(QueueUrl=whole.machines.queue_url, MessageBody=body) for body in ('{"title"', "{}", "[]")]
    with caplog.at_level(logging.ERROR):
        eventually(lambda: len(_logged(whole, caplog)) >= 3)
    assert {message["MessageId"] for message in sent} == _logged(whole, caplog)
    attributes = sqs.get_queue_attributes(QueueUrl=whole.machines.queue_url, AttributeNames=["All"])["Attributes"]
    assert int(attributes["ApproximateNumberOfMessagesNotVisible"]) == 3


def _logged(whole: Whole, caplog: pytest.LogCaptureFixture) -> set[str]:
    from approvals.entrypoints.intake.batch import take_from

    if len(caplog.records) < 3:
        take_from(whole.queue, whole.gateway)
    return {record.message_id for record in caplog.records if hasattr(record, "message_id")}


def test_nothing_that_a_mail_scanner_does_decides(whole: Whole) -> None:
    whole.start()
    [approval] = whole.take_in()
    whole.work()
    link = whole.person("ana@example.com").link
    for address in ("40.94.0.1", "104.47.0.1", "2a01:111::1"):
        scanner = whole.app.test_client()
        for method in ("HEAD", "GET", "GET", "OPTIONS"):
            response = scanner.open(link, method=method, environ_base={"REMOTE_ADDR": address})
            assert response.status_code == 200
            assert "Set-Cookie" not in response.headers
        for found in links_in(scanner.get(link).get_data(as_text=True)):
            if found.startswith("/"):
                scanner.get(found).close()
                scanner.head(found).close()
    after = whole.gateway.approval(approval.id)
    assert (after.status, after.version, after.decisions) == ("pending", 1, ())


def test_the_task_token_is_nowhere_in_the_clear(whole: Whole, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="approvals")
    whole.start(message=_message(policy={"stages": [STAGE]}, reviewers=None))
    [approval] = whole.take_in()
    token = whole.gateway.ports.vault.open(_sealed(whole, approval.id), approval_id=approval.id)
    whole.work()
    whole.work(minutes=10)
    person = whole.person("ana@example.com")
    pages = [person.look(), person.answer("approve").get_data(as_text=True), person.look()]
    whole.work()
    api = whole.app.test_client()
    auth = {"Authorization": f"Bearer {API_KEY}"}
    pages += [
        api.get(path, headers=auth).get_data(as_text=True)
        for path in (
            "/v1/approvals", f"/v1/approvals/{approval.id}", f"/v1/approvals/{approval.id}/notes", "/openapi.json"
        )
    ]  # fmt: skip
    seen = [*pages, person.link, *(mail.as_string() for mail in whole.smtp.messages), *map(str, _all_cells(whole))]
    seen += [record.getMessage() + str(vars(record)) for record in caplog.records]
    assert len(token) > 100
    for piece in (token, token[:40], token[-40:]):
        assert not [text[:80] for text in seen if piece in text]


def _sealed(whole: Whole, approval_id: str) -> bytes:
    with whole.database.read() as connection:
        query = sa.select(tables.approvals.c.sealed_token).where(tables.approvals.c.id == approval_id)
        return bytes(connection.execute(query).scalar_one())


def _all_cells(whole: Whole) -> list[Any]:
    """Everything in the database."""
    with whole.database.read() as connection:
        rows = [row for table in tables.metadata.sorted_tables for row in connection.execute(sa.select(table))]
    return [cell for row in rows for cell in row]
