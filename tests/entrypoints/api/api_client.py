"""A client of the API for tests: one key for each scope, on a real store. Each response is checked by the document."""

import hashlib
from typing import Any

import jsonschema_rs
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from approvals.domain.api_keys import SCOPES, ApiKey
from approvals.domain.directory.people import Directory, Person
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.entrypoints.api.operation import Operation
from approvals.entrypoints.api.operations import OPERATIONS
from approvals.entrypoints.app import create_app
from approvals.flows.gateway import Gateway
from tests.fakes import World

KEYS = tuple(
    ApiKey(name=s, scopes=frozenset({s}), sha256=hashlib.sha256(f"apk_{s}".encode()).hexdigest()) for s in SCOPES
)
TOKEN = "AQCEAAAAKgAAAAMAAAAAAAAAAb-a-bearer-secret"
LEAST = {"taskToken": TOKEN, "title": "Refund order 1234", "reviewers": ["ana@example.com", "ben@example.com"]}
FINANCE = Directory(
    people={
        "ana": Person(id="ana", name="Ana", email="Ana@Example.com", slack="U024BE7LH"),
        "nobody": Person(id="nobody", name="Nobody"),
    },
    policies={"finance": Policy(stages=(Stage(groups=(Group(from_=("ana", "ben@example.com"), need=2),)),))},
)
GUARDED = [operation for operation in OPERATIONS if operation.scope]


class Api:
    """Calls with the key of a scope."""

    def __init__(self, world: World, *, gateway: Gateway | None = None) -> None:
        self.world = world
        self.app = create_app(gateway or world.gateway, api_keys=KEYS)
        self.client: FlaskClient = self.app.test_client()
        self.document = self.client.get("/openapi.json").json

    def call(self, method: str, path: str, *, scope: str | None, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer apk_{scope}"} if scope else {}
        response = self.client.open(path, method=method, headers=headers, **options)
        self.check(response, method=method, path=path)
        return response

    def check(self, response: TestResponse, *, method: str, path: str) -> None:
        """That the document says of this operation that it answers like that."""
        try:
            rule, _ = self.app.url_map.bind("tests").match(path.partition("?")[0], method=method, return_rule=True)
        except HTTPException:
            return  # no operation at all
        described = self.document["paths"][template(rule.rule)][method.lower()]["responses"]
        assert str(response.status_code) in described, f"{method} {path} answers {response.status_code}"
        answer = self.resolved(described[str(response.status_code)])
        schema = answer["content"][response.mimetype]["schema"]
        value = response.text if response.mimetype == "text/html" else response.json
        whole = {**schema, "components": self.document["components"]}
        jsonschema_rs.validator_for(whole, validate_formats=True).validate(value)
        assert set(answer.get("headers", {})) <= set(response.headers.keys())

    def resolved(self, value: Any) -> Any:
        if "$ref" not in value:
            return value
        found = self.document
        for name in value["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        return found

    def submit(self, *, scope: str = "submit", **changes: Any) -> TestResponse:
        return self.call("POST", "/v1/approvals", scope=scope, json={**LEAST, **changes})

    def submitted(self, **changes: Any) -> str:
        """The id of a new approval."""
        response = self.submit(**changes)
        assert response.status_code == 201, response.text
        return str(response.json["id"])

    def get(self, path: str, *, scope: str = "read") -> Any:
        response = self.call("GET", path, scope=scope)
        assert response.status_code == 200, response.text
        return response.json

    def decide(self, approval_id: str, *, scope: str = "decide", **body: Any) -> TestResponse:
        whole = {"reviewer": "ana@example.com", "option": "approve", **body}
        return self.call("POST", f"/v1/approvals/{approval_id}/decisions", scope=scope, json=whole)

    def cancel(self, approval_id: str, *, scope: str = "admin", **body: Any) -> TestResponse:
        whole = {"reason": "withdrawn", **body}
        return self.call("POST", f"/v1/approvals/{approval_id}/cancel", scope=scope, json=whole)

    def explain(self, *, scope: str = "submit", **body: Any) -> TestResponse:
        return self.call("POST", "/v1/policies/explain", scope=scope, json=body)


def template(rule: str) -> str:
    """A route of Flask as the document writes it."""
    return rule.replace("<approval_id>", "{approvalId}").replace("<inquiry>", "{inquiry}")


def paths(response: TestResponse) -> list[str]:
    """The paths of the faults in a 422."""
    assert response.status_code == 422, response.text
    assert response.content_type == "application/problem+json"
    assert response.json["type"] == "urn:approvals:problem:invalid"
    assert all(problem["message"] for problem in response.json["errors"])
    return [problem["path"] for problem in response.json["errors"]]


def called(api: Api, operation: Operation, *, scope: str | None, approval_id: str = "id-0001") -> TestResponse:
    body = {"json": operation.example} if operation.body else {}
    return api.call(operation.method, operation.path.format(approvalId=approval_id, inquiry=0), scope=scope, **body)


def by_id(operation: Operation) -> str:
    return operation.id
