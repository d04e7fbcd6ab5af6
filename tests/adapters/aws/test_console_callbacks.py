"""Callbacks on the terminal show what a workflow would get, and never its task token."""

from approvals.adapters.aws.step_functions.console import ConsoleCallbacks
from approvals.domain.model.messages.outgoing import Callback
from approvals.domain.model.messages.results import Sent
from approvals.domain.model.records import Target
from tests.builders import NOW

TOKEN = "AQCE-a-secret"
TARGET = Target(approval_id="approval-1", sealed_token=b"sealed", execution_arn=None, created_at=NOW)


def test_a_success_is_printed_without_the_token() -> None:
    printed: list[str] = []
    result = ConsoleCallbacks(printed.append).send(
        Callback(callback_id="c", output='{"outcome": "approved"}'), token=TOKEN, target=TARGET
    )
    assert isinstance(result, Sent)
    assert "SendTaskSuccess" in printed[0]
    assert '{"outcome": "approved"}' in printed[0]
    assert TOKEN not in printed[0]


def test_a_failure_is_printed_with_error_and_cause() -> None:
    printed: list[str] = []
    callback = Callback(callback_id="c", error="Approval.Rejected", cause="too late")
    ConsoleCallbacks(printed.append).send(callback, token=TOKEN, target=TARGET)
    assert "SendTaskFailure" in printed[0]
    assert "Approval.Rejected" in printed[0]
    assert TOKEN not in printed[0]
