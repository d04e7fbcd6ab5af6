"""Submitting by the API: what is refused and where, what is known already, and no token in a fault."""

import json
from typing import Any

import pytest

from approvals.domain.directory.people import Directory
from tests.builders import EXECUTION_ARN
from tests.entrypoints.api.api_client import FINANCE, LEAST, TOKEN, Api, paths


@pytest.fixture
def directory() -> Directory:
    return FINANCE


class TestSubmitting:
    def test_a_new_approval_states_where_it_is(self, api: Api) -> None:
        response = api.submit(details={"Order": "1234", "Amount": 420.5}, requester="rhea@example.com")
        assert response.status_code == 201
        assert response.json == api.get(response.headers["Location"])
        shown = response.json
        assert (shown["status"], shown["title"]) == ("pending", "Refund order 1234")
        assert shown["details"] == {"Order": "1234", "Amount": 420.5}
        assert shown["caller"] == "key:submit"
        assert shown["callback"] == {"state": "none", "detail": ""}
        assert shown["progress"] == [{"label": "ana@example.com and ben@example.com", "have": 0, "need": 1}]
        assert [(r["id"], r["name"], r["mayAnswer"]) for r in shown["reviewers"]] == [
            ("ana", "Ana", True),
            ("ben@example.com", "ben@example.com", True),
        ]

    def test_a_known_token_is_the_same_approval_and_nobody_is_asked_twice(self, api: Api) -> None:
        first, second = api.submit(), api.submit(title="Another title")
        assert (first.status_code, second.status_code) == (201, 200)
        assert second.json == first.json
        assert "Location" not in second.headers
        api.world.deliver_all()
        assert len(api.world.mail.sent) == 2

    def test_the_context_object_may_say_where_it_comes_from(self, api: Api) -> None:
        approval_id = api.submitted(context={"Execution": {"Id": EXECUTION_ARN, "Input": {"card": "4111"}}})
        shown = api.get(f"/v1/approvals/{approval_id}")
        assert shown["execution"] == {"id": EXECUTION_ARN}
        assert "4111" not in json.dumps(shown)

    BAD: dict[str, tuple[dict[str, Any], list[str]]] = {
        "no token": ({"taskToken": None}, ["taskToken"]),
        "an unknown field": ({"reviwers": []}, ["reviwers"]),
        "a title of which nothing is seen": ({"title": "\u200b"}, ["title"]),
        "a reviewer without address": ({"reviewers": ["ana", "nobody"]}, ["reviewers[1]"]),
        "a reviewer whom nobody knows": ({"reviewers": ["ana", "somebody"]}, ["reviewers[1]"]),
        "a policy that nobody can satisfy": ({"need": 3}, ["need"]),
        "only the requester reviews": (
            {"requester": "ben@example.com", "reviewers": ["ben@example.com"]},
            ["need"],
        ),
        "an inline policy that nobody can satisfy": (
            {"reviewers": None, "policy": {"stages": [{"groups": [{"from": ["ana"]}, {"from": ["ana"]}]}]}},
            ["policy.stages"],
        ),
        "a fault deep in a policy": (
            {"reviewers": None, "policy": {"stages": [{"groups": [{"from": ["ana"], "ned": 2}]}]}},
            ["policy.stages[0].groups[0].ned"],
        ),
        "an unknown policy": ({"reviewers": None, "policy": "legal"}, ["policy"]),
        "neither policy nor reviewers": ({"reviewers": None}, ["reviewers"]),
        "a deadline in the past": (
            {"timeoutSeconds": 60, "state": {"name": "Ask", "enteredTime": "2026-03-02T09:00:00Z"}},
            ["timeoutSeconds"],
        ),
        "no time to answer": ({"timeoutSeconds": 3}, ["timeoutSeconds"]),
        "several at once": (
            {"title": "", "reviewers": ["ana", 5], "links": [{"label": "x"}], "risk": "some"},
            ["links[0].url", "reviewers[1]", "risk", "title"],
        ),
        "several that only the rules find": (
            {"reviewers": ["nobody"], "links": [{"label": "x", "url": "javascript:alert(1)"}]},
            ["links[0].url", "reviewers[0]"],
        ),
    }

    @pytest.mark.parametrize("case", BAD)
    def test_what_is_wrong_is_reported_with_its_path(self, api: Api, case: str) -> None:
        changes, expected = self.BAD[case]
        assert sorted(paths(api.submit(**changes))) == expected
        assert api.get("/v1/approvals")["items"] == []

    @pytest.mark.parametrize("raw", [b"", b"not JSON", b'{"taskToken": "AQ', b"\xff", b"[]", b"null", b'"AQCE"'])
    def test_what_is_no_json_object_is_reported_for_the_whole(self, api: Api, raw: bytes) -> None:
        response = api.call("POST", "/v1/approvals", scope="submit", data=raw, content_type="application/json")
        assert paths(response) == [""]

    @pytest.mark.parametrize(
        "media", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml"]
    )
    def test_only_json_is_read(self, api: Api, media: str | None) -> None:
        body = json.dumps(LEAST)
        response = api.call("POST", "/v1/approvals", scope="submit", data=body, content_type=media)
        assert response.status_code == 415
        assert response.json["type"] == "urn:approvals:problem:http-415"

    def test_json_may_name_its_encoding(self, api: Api) -> None:
        media = "application/json; charset=utf-8"
        response = api.call("POST", "/v1/approvals", scope="submit", data=json.dumps(LEAST), content_type=media)
        assert response.status_code == 201

    @pytest.mark.parametrize(("size", "status"), [(256 * 1024, 422), (256 * 1024 + 1, 413)])
    def test_a_body_may_have_256_kib(self, api: Api, size: int, status: int) -> None:
        body = json.dumps({**LEAST, "padding": ""})
        body = body.replace('"padding": "', '"padding": "' + "x" * (size - len(body)))
        response = api.call("POST", "/v1/approvals", scope="submit", data=body, content_type="application/json")
        assert (response.status_code, response.content_type) == (status, "application/problem+json")

    def test_a_problem_does_not_repeat_the_token(self, api: Api) -> None:
        assert TOKEN not in api.submit(title=5, surplus=TOKEN).text


def test_a_body_with_thousands_of_problems_gets_a_small_answer(api: Api) -> None:
    response = api.submit(**{f"field{n}": "x" * 20 for n in range(6000)})
    assert response.status_code == 422
    assert len(response.data) < 32 * 1024
    assert response.json["errors"][-1] == {"path": "", "message": "… and 900 more"}


ODD = {
    "title": "two\nlines", "requester": "", "sensitive": ["absent"], "timeoutSeconds": 86400.0, "tags": {"a": " b"},
}  # fmt: skip


def test_what_one_run_sends_is_adjusted_and_the_answer_the_trail_and_the_history_say_so(api: Api) -> None:
    response = api.submit(**ODD)
    assert response.status_code == 201, response.text
    adjusted = [{"field": one["field"], "reason": one["reason"]} for one in response.json["adjusted"]]
    assert {one["field"] for one in adjusted} == {"title", "requester", "sensitive", "timeoutSeconds", "tags.a"}
    location = f"/v1/approvals/{response.json['id']}"
    [note] = api.get(f"{location}/notes")["items"]
    assert note["facts"]["adjusted"] == adjusted
    told = api.get(f"{location}/explanation")["timeline"][0]["what"]
    assert told.startswith("The submission was adjusted: ")
    assert told.endswith("; and 2 more.")
    shown = api.get(location)
    assert (shown["title"], shown["requester"], shown["sensitive"]) == ("two lines", None, [])


def test_the_same_message_again_has_the_same_answer_and_the_hash_covers_what_is_shown(api: Api) -> None:
    first, again = api.submit(**ODD), api.submit(**ODD)
    assert (first.status_code, again.status_code, again.json) == (201, 200, first.json)
    as_shown = {"title": "two lines", "timeoutSeconds": 86400, "tags": {"a": "b"}}
    plain = api.submit(taskToken="another", **as_shown).json
    assert plain["contentSha256"] == first.json["contentSha256"]
    assert "adjusted" not in plain


def test_details_of_250_kb_are_taken_and_read_again(api: Api) -> None:
    response = api.submit(details={"Log": "x" * 250_000})
    assert response.status_code == 201, response.text
    assert len(api.get(f"/v1/approvals/{response.json['id']}", scope="admin")["details"]["Log"]) == 250_000
