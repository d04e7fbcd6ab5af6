"""An approval that cannot be read is missing from every list, and asking for it says what to do."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from approvals.domain.model.messages.audience import ForReviewer
from approvals.entrypoints.cli import approvals as cli_approvals
from approvals.entrypoints.cli.main import main
from tests.entrypoints.api.api_client import Api
from tests.entrypoints.pages.inbox_site import Site, selectable
from tests.entrypoints.pages.review_page import words
from tests.entrypoints.slack.slack_door import Door
from tests.fakes import PUBLIC_URL, World
from tests.support.database.damage import APPROVALS, damage

LATER = APPROVALS["content with a field of a later release"]
SAYS = "cannot be read by this version of the gateway. If an update is under way, try again when it is complete."


@pytest.fixture
def stored_at(database_url: str) -> str:
    return database_url


@pytest.fixture
def bad(world: World, site: Site) -> str:
    """Two approvals wait; one cannot be read."""
    bad, _good = site.submit(title="Bad"), site.submit(title="Good")
    damage(world.database, "approvals", LATER, id=bad)
    return bad


CALLS: dict[str, tuple[str, str, str, Any]] = {
    "show": ("get", "", "read", None),
    "explain": ("get", "/explanation", "read", None),
    "decide": ("post", "/decisions", "decide", {"reviewer": "ana@example.com", "option": "approve"}),
    "cancel": ("post", "/cancel", "admin", {"reason": "over"}),
    "claim": ("post", "/claim", "decide", {"reviewer": "ana@example.com"}),
    "redeliver": ("post", "/redeliver", "admin", {}),
}


def test_the_api_lists_the_others(world: World, bad: str) -> None:
    response = Api(world).call("get", "/v1/approvals", scope="read")
    assert response.status_code == 200
    assert [item["title"] for item in (response.json or {})["items"]] == ["Good"]
    assert bad not in response.text


@pytest.mark.parametrize("call", CALLS)
def test_a_call_about_it_is_answered_by_a_problem_of_its_own(world: World, bad: str, call: str) -> None:
    method, path, scope, body = CALLS[call]
    more = {} if body is None else {"json": body}
    response = Api(world).call(method, f"/v1/approvals/{bad}{path}", scope=scope, **more)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "60")
    problem = response.json or {}
    assert problem["type"] == "urn:approvals:problem:unreadable"
    assert problem["title"] == "This approval cannot be read by this version"
    assert problem["detail"].startswith(f"Approval {bad} {SAYS}")


def test_its_audit_trail_can_be_read_all_the_same(
    world: World, bad: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    response = Api(world).call("get", f"/v1/approvals/{bad}/notes", scope="read")
    assert [note["event"] for note in (response.json or {})["items"]] == ["opened"]
    monkeypatch.setattr(cli_approvals, "gateway", lambda: world.gateway)
    main(["show", bad, "--notes"])
    assert '"opened"' in capsys.readouterr().out


def test_the_same_submission_again_says_so_and_opens_nothing(world: World, bad: str) -> None:
    body = {"taskToken": "token-1", "title": "Bad", "reviewers": ["ana@example.com"]}
    response = Api(world).call("post", "/v1/approvals", scope="submit", json=body)
    assert response.status_code == 503
    assert bad in (response.json or {})["detail"]


def test_its_page_says_so_in_words_for_people(world: World, client: FlaskClient, bad: str) -> None:
    url = world.gateway.ports.links.url(bad, ForReviewer(0), now=world.clock()).removeprefix(PUBLIC_URL)
    response = client.get(url)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "60")
    assert "This approval cannot be read by this version" in words(response)
    assert SAYS in words(response)


def test_the_inbox_lists_the_others(world: World, site: Site, bad: str) -> None:
    good = world.gateway.waiting_for(["ana@example.com"])[0].approval.id
    text = site.read(site.path(good))
    assert "Good" in text
    assert bad not in text


def test_an_inbox_link_made_for_it_lists_the_others_and_answers_them(world: World, site: Site, bad: str) -> None:
    good = world.gateway.waiting_for(["ana@example.com"])[0].approval.id
    response = site.client.get(site.path(bad))
    assert (response.status_code, selectable(response.text)) == (200, [good])
    assert bad not in response.text.replace(site.path(bad), "")
    site.send(site.path(bad), pick__1=good, option="approve")
    assert site.status(good) == "approved"


def test_an_inbox_link_whose_person_is_unknown_says_so_and_names_other_ways(world: World, site: Site, bad: str) -> None:
    damage(world.database, "approvals", APPROVALS["a reviewer without a number"], id=bad)
    response = site.client.get(site.path(bad))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "60")
    assert "This link cannot open your list at the moment" in words(response)
    assert "Good" not in response.text


def test_the_commands_list_the_others_and_say_so_about_it(
    world: World, bad: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli_approvals, "gateway", lambda: world.gateway)
    main(["list"])
    assert capsys.readouterr().out.strip().endswith("Good")
    with pytest.raises(SystemExit) as left:
        main(["show", bad])
    assert left.value.code == 1
    assert SAYS in capsys.readouterr().err


def test_slack_lists_the_others_and_says_so_about_it(door: Door) -> None:
    bad, _good = door.asked(task_token="bad", title="Bad"), door.asked(task_token="good", title="Good")
    message = door.asking("U0ANA", bad)
    damage(door.world.database, "approvals", LATER, id=bad)
    told = str(door.actor("U0ANA").command("").json)
    assert "Good" in told
    assert "Bad" not in told
    assert SAYS in str(door.actor("U0ANA").command(bad).json)
    assert door.actor("U0ANA").press(message, "answer:approve").status == 200
    assert SAYS in str(door.slack.team.messages[-1].text)


def test_it_is_counted_where_readiness_is_asked(client: FlaskClient, world: World, bad: str) -> None:
    assert client.get("/readyz").json == {"status": "ok"}
    with pytest.raises(Exception, match=bad):
        world.gateway.approval(bad)
    assert client.get("/readyz").json == {"status": "ok", "unreadable": 1}
