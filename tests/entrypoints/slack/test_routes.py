"""Slack's routes: only requests that Slack signed within five minutes are read, and no request breaks them."""

import base64
import json
import threading
import time
from typing import Any
from urllib.parse import quote

import pytest
from apig_wsgi import make_lambda_handler
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approvals.demo.fake_slack.interactions import app_events
from approvals.demo.fake_slack.interactions.forged_requests import FORGERIES, MALFORMED
from approvals.demo.fake_slack.transport.signed_requests import (
    AppResponse,
    SlackRequest,
    event_request,
    form_request,
    interaction_request,
)
from approvals.entrypoints.app import create_app
from approvals.entrypoints.slack.routes import BODY_BYTES, in_background, within_budget
from tests.entrypoints.slack.slack_door import Door
from tests.support.slack.block_kit_rules import said

ROUTES = ("interactions", "commands", "events")
FUZZ = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def either(either: Door) -> Door:
    """Both databases: they differ in what they take as text. Something waits for an answer."""
    either.asked()
    return either


def pressing(door: Door) -> SlackRequest:
    """A press of Ana's on an approval that waits."""
    door.asked()
    return door.actor("U0ANA").press_request(door.dm("U0ANA"), "answer:approve")


def signed(door: Door, post: SlackRequest) -> SlackRequest:
    return post.signed(secret=door.slack.state.signing_secret, at=door.slack.state.seconds)


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_slack_did_not_sign_is_refused_unread(door: Door, forgery: str) -> None:
    answer = door.send(FORGERIES[forgery](pressing(door), door.slack.state))
    assert (answer.status, answer.json["type"]) == (401, "urn:approvals:problem:slack-signature")
    assert door.state().decisions == ()


@pytest.mark.parametrize("body", MALFORMED)
@pytest.mark.parametrize("route", ROUTES)
def test_what_is_signed_but_nothing_that_slack_sends_is_refused(door: Door, route: Any, body: str) -> None:
    post = signed(door, SlackRequest(kind=route, body=MALFORMED[body], headers={"Content-Type": "text/plain"}))
    assert door.send(post).status == (200 if (route, body) == ("commands", "without payload") else 401)


@pytest.mark.parametrize("minutes", [-4.9, 4.9])
def test_a_clock_may_be_wrong_by_five_minutes(door: Door, minutes: float) -> None:
    post = pressing(door).signed(secret=door.slack.state.signing_secret, at=door.slack.state.seconds + 60 * minutes)
    assert door.send(post).status == 200


def test_each_of_the_secrets_verifies(door: Door) -> None:
    post = pressing(door)
    assert door.send(post.signed(secret="an-older-signing-secret", at=door.slack.state.seconds)).status == 200


@pytest.mark.parametrize("name", ["X-Slack-Signature", "X-Slack-Request-Timestamp"])
def test_a_header_that_comes_twice_is_refused(door: Door, name: str) -> None:
    post = pressing(door)
    twice = [*post.headers.items(), (name, post.headers[name])]
    assert door.client.post("/slack/interactions", data=post.body, headers=twice).status_code == 401
    assert door.state().decisions == ()


def test_a_body_beyond_the_limit_is_not_read(door: Door) -> None:
    post = signed(door, form_request("interactions", {"payload": "x" * BODY_BYTES}))
    assert door.send(post).status == 413


def test_a_message_of_many_letters_beyond_ascii_fits_in(door: Door) -> None:
    """A press brings along all of its message: in a form, each letter of it as eight."""
    door.asked(title="承認" * 100, description="承" * 5000)
    payload = {"type": "block_actions", "message": {"blocks": ["承" * 90_000]}, "team": {"id": "T0ACME"}}
    post = signed(door, interaction_request({**payload, "user": {"id": "U0ANA"}}))
    assert len(post.body) > 600_000
    assert door.send(post).status == 200


@pytest.mark.parametrize("route", ROUTES)
def test_without_signing_secrets_there_is_no_such_door(door: Door, route: str) -> None:
    app = create_app(door.gateway)
    assert app.test_client().post(f"/slack/{route}").status_code == 404


@pytest.mark.parametrize("route", ROUTES)
def test_nothing_but_posts_is_taken(door: Door, route: str) -> None:
    assert door.client.get(f"/slack/{route}").status_code == 405


def from_elsewhere(kind: str, team: dict[str, Any] | None, **more: Any) -> SlackRequest:
    """Something of a workspace that is not ours, signed as it should be: one app may be in many."""
    user = {"id": "U0ANA", "team_id": (team or {}).get("id")}
    match kind:
        case "commands":
            return form_request(
                "commands", {"team_id": (team or {"id": "E0ORG"})["id"] or "", "user_id": "U0ANA", **more}
            )
        case "events":
            what = {"type": "app_home_opened", "tab": "home", "user": "U0ANA"}
            return event_request({"type": "event_callback", "team_id": (team or {}).get("id"), "event": what})
    actions = [{"action_id": "answer:approve", "value": "id-0001"}]
    return interaction_request({"type": "block_actions", "team": team, "user": user, "actions": actions, **more})


@pytest.mark.parametrize("route", ROUTES)
def test_another_workspace_reads_that_it_is_not_connected(door: Door, route: str) -> None:
    door.asked()
    answer = door.send(signed(door, from_elsewhere(route, {"id": "T0OTHER"})))
    assert (answer.status, answer.json["title"]) == (403, "This workspace is not connected here")
    assert answer.headers["X-Slack-No-Retry"] == "1"
    assert door.state().decisions == ()


@pytest.mark.parametrize(
    "post",
    [
        from_elsewhere("interactions", None, is_enterprise_install=True),
        from_elsewhere("interactions", {"id": "T0ACME"}, is_enterprise_install=True),
        from_elsewhere("commands", {"id": "T0ACME"}, is_enterprise_install="true"),
    ],
)
def test_an_app_of_a_whole_organisation_reads_that_it_is_not_supported(door: Door, post: SlackRequest) -> None:
    door.asked()
    answer = door.send(signed(door, post))
    assert answer.status == 403
    assert "whole organisation is not supported" in answer.json["detail"]
    assert door.state().decisions == ()


def test_slack_reads_that_the_address_is_ours(door: Door) -> None:
    assert app_events.verify_url(door.slack.state, send=door.send)


def test_a_replayed_request_does_nothing_twice(door: Door) -> None:
    post = pressing(door)
    notes = []
    for _ in range(3):
        assert door.send(post).status == 200
        notes.append(len(door.gateway.audit("id-0001")))
    assert len(door.state().decisions) == 1
    assert len(set(notes)) == 1
    door.slack.clock.forward(minutes=6)
    assert door.send(post).status == 401


def test_an_event_that_slack_repeats_does_nothing_twice(door: Door) -> None:
    door.asked()
    what = {"type": "app_home_opened", "user": "U0ANA", "tab": "home", "channel": "D0ANA"}
    post = event_request({"type": "event_callback", "team_id": "T0ACME", "event_id": "Ev1", "event": what})
    again = post.with_headers(X_Slack_Retry_Num="1", X_Slack_Retry_Reason="http_timeout")
    shown = []
    for each in (post, again):
        assert door.send(signed(door, each)).status == 200
        shown.append(said(door.slack.team.homes["U0ANA"].content))  # without links, which tell the second
    assert shown[0] == shown[1]


@pytest.mark.parametrize("what", ["uninstall", "revoke_tokens"])
def test_that_the_app_was_removed_is_taken_at_once_and_logged(
    door: Door, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    answers: list[AppResponse] = getattr(app_events, what)(door.slack.state, door.slack.team, send=door.send)
    assert {answer.status for answer in answers} == {200}
    events = {getattr(record, "event", "") for record in caplog.records if record.levelname == "ERROR"}
    assert "slack.tokens_revoked" in events


@pytest.mark.parametrize("kind", ["block_suggestion", "message_action", "view_closed", "workflow_step_edit", "new"])
def test_what_slack_may_think_of_later_is_passed_over(door: Door, kind: str) -> None:
    payload = {"type": kind, "team": {"id": "T0ACME"}, "user": {"id": "U0ANA"}, "something": {"new": [1]}}
    assert door.send(signed(door, interaction_request(payload))).status == 200


@pytest.mark.parametrize("encoded", [True, False])
def test_on_lambda_all_is_done_before_the_answer_leaves(door: Door, encoded: bool) -> None:
    """An HTTP API hands forms over in base64, and the environment stands still as soon as it has the answer."""
    post = pressing(door)
    body = base64.b64encode(post.body).decode() if encoded else post.body.decode()
    about = {"method": "POST", "path": "/slack/interactions", "sourceIp": "127.0.0.1", "protocol": "HTTP/1.1"}
    handed = {
        "version": "2.0", "rawPath": "/slack/interactions", "rawQueryString": "", "body": body,
        "isBase64Encoded": encoded, "headers": {name.lower(): value for name, value in post.headers.items()},
        "requestContext": {"http": about, "domainName": "x.execute-api.eu-central-1.amazonaws.com"},
    }  # fmt: skip
    assert make_lambda_handler(door.app)(handed, None)["statusCode"] == 200
    assert door.state().status == "approved"
    assert door.told("U0ANA").startswith("Your answer “Approve” is recorded.")


def test_what_finds_no_more_time_on_lambda_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []
    within_budget([lambda: done.append("in time")], time.monotonic())
    within_budget([lambda: done.append("too late")], time.monotonic() - 2)
    assert done == ["in time"]
    assert [getattr(record, "event", "") for record in caplog.records] == ["slack.left_out"]


def test_on_a_server_it_is_done_beside_the_answer_and_a_problem_in_it_stops_nothing() -> None:
    done, release = threading.Event(), threading.Event()

    def failing() -> None:
        release.wait(10)
        raise RuntimeError("Slack is odd")

    in_background()([failing, done.set], time.monotonic())
    assert not done.is_set()
    release.set()
    assert done.wait(10)


ANY_HEADER = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=80)


@FUZZ
@given(route=st.sampled_from(ROUTES), body=st.binary(max_size=300), stamp=ANY_HEADER, signature=ANY_HEADER)
def test_whatever_comes_unsigned_is_refused(door: Door, route: Any, body: bytes, stamp: str, signature: str) -> None:
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
    assert door.send(SlackRequest(kind=route, body=body, headers=headers)).status == 401


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KNOWN = {
    "type": st.sampled_from(["block_actions", "view_submission", "shortcut"]),
    "team": st.just({"id": "T0ACME"}),
    "user": st.sampled_from([{"id": "U0ANA"}, {"id": "U0ANA", "team_id": "T0OTHER"}, {"id": "a\0b"}]),
    "actions": st.lists(
        st.fixed_dictionaries({
            "action_id": st.sampled_from(["answer:approve", "answer:no", "page", "comment", "claim", "answer:\0", "x"]),
            "value": st.sampled_from(["id-0001", "id-9999", "\0", "'; --", "x" * 3000, ""]) | JSON,
        }),
        max_size=2,
    ),
    "callback_id": st.sampled_from(["answer", "my_approvals", "x"]),
    "view": st.fixed_dictionaries({
        "id": st.text(max_size=5),
        "type": st.sampled_from(["modal", "home"]),
        "callback_id": st.sampled_from(["answer", "my_approvals", "closed"]),
        "private_metadata": JSON.map(json.dumps)
        | st.sampled_from(["", "{", '{"approval": "id-0001", "option": "approve"}', '{"approval": "\\u0000"}']),
        "state": st.none() | st.fixed_dictionaries({"values": JSON})
        | st.just({"values": {"comment": {"value": {"value": "\0"}}}}),
    }),
    "container": JSON,
    "trigger_id": st.text(max_size=5),
    "response_url": st.text(max_size=20) | st.sampled_from(["http://[", "https://hooks.slack.com:x/", "//"]),
}  # fmt: skip


@FUZZ
@given(payload=st.fixed_dictionaries({}, optional={**KNOWN, "extra": JSON}))
def test_whatever_is_signed_never_makes_it_fail(either: Door, payload: dict[str, Any]) -> None:
    body = b"payload=" + quote(json.dumps(payload)).encode()
    post = SlackRequest(kind="interactions", body=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert either.send(signed(either, post)).status in {200, 401, 403}


@FUZZ
@given(fields=st.dictionaries(
    st.sampled_from(["team_id", "user_id", "text", "command", "ssl_check"]),
    st.sampled_from(["T0ACME", "U0ANA", "id-0001", "help", "\0", "`id-0001`"]) | st.text(max_size=20),
))  # fmt: skip
def test_whatever_command_is_signed_never_makes_it_fail(either: Door, fields: dict[str, str]) -> None:
    named = {**fields} if len(fields) > 3 else {"team_id": "T0ACME", "user_id": "U0ANA", **fields}
    encoded = {name: text.encode("utf-8", "replace").decode() for name, text in named.items()}
    assert either.send(signed(either, form_request("commands", encoded))).status in {200, 401, 403}
