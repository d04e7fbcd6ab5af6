"""The doctor on AWS: who we are, whose clock is right, and which callbacks are allowed; trying them has no effect."""

import pytest

from approvals.adapters.aws.clients import Clients
from approvals.demo.stepfunctions.faults import AccessDenied
from approvals.demo.stepfunctions.local_aws import LocalAws
from approvals.entrypoints.doctor import aws as aws_check
from approvals.entrypoints.doctor.result import CheckLine
from tests.entrypoints.doctor.examining import clock_ahead, found, said, settings


def identity(ahead: float = 0) -> list[CheckLine]:
    return list(aws_check.identity(settings(), Clients(), clock_ahead(ahead)))


def callbacks(**given: str) -> list[CheckLine]:
    return list(aws_check.callbacks(settings(**given), Clients()))


@pytest.mark.usefixtures("aws")
def test_aws_knows_us_and_its_clock_is_ours() -> None:
    who, clock = identity()
    assert (who.state, who.what.startswith("AWS identity: arn:aws:sts::123456789012:")) == ("ok", True)
    assert (clock.state, clock.what.endswith("that of AWS")) == ("ok", True)


@pytest.mark.parametrize(("ahead", "state"), [(60, "warn"), (-60, "warn"), (600, "fail")])
@pytest.mark.usefixtures("aws")
def test_a_clock_that_differs_from_that_of_aws_is_noticed(ahead: float, state: str) -> None:
    line = found(iter(identity(ahead)), "clock: ")
    assert (line.state, "NTP" in line.fix) == (state, True)


@pytest.mark.usefixtures("aws")
def test_without_credentials_the_fix_is_a_role_or_a_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    [line] = identity()
    assert (line.state, line.fix) == ("fail", "give the gateway a role, or set AWS_PROFILE")


@pytest.mark.usefixtures("aws")
def test_without_a_region_the_fix_is_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    [line] = callbacks(aws_region="")
    assert (line.state, line.fix) == ("fail", "set APPROVALS_AWS_REGION")


def test_an_aws_that_cannot_be_reached_is_a_failure_that_reports_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    [line] = identity()
    assert (line.state, line.what) == ("fail", "AWS identity: EndpointConnectionError")


@pytest.mark.usefixtures("aws")
def test_callbacks_are_tried_without_any_effect() -> None:
    assert said(iter(callbacks())) == [
        ("ok", "callbacks: SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat are allowed"),
        ("ok", "history: GetExecutionHistory is allowed"),
    ]


@pytest.mark.parametrize("operation", ["SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat"])
def test_a_callback_that_is_denied_is_named_with_its_permission(aws: LocalAws, operation: str) -> None:
    aws.faults.next(operation, AccessDenied())
    line = found(iter(callbacks()), f"{operation}: AWS denies access (AccessDeniedException)")
    assert (line.state, line.fix) == ("fail", f"allow states:{operation} to the gateway's role")


def test_a_history_that_is_denied_is_reported_with_what_it_costs(aws: LocalAws) -> None:
    aws.faults.next("GetExecutionHistory", AccessDenied())
    line = found(iter(callbacks()), "history: ")
    assert (line.state, "states:GetExecutionHistory" in line.fix, "unconfirmed" in line.fix) == ("warn", True, True)


@pytest.mark.usefixtures("aws")
def test_roles_for_other_accounts_are_tried_too() -> None:
    role = "arn:aws:iam::222222222222:role/approvals"
    lines = callbacks(assume_roles=f"222222222222={role}")
    assert [line.state for line in lines] == ["ok"] * 4
    assert f"history as {role}: GetExecutionHistory is allowed" in lines[3].what


def test_callbacks_that_go_to_the_terminal_are_noticed() -> None:
    [line] = aws_check.destination(settings(callbacks="console:"))
    assert (line.state, line.fix) == ("warn", "unset APPROVALS_CALLBACKS")
    assert list(aws_check.destination(settings())) == []
