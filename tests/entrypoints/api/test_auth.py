"""Authentication of the API without the Authorization header: a key in its own header, or the IAM authorizer."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from approvals.domain.model.records import Filter
from approvals.entrypoints.api import auth as callers
from approvals.entrypoints.app import create_app
from tests.entrypoints.api.api_client import KEYS, LEAST, TOKEN
from tests.fakes import World
from tests.support.aws.events import ROLE, authorized

WITHOUT_TOKEN = {name: value for name, value in LEAST.items() if name != "taskToken"}


@pytest.fixture
def by_keys(world: World) -> FlaskClient:
    return create_app(world.gateway, api_keys=KEYS).test_client()


@pytest.fixture
def by_iam(world: World) -> FlaskClient:
    return create_app(world.gateway, api_keys=KEYS, who=callers.by_iam).test_client()


def _submit(client: FlaskClient, **options: Any) -> TestResponse:
    return client.post("/v1/approvals", json=LEAST, **options)


def test_a_key_may_stand_in_the_header_that_step_functions_agrees_to_send(world: World, by_keys: FlaskClient) -> None:
    assert _submit(by_keys, headers={"X-Api-Key": "apk_submit"}).status_code == 201
    assert world.gateway.find(Filter())[0].caller == "key:submit"
    assert _submit(by_keys, headers={"X-Api-Key": "apk_wrong"}).status_code == 401
    assert _submit(by_keys, headers={"X-Api-Key": "apk_read"}).status_code == 403


def test_the_authorization_header_is_not_helped_by_another(by_keys: FlaskClient) -> None:
    both = {"Authorization": "Bearer apk_wrong", "X-Api-Key": "apk_submit"}
    assert _submit(by_keys, headers=both).status_code == 401


def test_with_iam_the_caller_is_whom_the_authorizer_names(world: World, by_iam: FlaskClient) -> None:
    assert _submit(by_iam, environ_overrides=authorized(ROLE)).status_code == 201
    [approval] = world.gateway.find(Filter())
    assert approval.caller == f"iam:{ROLE}"
    assert by_iam.get("/v1/approvals", environ_overrides=authorized(ROLE)).status_code == 200


@pytest.mark.parametrize("verb", ["decisions", "cancel", "redeliver"])
def test_with_iam_a_workflow_cannot_answer_or_cancel_what_it_asked(by_iam: FlaskClient, verb: str) -> None:
    approval_id = _submit(by_iam, environ_overrides=authorized(ROLE)).json["id"]
    body = {"reviewer": "ana@example.com", "option": "approve"} if verb == "decisions" else {"reason": "mine"}
    response = by_iam.post(f"/v1/approvals/{approval_id}/{verb}", json=body, environ_overrides=authorized(ROLE))
    assert response.status_code == 403


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"apig_wsgi.full_event": None},
        {"apig_wsgi.full_event": {"requestContext": {}}},
        {"apig_wsgi.full_event": {"requestContext": {"authorizer": {"jwt": {"claims": {"sub": ROLE}}}}}},
        {"apig_wsgi.full_event": {"requestContext": {"identity": {"userArn": ROLE}}}},
        authorized(None),
        authorized(""),
    ],
)
def test_with_iam_nobody_else_is_believed_and_no_key_is_looked_at(by_iam: FlaskClient, environ: dict[str, Any]) -> None:
    headers = {
        "Authorization": "Bearer apk_admin", "X-Api-Key": "apk_admin", "apig_wsgi.full_event": ROLE, "X-Amz-Arn": ROLE,
    }  # fmt: skip
    assert _submit(by_iam, headers=headers, environ_overrides=environ).status_code == 401


def test_the_token_may_stand_in_a_header(world: World, by_keys: FlaskClient) -> None:
    headers = {"X-Api-Key": "apk_submit", "TaskToken": TOKEN}
    assert by_keys.post("/v1/approvals", json=WITHOUT_TOKEN, headers=headers).status_code == 201
    assert _submit(by_keys, headers=headers).status_code == 200
    approval = world.gateway.find(Filter())[0]
    world.gateway.cancel(approval.id, actor="tests", reason="withdrawn")
    assert world.callbacks.calls == [("failure", TOKEN)]


def test_two_tokens_that_differ_are_refused(by_keys: FlaskClient) -> None:
    response = _submit(by_keys, headers={"X-Api-Key": "apk_submit", "TaskToken": "another"})
    assert (response.status_code, response.json["errors"][0]["path"]) == (422, "taskToken")


def test_a_token_in_the_header_makes_no_submission_of_what_is_none(by_keys: FlaskClient) -> None:
    headers = {"X-Api-Key": "apk_submit", "TaskToken": TOKEN}
    assert by_keys.post("/v1/approvals", json=[1], headers=headers).status_code == 422
    assert by_keys.post("/v1/approvals", json=LEAST, headers={**headers, "TaskToken": "t" * 2049}).status_code == 422
