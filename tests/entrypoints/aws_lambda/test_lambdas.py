"""All handlers: when they are made, what they keep, and when they read secrets again; and the handler migrate."""

from collections.abc import Generator
from pathlib import Path

import pytest

from approvals.demo.stepfunctions.faults import AccessDenied
from approvals.demo.stepfunctions.local_aws import LocalAws
from approvals.domain.model.errors import Misconfigured
from approvals.entrypoints import lambdas
from approvals.entrypoints.aws_lambda import http as lambda_http
from approvals.entrypoints.aws_lambda import migrate as lambda_migrate
from approvals.entrypoints.aws_lambda import tick as lambda_tick
from approvals.entrypoints.aws_lambda.runtime import REFRESH, HandlerContext, Warm
from approvals.entrypoints.server.local_setup import new_signing_key
from tests.builders import NOW
from tests.entrypoints.aws_lambda.invoking import Context, call
from tests.fakes import FrozenClock


def test_migrate_makes_a_database_ready(environ: dict[str, str], tmp_path: Path) -> None:
    bare = {**environ, "APPROVALS_DATABASE_URL": f"sqlite:///{tmp_path / 'bare.db'}"}
    migrate = lambda_migrate.make(bare)
    assert migrate({"to": "0001"}, Context()) == {"revision": "0001"}
    assert migrate({}, Context()) == migrate(None, Context())
    assert call(lambda_http.make(bare), "GET", "/readyz")["statusCode"] == 200


@pytest.fixture
def aws(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Generator[LocalAws]:
    """Where the signing keys are a parameter."""
    with LocalAws(region="eu-west-1") as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint)
        keep(aws, environ.pop("APPROVALS_SIGNING_KEYS"))
        environ["APPROVALS_SIGNING_KEYS_ARN"] = "arn:aws:ssm:eu-west-1:123456789012:parameter/keys"
        yield aws


def keep(aws: LocalAws, value: str) -> str:
    aws.client("ssm").put_parameter(Name="/keys", Value=value, Type="SecureString", Overwrite=True)
    return value


def test_a_secret_that_changed_is_used_after_five_minutes_without_a_restart(
    environ: dict[str, str], aws: LocalAws
) -> None:
    clock = FrozenClock(NOW)
    warm = Warm(lambda kept: kept.settings.signing_keys, environ=environ, clock=clock)
    [before] = warm(Context())
    after = keep(aws, new_signing_key())
    assert warm(Context()) == (before,)
    clock.now += REFRESH
    assert warm(Context()) == (after,)
    keep(aws, before)
    aws.faults.next("GetParameter", AccessDenied())
    clock.now += REFRESH
    assert warm(Context()) == (after,), "what cannot be read for a while does not stop anybody"
    keep(aws, "too short")
    clock.now += REFRESH
    assert warm(Context()) == (after,), "nor does what is wrong"
    keep(aws, before)
    clock.now += REFRESH
    assert warm(Context()) == (before,)


def test_nothing_is_made_again_while_the_secrets_are_the_same(
    environ: dict[str, str], made: list[HandlerContext]
) -> None:
    clock = FrozenClock(NOW)
    warm = Warm(lambda kept: kept, environ=environ, clock=clock)
    first = warm(Context())
    clock.now += REFRESH
    assert warm(Context()) is first
    assert len(made) == 1


def test_an_environment_holds_one_connection(
    environ: dict[str, str], made: list[HandlerContext], postgres_url: str
) -> None:
    lambda_tick.make({**environ, "APPROVALS_DATABASE_URL": postgres_url})({}, Context())
    assert made[0].database.engine.pool.size() == 1  # type: ignore[attr-defined]


def test_a_missing_setting_fails_at_init(environ: dict[str, str]) -> None:
    del environ["APPROVALS_SIGNING_KEYS"]
    with pytest.raises(Misconfigured, match="APPROVALS_SIGNING_KEYS is required"):
        lambda_http.make(environ)


def test_there_are_these_handlers_and_no_others(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    for name in lambdas.HANDLERS:
        handler = getattr(lambdas, name)
        assert callable(handler)
        assert getattr(lambdas, name) is handler, "it is made once"
        monkeypatch.delitem(vars(lambdas), name)
    with pytest.raises(AttributeError, match="http, intake, tick, migrate, doctor_http"):
        _ = lambdas.sweep


def test_a_function_starts_though_no_client_can_be_made(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    handler = lambda_http.make({**environ, "AWS_REGION": "eu-central-1"})
    assert call(handler, "GET", "/healthz")["statusCode"] == 200
