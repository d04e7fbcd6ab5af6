"""Arbitrary input to the fake Slack never causes a server error."""

import json
import urllib.request
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approvals.demo.fake_slack.methods.registry import METHODS
from approvals.demo.fake_slack.transport.signed_requests import SlackRequest, send
from tests.demo.fake_slack.test_schema import modal
from tests.support.slack.workspace import OPS, CastSlack

TEXT = st.text(st.characters(codec=None), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
ODD = st.sampled_from(["", "1.0", "NaN", "1e999", "-1", "[]", "{}", "\0", "\ud800", '{"type":"modal"}', "9" * 5000])
SHAPED = st.fixed_dictionaries(
    {"type": st.sampled_from(["section", "actions", "input", "header", "context", "modal", "home", "static_select"])},
    optional={"elements": JSON, "text": JSON, "element": JSON, "blocks": st.lists(JSON, max_size=3), "title": JSON},
)
GOOD: dict[str, dict[str, Any]] = {
    "apps.connections.open": {"any": 1},
    "auth.test": {"any": 1},
    "chat.postMessage": {"channel": OPS, "text": "x", "blocks": [], "thread_ts": "1.0", "metadata": None},
    "chat.postEphemeral": {"channel": OPS, "text": "x", "blocks": [], "user": "U0ANA"},
    "chat.update": {"channel": OPS, "text": "x", "blocks": [], "ts": "1.0", "metadata": None},
    "conversations.history": {"channel": OPS, "oldest": "0", "limit": "2", "cursor": ""},
    "conversations.info": {"channel": OPS},
    "conversations.list": {"types": "public_channel", "limit": "2", "cursor": "", "exclude_archived": "true"},
    "conversations.members": {"channel": OPS, "limit": "2", "cursor": ""},
    "conversations.open": {"users": "U0ANA", "channel": ""},
    "conversations.replies": {"channel": OPS, "ts": "1.0", "oldest": "0", "limit": "2"},
    "users.conversations": {"user": "U0ANA", "types": "public_channel", "limit": "2", "cursor": ""},
    "users.info": {"user": "U0ANA"},
    "users.lookupByEmail": {"email": "ana@example.com"},
    "views.open": {"trigger_id": "1.2.3", "view": modal()},
    "views.publish": {"user_id": "U0ANA", "view": {"type": "home", "blocks": []}, "hash": "x"},
    "views.push": {"trigger_id": "1.2.3", "view": modal()},
    "views.update": {"view_id": "V1", "external_id": "x", "view": modal(), "hash": "x"},
}


def test_every_method_is_tried() -> None:
    assert set(GOOD) == set(METHODS)


@pytest.mark.parametrize("method", GOOD)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_arguments_are_answered_by_a_server_error(slack: CastSlack, method: str, data: st.DataObject) -> None:
    slack.state.limits.enabled = False
    slack.team.scopes |= {"channels:history", "im:history"}
    names = st.sampled_from(sorted(GOOD[method]))
    spoiled = data.draw(st.dictionaries(names, ODD | TEXT | JSON | SHAPED | st.lists(SHAPED), min_size=1, max_size=2))
    token = slack.state.app_token if method.startswith("apps.") else slack.team.token
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = json.dumps(GOOD[method] | spoiled).encode()
    answer = send(SlackRequest(kind="events", body=body, headers=headers), f"{slack.url}{method}")
    assert answer.status == 200
    assert isinstance(answer.json["ok"], bool)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=200) | st.sampled_from([b"[" * 100_000, b'{"view":' + b"[" * 50_000, b"9" * 9999]),
    content_type=st.sampled_from(["application/json", "application/x-www-form-urlencoded", "text/plain",
                                  "multipart/form-data; boundary=x", "application/json; charset=\xff", ""]),
    method=st.sampled_from(["chat.postMessage", "views.open", "nothing", "%ff"]),
)  # fmt: skip
def test_no_body_is_answered_by_a_server_error(slack: CastSlack, body: bytes, content_type: str, method: str) -> None:
    headers = {"Authorization": f"Bearer {slack.team.token}", "Content-Type": content_type}
    answer = send(SlackRequest(kind="events", body=body, headers=headers), f"{slack.url}{method}")
    assert answer.status in (200, 429)


def test_what_is_no_method_is_not_found(slack: CastSlack) -> None:
    with pytest.raises(urllib.request.HTTPError) as missing:
        urllib.request.urlopen(f"{slack.origin}/elsewhere")
    assert missing.value.code == 404
    missing.value.close()
