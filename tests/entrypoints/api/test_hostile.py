"""No request causes a server error of the API: neither one with one or two bad fields, nor pure noise."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from approvals.domain.directory.people import Directory, Person
from approvals.entrypoints.api.operations import OPERATIONS
from tests.entrypoints.api.api_client import LEAST, Api, paths

DURATIONS = st.sampled_from(
    ["1s", "30s", "90m", "99999999d", "999999999d", "999999999s", "P99999W99999D", "P", "1x", ""]
)
MOMENTS = st.datetimes().map(lambda at: at.isoformat())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)
REFERENCES = st.lists(
    st.sampled_from(["ana", "nobody", "group:x", "slack:U024BE7LH", "slack:", "a\0@example.com", ""]) | st.emails(),
    max_size=3,
)
NEEDS = st.integers(0, 3) | st.sampled_from(["all", "50%", "0%", "101%", "many"])
NUMBERS = st.integers() | st.sampled_from([0, 1, 2**31, 2**63, 10**30])
TEXTS = st.text(max_size=9) | st.sampled_from(["\0", "\u202e", "x" * 300])


def some(required: dict[str, Any] | None = None, **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required or {}, optional=optional)


def one_of_a_kind(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """One or two fields with something in them that may be good or bad; or noise."""
    one = st.one_of(*(values.map(lambda value, name=name: {name: value}) for name, values in fields.items()))
    noise = st.tuples(st.sampled_from(sorted(fields)), JSON).map(lambda pair: {pair[0]: pair[1]})
    return st.tuples(one, st.just({}) | one | noise).map(lambda pair: {**pair[0], **pair[1]})


STAGES = st.lists(
    some(
        {"groups": st.lists(some({"from": REFERENCES}, need=NEEDS), min_size=1, max_size=2)},
        remind=st.lists(DURATIONS, max_size=3) | some({"after": DURATIONS}, every=DURATIONS, times=st.integers(0, 101)),
        escalate=st.lists(some({"after": DURATIONS, "to": REFERENCES}, mode=st.just("replace")), max_size=2),
        notify=REFERENCES,
        quiet=st.booleans(),
        reject=st.integers(0, 3),
    ),
    max_size=3,
)
ONE_STAGE = {"stages": [{"groups": [{"from": ["ana"]}]}]}
QUESTION = one_of_a_kind(
    type=st.sampled_from(["string", "integer", "number", "boolean"]), default=NUMBERS | TEXTS, minimum=NUMBERS,
    enum=st.lists(NUMBERS | TEXTS, max_size=3), maxLength=NUMBERS, format=st.sampled_from(["date", "email"]),
)  # fmt: skip
SUBMISSIONS = one_of_a_kind(
    title=TEXTS,
    description=TEXTS,
    reviewers=REFERENCES,
    need=NEEDS,
    policy=some({"stages": STAGES}, timeout=DURATIONS) | DURATIONS.map(lambda time: {**ONE_STAGE, "timeout": time}),
    details=JSON,
    sensitive=st.lists(TEXTS, max_size=2),
    links=st.lists(
        some({"label": TEXTS, "url": st.sampled_from(["https://[::1", "https://a:99999", "x"])}), max_size=2
    ),
    timeoutSeconds=NUMBERS,
    heartbeatSeconds=NUMBERS,
    requester=TEXTS,
    execution=some({"id": TEXTS}, startTime=MOMENTS, redriveCount=NUMBERS),
    state=some({"name": TEXTS}, enteredTime=MOMENTS, retryCount=NUMBERS),
    context=some(Execution=some({"Id": TEXTS}, StartTime=MOMENTS), Map=JSON, State=some(EnteredTime=MOMENTS)),
    mapItem=NUMBERS,
    tags=st.dictionaries(TEXTS, TEXTS, max_size=2),
    form=some({"properties": st.dictionaries(st.text("ab", min_size=1, max_size=2), QUESTION, max_size=2)}),
    options=st.lists(some({"id": TEXTS, "label": TEXTS, "side": st.just("approve")}), max_size=2),
    locale=TEXTS,
)
ANSWERS = one_of_a_kind(
    option=st.sampled_from(["approve", "reject"]) | TEXTS,
    comment=TEXTS,
    confirmation=TEXTS,
    reviewer=TEXTS,
    form=st.dictionaries(
        st.sampled_from("nisb"), NUMBERS | TEXTS | st.from_regex(r"[0-9.,eE+-]{1,9}") | JSON, max_size=4
    ),
    reason=TEXTS,
)
MANY = settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def stored_at(database_url: str) -> str:
    return database_url


@pytest.fixture
def directory() -> Directory:
    return Directory(people={"ana": Person(id="ana", email="ana@example.com"), "nobody": Person(id="nobody")})


def post(api: Api, path: str, body: Any) -> TestResponse:
    """What came of it, where nothing of it was our fault."""
    response = api.call("POST", path, scope="admin", data=json.dumps(body), content_type="application/json")
    assert response.status_code in {200, 201, 403, 404, 409, 422}, response.text
    return response


@MANY
@given(token=st.uuids().map(str), changes=SUBMISSIONS)
def test_no_submission_is_a_problem_of_ours(api: Api, token: str, changes: dict[str, Any]) -> None:
    kept = {name: value for name, value in LEAST.items() if name != "reviewers" or "policy" not in changes}
    body = {**kept, "taskToken": token, **changes}
    post(api, "/v1/policies/explain", body)
    if (shown := post(api, "/v1/approvals", body)).status_code == 201:
        path = f"/v1/approvals/{shown.json['id']}"
        assert api.get(path, scope="admin") == shown.json
        post(api, f"{path}/decisions", {"reviewer": shown.json["reviewers"][0]["id"], "option": "approve"})


@MANY
@given(changes=ANSWERS)
@example(changes={"comment": "a\0b"})
def test_no_answer_is_a_problem_of_ours(api: Api, changes: dict[str, Any]) -> None:
    kinds = {"n": "number", "i": "integer", "s": "string", "b": "boolean"}
    form = {"properties": {name: {"type": kind} for name, kind in kinds.items()}}
    approval_id = api.submit(scope="admin", taskToken="the same", form=form, need=2).json["id"]
    post(api, f"/v1/approvals/{approval_id}/decisions", {"reviewer": "ana", "option": "approve", **changes})
    post(api, f"/v1/approvals/{approval_id}/cancel", {**changes, "surplus": 1})
    api.get(f"/v1/approvals/{approval_id}")


def test_json_that_is_nested_too_deep_is_refused(api: Api) -> None:
    response = api.call("POST", "/v1/approvals", scope="submit", data=b"[" * 10_000, content_type="application/json")
    assert paths(response) == [""]


@MANY
@given(raw=st.binary(max_size=64) | JSON.map(lambda noise: json.dumps(noise).encode()))
def test_no_bytes_are_a_problem_of_ours(api: Api, raw: bytes) -> None:
    for operation in OPERATIONS:
        if operation.body:
            path = operation.path.format(approvalId="id-0001", inquiry=0)
            response = api.call("POST", path, scope="admin", data=raw, content_type="application/json")
            assert response.status_code in {404, 422}


@MANY
@given(query=st.dictionaries(st.sampled_from(["status", "reviewer", "tag", "cursor", "createdTo", "limit"]), st.text()))
def test_no_query_is_a_problem_of_ours(api: Api, query: dict[str, str]) -> None:
    response = api.call("GET", "/v1/approvals", scope="read", query_string=query)
    assert response.status_code in {200, 422}


@pytest.mark.parametrize("approval_id", ["%00", "id%00", "%F0%9F%92%A9", "%FF", "..", "x" * 5000])
def test_no_path_is_a_problem_of_ours(api: Api, approval_id: str) -> None:
    for operation in OPERATIONS:
        if operation.of_one:
            path = operation.path.format(approvalId=approval_id, inquiry=0)
            assert api.call(operation.method, path, scope="admin", json=operation.example).status_code in {308, 404}
