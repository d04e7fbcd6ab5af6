"""Keeps what people have in front of them when the new code takes over: links, rendered forms, buttons in Slack."""

from typing import Any

from tests.upgrade.doings import Doings
from tests.upgrade.observing import link_to
from tests.upgrade.outside import Json
from tests.upgrade.past_pending import buttons_of

ANA, BEN, RHEA = "ana@open-for-long.example", "ben@open-for-long.example", "rhea@people.example"
ANA_LISTS, BEN_LISTS = "ana@inbox.example", "ben@inbox.example"


def old_links(doings: Doings) -> dict[str, str]:
    """Links of ten days ago, whose time is over: to a page, and to a list."""
    pages = {who: link_to(doings, who, "open for long", first=True) for who in (ANA, BEN, RHEA)}
    lists = {who: link_to(doings, who, "inbox one", first=True, kind="/i/") for who in (ANA_LISTS, BEN_LISTS)}
    return {**pages, **lists}


def new_links(doings: Doings) -> dict[str, str]:
    """Links that hold."""
    asked = {"fresh": "ana@fresh.example", "claimed": "ana@claimed.example", "handed over": "zoe@handed-over.example"}
    pages = {name: link_to(doings, who, name) for name, who in asked.items()}
    replying = {f"{name} by Rhea": link_to(doings, RHEA, name) for name in ("asked a question", "replied")}
    return {**pages, **replying, "inbox": link_to(doings, ANA_LISTS, "inbox one", kind="/i/")}


def ask_for_a_fresh_link(doings: Doings, link: str) -> int:
    """As somebody does whose link is too old."""
    return doings.send(link, "fresh", {**doings.forms(link)["fresh"], "sure": "true"})


def on_screen(doings: Doings) -> dict[str, Any]:
    """Everything, with the forms as they were rendered."""
    old, new = old_links(doings), new_links(doings)
    return {
        "old links": {who: {"link": link, "forms": doings.forms(link)} for who, link in old.items()},
        "links": {what: {"link": link, "forms": doings.forms(link)} for what, link in new.items()},
        "buttons": _buttons(doings),
    }


def _buttons(doings: Doings) -> Json:
    """Each with the conversation that it stands in, by who presses it."""
    pressed = {
        "U0CARL": ("D0CARL", "copied", "answer:approve"),
        "U0CLEO": ("C0OPS", "copied", "page"),
        "U0GINA": ("C0OPS", "in Slack", "claim"),
    }
    return {user: {"channel": what[0], "button": _button(doings, *what)} for user, what in pressed.items()}


def _button(doings: Doings, channel: str, name: str, action: str) -> Json:
    [button] = buttons_of(doings, channel, name, action=action)
    return button
