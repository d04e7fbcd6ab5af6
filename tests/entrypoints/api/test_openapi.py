"""The OpenAPI document says what the routes do and nothing else."""

from collections.abc import Iterator
from typing import Any

from approvals.entrypoints.api.operations import OPERATIONS
from approvals.entrypoints.api.schemas import InvalidDetails
from approvals.entrypoints.http.health import PROOF
from tests.entrypoints.api.api_client import Api, template

OURS = ("api.", "health.")


NOT_OF_THE_API = ("/", f"{PROOF}/<challenge>")
"""A page for people, and the proof that only our doctor asks for."""


def routes(api: Api) -> set[tuple[str, str]]:
    return {
        (method, template(rule.rule))
        for rule in api.app.url_map.iter_rules()
        if rule.endpoint.startswith(OURS) and rule.rule not in NOT_OF_THE_API
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }


def described(api: Api) -> dict[tuple[str, str], Any]:
    items = api.document["paths"].items()
    return {(method.upper(), path): operation for path, methods in items for method, operation in methods.items()}


def test_routes_and_document_agree(api: Api) -> None:
    assert set(described(api)) == routes(api)
    assert len(routes(api)) == len(OPERATIONS) == 21


def test_each_operation_states_which_key_it_needs(api: Api) -> None:
    for (method, path), operation in described(api).items():
        [rule] = [r for r in api.app.url_map.iter_rules() if template(r.rule) == path and method in (r.methods or ())]
        guarded = vars(api.app.view_functions[rule.endpoint])["authentication"]
        scope = operation.get("x-scope")
        assert guarded == (f"key:{scope}" if scope else "none")
        assert operation["summary"]
        assert operation["security"] == ([{"apiKey": []}] if scope else [])


def test_each_example_works(api: Api) -> None:
    """In the order of the table: what was decided in one of them cannot be cancelled in a later one."""
    approval_id = ""
    too_late = dict.fromkeys(("cancelApproval", "withdrawApproval"), 409)
    others = {"submitApproval": 201, "extendApproval": 422, **too_late}  # it has the state's own deadline already
    for operation in OPERATIONS:
        body = {"json": operation.example} if operation.body else {}
        path = operation.path.format(approvalId=approval_id, inquiry=0)
        response = api.call(operation.method, path, scope="admin", **body)
        assert response.status_code == others.get(operation.id, 200), response.text
        approval_id = approval_id or response.json["id"]


def test_all_problems_are_problem_details(api: Api) -> None:
    for answer in api.document["components"]["responses"].values():
        [(media, content)] = answer["content"].items()
        assert media == "application/problem+json"
        assert {"type", "title", "status"} <= set(api.resolved(content["schema"])["required"])
    assert "errors" in api.resolved({"$ref": f"#/components/schemas/{InvalidDetails.__name__}"})["required"]


def test_every_reference_leads_somewhere(api: Api) -> None:
    found = list(references(api.document))
    assert len(found) > 50
    for reference in found:
        assert api.resolved({"$ref": reference})


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_the_task_token_can_be_sent_but_never_read(api: Api) -> None:
    holding = {name for name, shape in api.document["components"]["schemas"].items() if "taskToken" in str(shape)}
    assert holding == {"Submission", "Draft"}


def test_the_document_names_where_the_gateway_is(api: Api) -> None:
    assert api.document["openapi"].startswith("3.1")
    assert api.document["servers"] == [{"url": api.world.gateway.public_url}]


def test_the_page_shows_every_operation_without_script(api: Api) -> None:
    page = api.call("GET", "/docs", scope=None).text
    for operation in OPERATIONS:
        assert f"{operation.method} {operation.path}" in page
        assert f'<h3 id="{operation.id}">{operation.summary}</h3>' in page
        assert (f"scope {operation.scope}" if operation.scope else "no key") in page
    for name in ("taskToken", "excludeRequester", "requiredOnReject", "ApprovalView", "Authorization: Bearer"):
        assert name in page
    main = page.partition("<main")[2]
    assert "<script" not in main
    assert "style=" not in page
