"""The OpenAPI 3.1 document, generated from the table of operations and the Structs that the API reads and writes."""

from typing import Any

import msgspec

from approvals.entrypoints.api.operation import Operation, Success
from approvals.entrypoints.api.operations import OPERATIONS
from approvals.entrypoints.api.schemas import InvalidDetails, ProblemDetails, SettledDetails

VERSION = "1"
SCHEMAS = "#/components/schemas/"
PROBLEMS: dict[int, tuple[str, type[msgspec.Struct]]] = {
    401: ("The API key is missing or unknown.", ProblemDetails),
    403: ("The key lacks the scope, or the action is not allowed now or for this reviewer.", ProblemDetails),
    404: ("The approval does not exist.", ProblemDetails),
    409: ("The approval is settled already.", SettledDetails),
    413: ("The body has more than 256 KiB.", ProblemDetails),
    415: ("The body is not application/json.", ProblemDetails),
    422: ("The request is not valid; `errors` lists each problem with its path.", InvalidDetails),
    503: ("Temporarily unavailable; try again.", ProblemDetails),
}
TAGS = {
    "Approvals": "Paused tasks that wait for people.",
    "Policies": "The rules that define who must answer, how many, and by when.",
    "About": "The gateway itself. Needs no key.",
}
_CONTEXT = {
    "type": "object",
    "description": "The context object of Step Functions (`$$`, or `$states.context`). The gateway keeps the fields"
    " that it knows, and drops the rest unread.",
}


def document(public_url: str) -> dict[str, Any]:
    """Return the whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Approvals",
            "version": VERSION,
            "description": "Human approvals for AWS Step Functions: a workflow waits, people answer, it continues.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": public_url}],
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
        "paths": _paths(),
        "components": {
            "schemas": _schemas(),
            "responses": {
                str(status): _problem(description, shape) for status, (description, shape) in PROBLEMS.items()
            },
            "parameters": {"approvalId": _approval_id(), "inquiry": _inquiry()},
            "securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer", "description": "An API key: `apk_…`"}},
        },
    }


def problems_of(operation: Operation) -> list[int]:
    """Return the status codes of the errors that the operation can return, in order."""
    refused = {401, 403} if operation.scope else set()
    absent = {404} if operation.of_one else set()
    unread = {413, 415, 422} if operation.body else {422} if operation.query else set()
    away = {503} if operation.scope else set()
    return sorted({*refused, *absent, *unread, *away, *operation.problems})


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation)
    return paths


def _described(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "security": [{"apiKey": []}] if operation.scope else [],
        "parameters": _parameters(operation),
        "responses": {
            **{str(status): _answer(operation, status, answer) for status, answer in operation.answers.items()},
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in problems_of(operation)},
        },
    }
    if operation.scope:
        described["x-scope"] = operation.scope
    if operation.body:
        media = {"schema": _ref(operation.body), "examples": {"example": {"value": operation.example}}}
        described["requestBody"] = {"required": True, "content": {"application/json": media}}
    return described


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    of_one = [{"$ref": "#/components/parameters/approvalId"}] if operation.of_one else []
    of_one += [{"$ref": "#/components/parameters/inquiry"}] if operation.of_inquiry else []
    if operation.query is None:
        return of_one
    fields = msgspec.json.schema_components([operation.query], ref_template=SCHEMAS + "{name}")[1]
    properties = fields[operation.query.__name__]["properties"]
    return [*of_one, *(_query(name, schema) for name, schema in properties.items())]


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of a query. They are never null: clients leave out those that they do not need."""
    plain = dict(next(s for s in schema.get("anyOf", [schema]) if s.get("type") != "null"))
    described = {"name": name, "in": "query", "description": plain.pop("description", "")}
    return {**described, "schema": plain}


def _approval_id() -> dict[str, Any]:
    return {"name": "approvalId", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 40}}


def _inquiry() -> dict[str, Any]:
    description = "The number of the question in `inquiries`; the first is 0."
    schema = {"type": "integer", "minimum": 0, "maximum": 19}
    return {"name": "inquiry", "in": "path", "required": True, "description": description, "schema": schema}


def _answer(operation: Operation, status: int, answer: Success) -> dict[str, Any]:
    schema = _ref(answer.shape) if answer.shape else {"type": "string" if "html" in answer.media else "object"}
    described: dict[str, Any] = {"description": answer.description, "content": {answer.media: {"schema": schema}}}
    if status == 201:
        described["headers"] = {
            "Location": {"description": "The address of the new approval.", "schema": {"type": "string"}}
        }
    if operation.id == "submitApproval":
        described["links"] = _links()
    return described


def _links() -> dict[str, Any]:
    """Return the links from a submitted approval to the operations on it."""
    return {
        operation.id: {"operationId": operation.id, "parameters": {"approvalId": "$response.body#/id"}}
        for operation in OPERATIONS
        if operation.of_one
    }


def _problem(description: str, shape: type[msgspec.Struct]) -> dict[str, Any]:
    return {"description": description, "content": {"application/problem+json": {"schema": _ref(shape)}}}


def _ref(shape: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": SCHEMAS + shape.__name__}


def _schemas() -> dict[str, Any]:
    bodies = [operation.body for operation in OPERATIONS if operation.body]
    answers = [answer.shape for operation in OPERATIONS for answer in operation.answers.values() if answer.shape]
    shapes = dict.fromkeys([*bodies, *answers, ProblemDetails, InvalidDetails, SettledDetails])
    components = msgspec.json.schema_components(shapes, ref_template=SCHEMAS + "{name}")[1]
    for name in ("Submission", "Draft"):
        components[name]["properties"]["context"] = _CONTEXT
    components["Submission"]["description"] = "Everything a workflow may send."
    return components
