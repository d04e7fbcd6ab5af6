"""Slack's Web API: the meaning of each error, the rate limit, and people by e-mail address."""

import json
import logging
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from werkzeug.wrappers import Response

from approvals.adapters.slack.client import SlackApi
from approvals.adapters.slack.errors import GONE, NotDone, error_for_code
from approvals.adapters.slack.rate_limit import RateLimit
from approvals.adapters.slack.users import SlackPeople
from approvals.demo.fake_slack.faults import Fails, Fault, RateLimited
from approvals.domain.model.messages.results import GivenUp, TryAgain
from tests.fakes import FrozenClock
from tests.support.slack.workspace import CastSlack


@pytest.fixture
def api(slack: CastSlack) -> SlackApi:
    return SlackApi({"T0ACME": slack.team.token}, url=slack.url, clock=slack.clock, seconds=2)


def test_an_answer_comes_with_the_scopes_that_were_granted(api: SlackApi) -> None:
    answer = api.call("auth.test", team="T0ACME")
    assert (answer["ok"], answer["team_id"]) == (True, "T0ACME")
    assert "chat:write" in answer["_scopes"].split(",")


def test_a_proxy_of_the_environment_is_used_but_not_for_what_needs_none(
    slack: CastSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("urllib.request._opener", None)  # made once in a process, with what the environment says then
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    api = SlackApi({"T0ACME": slack.team.token}, url=slack.url, clock=slack.clock, seconds=2)
    with pytest.raises(NotDone, match="cannot be reached"):
        api.call("auth.test", team="T0ACME")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert api.call("auth.test", team="T0ACME")["ok"]


def test_pages_are_read_to_their_end(api: SlackApi, slack: CastSlack) -> None:
    slack.state.limits.enabled = False
    for number in range(250):
        slack.team.channel(f"C0X{number}", f"x{number}")
    found = list(api.pages("users.conversations", team="T0ACME", of="channels", types="public_channel"))
    assert len(found) == 251
    assert slack.state.calls["users.conversations"] == 2


@pytest.mark.parametrize("word", sorted(GONE))
def test_each_permanent_refusal_states_what_it_means_in_words(word: str) -> None:
    result = error_for_code(word, needed="chat:write").result
    assert isinstance(result, GivenUp)
    assert not result.closed, "that would mean that the workflow no longer waits"
    assert word in result.reason
    assert len(result.reason) > len(word) + 15


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("missing_scope", "denied"),
        ("token_revoked", "denied"),
        ("user_not_found", "refused"),
        ("msg_too_long", "invalid"),
        ("ratelimited", "throttled"),
        ("internal_error", "unreachable"),
        ("something_new", "refused"),
    ],
)
def test_each_error_has_the_class_of_its_reason(word: str, kind: str) -> None:
    assert error_for_code(word).result.kind == kind


@pytest.mark.parametrize(
    ("word", "status", "ambiguous"),
    [
        ("internal_error", 200, True),
        ("fatal_error", 200, True),
        ("service_unavailable", 503, True),
        ("invalid_auth", 500, True),
        ("<html>a page of a proxy</html>", 200, True),
        ("service_unavailable", 200, False),
        ("something_new", 200, False),
        ("ratelimited", 200, False),
        ("ratelimited", 429, False),
        ("message_limit_exceeded", 200, False),
    ],
)
def test_what_may_have_been_done_is_told_from_what_was_not(word: str, status: int, ambiguous: bool) -> None:
    result = error_for_code(word, status=status).result
    assert isinstance(result, TryAgain)
    assert result.ambiguous is ambiguous
    assert "<" not in result.reason


def test_a_missing_scope_is_named(api: SlackApi, slack: CastSlack) -> None:
    slack.team.scopes.discard("im:write")
    with pytest.raises(NotDone, match=r"missing_scope; it needs im:write"):
        api.call("conversations.open", team="T0ACME", users="U0ANA")


def test_silence_that_slack_asked_for_is_kept_for_that_method_alone(api: SlackApi, slack: CastSlack) -> None:
    slack.faults.next("users.info", RateLimited(retry_after=20))
    for _ in range(3):
        with pytest.raises(NotDone) as error:
            api.call("users.info", team="T0ACME", user="U0ANA")
        assert isinstance(error.value.result, TryAgain)
    assert slack.state.calls["users.info"] == 0
    api.call("auth.test", team="T0ACME")
    slack.clock.forward(seconds=20)
    api.call("users.info", team="T0ACME", user="U0ANA")


def test_neither_tokens_nor_messages_are_logged(
    api: SlackApi, slack: CastSlack, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        api.call("chat.postMessage", team="T0ACME", channel="#ops", text="very secret words")
        slack.faults.next("chat.postMessage", Fails("internal_error"))
        with pytest.raises(NotDone):
            api.call("chat.postMessage", team="T0ACME", channel="#ops", text="very secret words")
    with slack.unreachable(), caplog.at_level(logging.DEBUG), pytest.raises(NotDone):
        api.call("auth.test", team="T0ACME")
    assert "very secret words" not in caplog.text
    assert slack.team.token not in caplog.text


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"ok"', b"{", b"<html>", b'{"ok": "maybe"}', b"\xff\xfe"])
def test_whatever_answers_in_slacks_place_is_an_answer_that_nobody_can_read(body: bytes) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        api = SlackApi({"T1": "xoxb-1"}, url=f"http://127.0.0.1:{server.server_port}/api/", clock=FrozenClock())
        if body == b'{"ok": "maybe"}':
            assert api.call("auth.test", team="T1")["ok"] == "maybe"
        else:
            with pytest.raises(NotDone) as error:
                api.call("chat.postMessage", team="T1", channel="C1", text="x")
            assert error.value.result == TryAgain(
                "Slack failed (unreadable, HTTP 200)", ambiguous=True, after=timedelta(seconds=3), kind="unreachable"
            )
        thread.join()


def test_turns_are_a_second_apart_and_places_do_not_hold_each_other_up() -> None:
    clock = FrozenClock()
    limit = RateLimit(clock=clock)
    assert [limit.turn("T1/C1").total_seconds() for _ in range(4)] == [0, 1, 2, 3]
    assert limit.turn("T1/C2").total_seconds() == 0
    clock.forward(seconds=1)
    assert [limit.turn("T1/C1").total_seconds() for _ in range(2)] == [0, 1]


def test_of_many_at_once_one_gets_the_turn() -> None:
    limit, waits = RateLimit(clock=FrozenClock()), list[timedelta]()
    threads = [threading.Thread(target=lambda: waits.append(limit.turn("T1/C1"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(wait.total_seconds() for wait in waits) == list(range(16))


def test_a_person_is_known_by_an_address_that_they_have_confirmed(api: SlackApi, slack: CastSlack) -> None:
    people = SlackPeople(api)
    assert people.email_of("T0ACME", "U0ANA") == "ana@example.com"
    assert people.by_email("T0ACME", "ANA@example.com") == "U0ANA"
    slack.team.users["U0ANA"].email_confirmed = False
    assert people.email_of("T0ACME", "U0ANA") is None
    assert people.by_email("T0ACME", "ana@example.com") is None


@pytest.mark.parametrize("user", ["U0SAM", "U0NOBODY", "UBOT0ACME"])
def test_nobody_is_known_by_the_address_of_who_left_or_is_no_person(user: str, api: SlackApi) -> None:
    assert SlackPeople(api).email_of("T0ACME", user) is None


def says(**answer: Any) -> Fault:
    """What the stand-in would not say by itself."""
    return lambda _serve: Response(json.dumps({"ok": True, **answer}), content_type="application/json; charset=utf-8")


@pytest.mark.parametrize(
    "change",
    [{"team_id": "T0OTHER"}, {"is_stranger": True}, {"is_email_confirmed": "true"}, {"profile": None}, {"profile": {}}],
    ids=str,
)
def test_the_address_of_another_companys_guest_reveals_nothing(
    change: dict[str, Any], api: SlackApi, slack: CastSlack
) -> None:
    good = {"team_id": "T0ACME", "is_email_confirmed": True, "profile": {"email": "ana@example.com"}}
    slack.faults.next("users.info", says(user=good | change))
    assert SlackPeople(api).email_of("T0ACME", "U0ANA") is None


def test_in_an_organisation_a_person_is_of_several_workspaces(api: SlackApi, slack: CastSlack) -> None:
    found = {
        "team_id": "T0HOME", "enterprise_user": {"teams": ["T0HOME", "T0ACME"]}, "is_email_confirmed": True,
        "profile": {"email": "ana@example.com"},
    }  # fmt: skip
    slack.faults.next("users.info", says(user=found))
    assert SlackPeople(api).email_of("T0ACME", "U0ANA") == "ana@example.com"


def test_where_slack_cannot_say_who_it_is_that_is_not_taken_for_nobody(api: SlackApi, slack: CastSlack) -> None:
    with slack.unreachable(), pytest.raises(NotDone):
        SlackPeople(api).email_of("T0ACME", "U0ANA")
