"""Modals and Home tabs are opened, changed and published by Slack's rules."""

from typing import Any

import pytest
from slack_sdk import WebClient

from tests.demo.fake_slack.test_schema import modal
from tests.support.slack.workspace import CastSlack, refusal

HOME: dict[str, Any] = {"type": "home", "blocks": [{"type": "divider"}]}


@pytest.fixture
def trigger(slack: CastSlack) -> str:
    return slack.state.new_trigger(team=slack.team.id, user="U0ANA")


def test_a_modal_opens_before_the_one_who_clicked(slack: CastSlack, client: WebClient, trigger: str) -> None:
    answer = client.views_open(trigger_id=trigger, view=modal(private_metadata="x"))
    [view] = slack.team.open_views("U0ANA")
    assert (answer["view"]["id"], answer["view"]["private_metadata"]) == (view.id, "x")
    assert slack.team.open_views("U0BEN") == []


@pytest.mark.parametrize(
    ("change", "error"),
    [({"trigger_id": "1.2.3"}, "invalid_trigger_id"), ({"trigger_id": ""}, "invalid_arguments"),
     ({"view": None}, "invalid_arguments"), ({"view": HOME}, "invalid_arguments"), ({}, "OK")],
)  # fmt: skip
def test_a_modal_wants_a_trigger_and_a_view(
    client: WebClient, trigger: str, change: dict[str, Any], error: str
) -> None:
    assert refusal(client, "views.open", **{"trigger_id": trigger, "view": modal(), **change}) == error


def test_a_trigger_of_another_workspace_is_none(slack: CastSlack, trigger: str) -> None:
    other = slack.client(slack.workspace("T0OTHER", domain="other", name="Other"))
    assert refusal(other, "views.open", trigger_id=trigger, view=modal()) == "invalid_trigger_id"


def test_a_view_that_is_refused_leaves_the_trigger_as_it_was(client: WebClient, trigger: str) -> None:
    assert refusal(client, "views.open", trigger_id=trigger, view=modal(title=None)) == "invalid_arguments"
    assert refusal(client, "views.open", trigger_id=trigger, view=modal()) == "OK"


def test_a_name_of_ones_own_identifies_one_open_view(slack: CastSlack, client: WebClient, trigger: str) -> None:
    client.views_open(trigger_id=trigger, view=modal(external_id="mine"))
    again = slack.state.new_trigger(team=slack.team.id, user="U0ANA")
    arguments = {"trigger_id": again, "view": modal(external_id="mine")}
    assert refusal(client, "views.open", **arguments) == "duplicate_external_id"
    client.views_update(external_id="mine", view=modal(callback_id="changed", external_id="mine"))
    assert slack.team.open_views("U0ANA")[0].content["callback_id"] == "changed"


def test_a_view_is_changed_as_long_as_it_is_open_and_was_not_changed(
    slack: CastSlack, client: WebClient, trigger: str
) -> None:
    opened = client.views_open(trigger_id=trigger, view=modal())["view"]
    arguments = {"view_id": opened["id"], "hash": opened["hash"], "view": modal(callback_id="changed")}
    assert refusal(client, "views.update", **arguments) == "OK"
    assert refusal(client, "views.update", **arguments) == "hash_conflict"
    slack.team.open_views("U0ANA")[0].open = False
    assert refusal(client, "views.update", view_id=opened["id"], view=modal()) == "not_found"


def test_at_most_three_modals_stand_on_one_another(slack: CastSlack, client: WebClient, trigger: str) -> None:
    root = top = client.views_open(trigger_id=trigger, view=modal())["view"]
    for _ in range(2):
        clicked = slack.state.new_trigger(team=slack.team.id, user="U0ANA", view=top["id"])
        pushed = client.views_push(trigger_id=clicked, view=modal())["view"]
        assert (pushed["root_view_id"], pushed["previous_view_id"]) == (root["id"], top["id"])
        top = pushed
    clicked = slack.state.new_trigger(team=slack.team.id, user="U0ANA", view=top["id"])
    assert refusal(client, "views.push", trigger_id=clicked, view=modal()) == "push_limit_reached"


def test_a_modal_is_pushed_onto_another_only(client: WebClient, trigger: str) -> None:
    assert refusal(client, "views.push", trigger_id=trigger, view=modal()) == "not_found"


def test_a_home_tab_shows_what_was_published_last(slack: CastSlack, client: WebClient) -> None:
    first = client.views_publish(user_id="U0ANA", view=HOME)["view"]
    client.views_publish(user_id="U0ANA", view={**HOME, "callback_id": "inbox"}, hash=first["hash"])
    assert slack.team.homes["U0ANA"].content["callback_id"] == "inbox"
    assert refusal(client, "views.publish", user_id="U0ANA", view=HOME, hash=first["hash"]) == "hash_conflict"


@pytest.mark.parametrize("user", ["U0NONE", "U0SAM", ""])
def test_a_home_tab_belongs_to_somebody_who_is_there(client: WebClient, user: str) -> None:
    assert refusal(client, "views.publish", user_id=user, view=HOME) == "invalid_arguments"


def test_a_home_tab_that_the_app_has_not_turned_on_is_not_enabled(slack: CastSlack, client: WebClient) -> None:
    slack.team.home_tab = False
    assert refusal(client, "views.publish", user_id="U0ANA", view=HOME) == "not_enabled"
