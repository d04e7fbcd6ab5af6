"""The HTTP API, each operation of it: who may, with which headers, and no token anywhere."""

import re
from typing import Any

import pytest

from approvals.domain.directory.people import Directory
from approvals.entrypoints.api.operation import Operation
from approvals.entrypoints.api.operations import OPERATIONS
from tests.entrypoints.api.api_client import FINANCE, GUARDED, KEYS, LEAST, TOKEN, Api, by_id, called


@pytest.fixture
def directory() -> Directory:
    return FINANCE


class TestWhoMay:
    @pytest.mark.parametrize("operation", GUARDED, ids=by_id)
    @pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Bearer apk_unknown", "Basic YTpi", "é"])
    def test_without_a_key_nobody_may_anything(self, api: Api, operation: Operation, authorization: str | None) -> None:
        path = operation.path.format(approvalId=api.submitted(), inquiry=0)
        headers = {} if authorization is None else {"Authorization": authorization}
        response = api.client.open(path, method=operation.method, headers=headers)
        assert response.status_code == 401
        assert response.json["type"] == "urn:approvals:problem:unauthenticated"
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="approvals"'

    @pytest.mark.parametrize("operation", GUARDED, ids=by_id)
    @pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
    def test_a_key_may_what_its_scope_allows(self, api: Api, operation: Operation, key: Any) -> None:
        response = called(api, operation, scope=key.name, approval_id=api.submitted())
        if key.name in (operation.scope, "admin"):
            assert response.status_code in (200, 201, 422)  # nobody has asked a question yet
        else:
            assert response.status_code == 403
            assert response.json["type"] == "urn:approvals:problem:forbidden"

    @pytest.mark.parametrize("operation", [o for o in OPERATIONS if not o.scope], ids=by_id)
    def test_everybody_may_look_at_the_gateway_itself(self, api: Api, operation: Operation) -> None:
        assert called(api, operation, scope=None).status_code == 200

    def test_a_refused_call_changes_nothing(self, api: Api) -> None:
        approval_id = api.submitted()
        before = api.get(f"/v1/approvals/{approval_id}/notes")
        for operation in GUARDED:
            called(api, operation, scope=None, approval_id=approval_id)
            api.cancel(approval_id, scope="read")
            api.decide(approval_id, scope="submit")
        assert api.get(f"/v1/approvals/{approval_id}/notes") == before

    def test_each_view_states_how_it_is_guarded(self, api: Api) -> None:
        views = {name: view for name, view in api.app.view_functions.items() if name.startswith("api.")}
        said = {name: vars(view).get("authentication") for name, view in views.items()}
        scopes = {f"api.{o.id}": f"key:{o.scope}" if o.scope else "none" for o in OPERATIONS}
        assert said == {name: scopes[name] for name in views}
        assert len(views) == 19


def test_the_task_token_is_in_no_answer(api: Api) -> None:
    """Neither itself, nor a piece of it, nor its hash, nor as it lies in the database."""
    approval_id = api.submitted(title="About " + TOKEN[:4])
    answers = [api.submit(), api.explain(**LEAST), api.decide(approval_id, option="reject")]
    answers += [called(api, o, scope="admin", approval_id=approval_id) for o in OPERATIONS if o.id != "submitApproval"]
    said = " ".join(answer.text for answer in answers)
    secrets = api.world.database.engine.connect().exec_driver_sql("SELECT token_sha256, sealed_token FROM approvals")
    [(digest, sealed)] = secrets.fetchall()
    secrets.connection.close()
    assert re.findall("|".join([TOKEN[-12:], digest, bytes(sealed).hex()]), said) == []
    assert "sealed" not in said.replace("unsealed", "")


def test_the_headers_of_security_are_on_every_answer(api: Api) -> None:
    for operation in OPERATIONS:
        for scope in (None, "admin"):
            headers = called(api, operation, scope=scope).headers
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")


def test_another_method_is_not_allowed(api: Api) -> None:
    response = api.call("DELETE", "/v1/approvals", scope="admin")
    assert response.status_code == 405
    assert {"GET", "POST"} <= set(response.headers["Allow"].split(", "))
