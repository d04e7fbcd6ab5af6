"""The app manifest asks for every scope that a call of ours needs and for no other, and names the addresses we have."""

import inspect
import json
import re
from typing import Any

import pytest
import slack_sdk.web.client
import yaml
from click.testing import CliRunner

from approvals.adapters.slack.channel import SlackChannel
from approvals.adapters.slack.client import SlackApi
from approvals.adapters.slack.conversations import SlackConversations
from approvals.adapters.slack.scopes import METHODS, WITH_EMAIL, bot_scopes
from approvals.adapters.slack.users import SlackPeople
from approvals.domain.model.messages.audience import ForChannel
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import Sent
from approvals.entrypoints.cli.slack import manifest
from approvals.entrypoints.slack.manifest import app_manifest
from tests.builders import an_approval
from tests.support.domain.topics import TOPICS
from tests.support.slack.workspace import CastSlack
from tests.support.wheel import ROOT

URL = "https://approvals.example.com"
METHOD = re.compile(r'"((?:auth|chat|conversations|users|views|reactions|files|team|usergroups|bots)\.[a-zA-Z.]+)"')


def test_the_table_of_scopes_names_exactly_the_methods_that_we_call() -> None:
    called: set[str] = set()
    for path in (ROOT / "approvals").rglob("*.py"):
        if "demo" not in path.parts and path.name != "slack_scopes.py":
            called |= set(METHOD.findall(path.read_text()))
    assert called == METHODS.keys() | WITH_EMAIL.keys()


def test_slack_has_all_of_these_methods() -> None:
    client = inspect.getsource(slack_sdk.web.client)
    assert [name for name in METHODS.keys() | WITH_EMAIL.keys() if f'"{name}"' not in client] == []


def test_a_scope_for_e_mail_addresses_is_asked_for_only_where_they_may_tell_who_somebody_is() -> None:
    assert set(bot_scopes(match_email=True)) - set(bot_scopes(match_email=False)) == {"users:read.email"}


@pytest.mark.parametrize("match_email", [False, True])
def test_with_the_scopes_of_the_manifest_all_that_we_do_is_allowed(match_email: bool, slack: CastSlack) -> None:
    slack.team.scopes = set(app_manifest(URL, match_email=match_email)["oauth_config"]["scopes"]["bot"])
    slack.team.channel("C0BOARD", "board", private=True)
    slack.state.limits.enabled = False
    api = SlackApi({"T0ACME": slack.team.token}, url=slack.url, clock=slack.clock)
    people = SlackPeople(api) if match_email else None
    channel = SlackChannel(api, conversations=SlackConversations(api, people=people), clock=slack.clock)
    approval = an_approval()
    for to in ("U0ANA", "#ops", "#board", *(["ben@example.com"] if match_email else [])):
        for event in ("asked", "settled"):
            slack.clock.forward(seconds=2)
            notice = Notice(about=TOPICS[event], channel="slack", to=to)  # type: ignore[arg-type]
            sent = channel.send(notice, approval, link=None, ambiguous=True)
            assert isinstance(sent, Sent), sent
            assert isinstance(channel.update(sent.receipt, approval, audience=ForChannel(), link=None), Sent)
    assert api.call("users.info", team="T0ACME", user="U0ANA")["ok"]


def test_slack_reaches_the_addresses_that_we_have() -> None:
    made = app_manifest(f"{URL}/")
    assert made["settings"]["interactivity"]["request_url"] == f"{URL}/slack/interactions"
    assert made["settings"]["event_subscriptions"]["request_url"] == f"{URL}/slack/events"
    assert [command["url"] for command in made["features"]["slash_commands"]] == [f"{URL}/slack/commands"]
    assert made["settings"]["socket_mode_enabled"] is False


def test_with_socket_mode_there_is_no_address_at_all() -> None:
    made = app_manifest(None)
    assert made["settings"]["socket_mode_enabled"] is True
    assert "http" not in json.dumps(made)


def test_what_comes_of_pressing_things_is_what_the_door_knows() -> None:
    made = app_manifest(URL)
    assert made["settings"]["event_subscriptions"]["bot_events"] == [
        "app_home_opened",
        "app_uninstalled",
        "tokens_revoked",
    ]
    assert [one["callback_id"] for one in made["features"]["shortcuts"]] == ["my_approvals"]
    assert [one["command"] for one in made["features"]["slash_commands"]] == ["/approvals"]
    assert made["features"]["app_home"]["messages_tab_enabled"], "without it people cannot be written to"
    assert made["settings"]["token_rotation_enabled"] is False, "tokens would end after twelve hours"


def test_everything_is_as_short_as_slack_wants_it() -> None:
    """The limits of Slack's manifest reference."""
    made = app_manifest(URL, name="x" * 35)
    limits: list[tuple[Any, int]] = [
        (made["display_information"]["name"], 35),
        (made["display_information"]["description"], 140),
        (made["features"]["bot_user"]["display_name"], 80),
        (made["features"]["shortcuts"][0]["name"], 24),
        (made["features"]["shortcuts"][0]["description"], 150),
        (made["features"]["slash_commands"][0]["command"], 32),
    ]
    assert [text for text, most in limits if not 0 < len(text) <= most] == []


def test_the_command_prints_it_as_json_or_yaml() -> None:
    as_json = CliRunner().invoke(manifest, ["--url", URL, "--name", "Refunds"])
    as_yaml = CliRunner().invoke(manifest, ["--url", URL, "--name", "Refunds", "--format", "yaml"])
    assert json.loads(as_json.output) == yaml.safe_load(as_yaml.output) == app_manifest(URL, name="Refunds")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "give --url https://… or --socket-mode"),
        (["--url", URL, "--socket-mode"], "only one of them"),
        (["--url", "http://approvals.example.com"], "Slack calls no other addresses"),
        (["--url", "https://[approvals"], "must be an address such as"),
        (["--url", "https://approvals example.com"], "must be an address such as"),
        (["--url", "https://me:secret@approvals.example.com"], "must be an address such as"),
        (["--url", f"{URL}?stage=prod"], "must be an address such as"),
        (["--url", "https://approvals.example.com:99999"], "must be an address such as"),
        (["--socket-mode", "--name", "x" * 36], "1 to 35 characters"),
        (["--socket-mode", "--name", "  "], "1 to 35 characters"),
    ],
)
def test_what_slack_would_not_take_is_refused(words: list[str], says: str) -> None:
    refused = CliRunner().invoke(manifest, words)
    assert refused.exit_code == 2
    assert says in refused.output
