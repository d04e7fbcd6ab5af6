"""No GET, HEAD or OPTIONS changes anything: neither a person, a link preview, a mail scanner nor a program does.

Every route is requested, those that take a POST only included, with the links, ids and forms of a pending approval. The
whole database is compared.
"""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from approvals.adapters.database import tables
from approvals.domain.api_keys import entry
from approvals.domain.directory.people import Directory, Person
from approvals.domain.model.approval import Answer
from approvals.domain.model.messages.audience import ForChannel, ForRequester
from approvals.domain.model.messages.results import TryAgain
from approvals.entrypoints.app import app_of
from approvals.settings.environment import Settings
from tests.builders import BY_LINK
from tests.entrypoints.pages.review_page import link, nonce_on, submitted
from tests.fakes import PUBLIC_URL, World
from tests.guards.test_doors import WITH_EVERY_DOOR

SETTINGS = {**WITH_EVERY_DOOR, "APPROVALS_API_KEYS": entry("tests", ["admin"], "apk_tests")}
METHODS = ("GET", "HEAD", "OPTIONS")
AGENTS = {
    "a browser": {"User-Agent": "Mozilla/5.0", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"},
    "a link preview": {"User-Agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"},
    "a mail scanner": {"User-Agent": "Mozilla/5.0 (compatible; SafeLinks)", "Sec-Fetch-Site": "cross-site"},
    "a prefetch": {"User-Agent": "Mozilla/5.0", "Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender"},
    "a program": {"Authorization": "Bearer apk_tests"},
}
ANSWER = {
    "option": "approve", "comment": "yes", "confirmation": "withdraw", "every": "on", "until": "2026-03-09T12:00:00Z",
    "to": "ben", "text": "Which one?", "inquiry": "0", "reviewer": "ana", "reason": "none",
    "address": "ana@example.com",
}  # fmt: skip


@pytest.fixture
def stored_at(database_url: str) -> str:
    return database_url


@pytest.fixture
def directory() -> Directory:
    return Directory(people={n: Person(id=n, email=f"{n}@example.com") for n in ("ana", "ben", "rhea")})


@pytest.fixture
def app(world: World) -> Flask:
    return app_of(Settings.from_env(SETTINGS), world.gateway)


@pytest.fixture
def approval_id(world: World) -> str:
    """A pending approval whose requester has been asked a question, beside one whose callback has to be sent again."""
    one = submitted(world, reviewers=("ana", "ben"), need=2, requester="rhea", timeout_seconds=86400 * 30)
    world.gateway.ask_question(one, reviewer=0, text="Which order?", actor=BY_LINK)
    other = submitted(world, task_token="another", reviewers=("ana",))
    world.callbacks.results = [TryAgain("throttled")]
    world.gateway.decide(other, reviewer=0, answer=Answer(option="approve"), actor=BY_LINK, assurance="link")
    world.deliver_all()
    return one


def everything(world: World) -> dict[str, list[Any]]:
    """Return all rows of all tables, and what has left the gateway."""
    with world.database.read() as connection:
        rows = {t.name: sorted(map(repr, connection.execute(sa.select(t)))) for t in tables.metadata.sorted_tables}
    return {**rows, "sent": [world.mail.events, world.callbacks.calls, len(world.woken)]}


def methods_by_path(app: Flask, world: World, approval_id: str) -> dict[str, set[str]]:
    """Return the methods that each path takes."""
    found: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        for path in paths(rule, world, approval_id):
            found.setdefault(path, set()).update(rule.methods or ())
    return found


def paths(rule: Rule, world: World, approval_id: str) -> list[str]:
    """Return the paths of a route for this approval: with the link of each holder, where it takes one."""
    links = world.gateway.ports.links
    inbox = links.inbox_url(approval_id, 0, now=world.clock()).removeprefix(PUBLIC_URL)
    reviewer, requester = link(world, approval_id), link(world, approval_id, holder=ForRequester())
    channel = link(world, approval_id, holder=ForChannel())
    tokens = [path.rpartition("/")[2] for path in (reviewer, requester, channel, inbox)]
    known = {"approval_id": approval_id, "inquiry": "0", "filename": "page.css", "challenge": "c" * 32}
    assert rule.arguments <= {*known, "token"}, "a new part of a route: write a value for it"
    return sorted({fill(rule.rule, {**known, "token": token}) for token in tokens})


def fill(path: str, values: dict[str, str]) -> str:
    """Return the path of a route with these values in place of `<name>` and `<converter:name>`."""
    return re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda part: values[part[1]], path)


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("days", [0, 8], ids=["in time", "with expired links"])
def test_no_request_but_a_post_changes_anything(
    app: Flask, client: FlaskClient, world: World, approval_id: str, agent: str, days: int
) -> None:
    before, statuses = everything(world), dict[str, set[int]]()
    form = {**ANSWER, "nonce": nonce_on(client, link(world, approval_id))}
    routes = methods_by_path(app, world, approval_id)
    world.clock.forward(days=days)
    for path, takes in routes.items():
        for method in METHODS:
            request = {"method": method, "headers": AGENTS[agent], "query_string": urlencode(form), "data": form}
            with client.open(path, **request) as response:
                statuses.setdefault(method, set()).add(response.status_code)
                assert (response.status_code == 405) == (method not in takes), (method, path)
                assert response.status_code < 500, (method, path)
                assert "Set-Cookie" not in response.headers
    assert everything(world) == before
    assert 200 in statuses["GET"]
    assert len(routes) > 40
