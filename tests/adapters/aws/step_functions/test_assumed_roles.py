"""A callback is sent with the role of the account that the execution belongs to."""

from datetime import timedelta

import pytest

from approvals.domain.model.messages.results import Sent, TryAgain
from approvals.wiring import system_clock
from tests.support.aws.callbacks import SLOWLY, SUCCESS, TOKEN, Aws, a_target, send, step_functions

ROLE = "arn:aws:iam::123456789012:role/callbacks"
ASSUMED = (
    '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>'
    "<AccessKeyId>ASIAASSUMED</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
    "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><Arn>"
    "arn:aws:sts::123456789012:assumed-role/callbacks/approvals</Arn><AssumedRoleId>A:approvals</AssumedRoleId>"
    "</AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"
)
DENIED = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"


def test_the_role_of_the_account_is_assumed_once_and_then_used(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", aws.url)
    aws.answers = [(200, ASSUMED), (200, "{}")]
    callbacks = step_functions(aws, roles={"123456789012": ROLE})
    for _ in range(2):
        assert callbacks.send(SUCCESS, token=TOKEN, target=a_target()) == Sent("request-7")
    assert aws.operations == ["AssumeRole", "SendTaskSuccess", "SendTaskSuccess"]
    assert "RoleSessionName=approvals" in aws.requests[0][1]["form"]
    assert "Credential=testing/" in aws.requests[0][2]
    assert all("Credential=ASIAASSUMED/" in authorization for _, _, authorization in aws.requests[1:])


def test_credentials_that_expire_soon_are_renewed_before_a_call(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", aws.url)
    soon = f"{system_clock() + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    expiring = ASSUMED.replace("2099-01-01T00:00:00Z", soon)
    aws.answers = [(200, expiring), (200, ASSUMED.replace("ASIAASSUMED", "ASIARENEWED")), (200, "{}")]
    assert send(aws, roles={"123456789012": ROLE}) == Sent("request-7")
    assert aws.operations == ["AssumeRole", "AssumeRole", "SendTaskSuccess"]
    assert "Credential=ASIARENEWED/" in aws.requests[-1][2]


def test_a_role_of_another_account_is_not_used(aws: Aws) -> None:
    send(aws, roles={"999999999999": ROLE})
    assert aws.operations == ["SendTaskSuccess"]


def test_a_role_that_may_not_be_assumed_is_named(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", aws.url)
    aws.answers = [(403, DENIED)]
    result = send(aws, roles={"123456789012": ROLE})
    assert isinstance(result, TryAgain)
    assert (result.ambiguous, result.after) == (False, SLOWLY)
    assert ROLE in result.reason
    assert aws.operations == ["AssumeRole"]


def test_nothing_was_sent_where_sts_failed(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", aws.url)
    aws.answers = [(500, "<ErrorResponse/>")]
    result = send(aws, roles={"123456789012": ROLE})
    assert isinstance(result, TryAgain)
    assert not result.ambiguous
