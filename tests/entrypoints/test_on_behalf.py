"""Operators: by command and by key an answer counts, and page, API, trail and outcome say who gave it for whom."""

import getpass
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from approvals.domain.directory.people import Directory, Person
from approvals.entrypoints.cli import actions as cli_actions
from approvals.entrypoints.cli import approvals as cli_approvals
from approvals.entrypoints.cli.main import main
from tests.entrypoints.api.api_client import Api
from tests.entrypoints.pages.review_page import link, send, words
from tests.fakes import World

BY_ROOT, BY_KEY = "Ben Weiss, by operator root (command)", "Ben Weiss, by key decide (API)"


@pytest.fixture
def directory() -> Directory:
    names = {"ana": "Ana", "ben": "Ben Weiss", "cleo": "Cleo"}
    return Directory(people={id_: Person(id=id_, name=n, email=f"{id_}@example.com") for id_, n in names.items()})


@pytest.fixture
def commands(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are given by root, and reach this world."""
    monkeypatch.setattr(getpass, "getuser", lambda: "root")
    for module in (cli_approvals, cli_actions):
        monkeypatch.setattr(module, "gateway", lambda: world.gateway)


def submitted(api: Api, **changes: Any) -> str:
    return api.submitted(**{"reviewers": ["ana", "ben", "cleo"], "need": 2, "requester": "rhea@example.com", **changes})


def run(*arguments: str) -> int:
    try:
        main(list(arguments))
    except SystemExit as left:
        return int(left.code or 0)
    return 0


@pytest.mark.usefixtures("commands")
class TestAnswers:
    @pytest.mark.parametrize("door", ["command", "api"])
    def test_an_answer_names_the_reviewer_and_who_gave_it_everywhere(
        self, world: World, api: Api, client: FlaskClient, door: str
    ) -> None:
        approval_id = submitted(api)
        said, operator = answered(api, approval_id, door)
        shown = api.get(f"/v1/approvals/{approval_id}")
        [decision] = shown["decisions"]
        assert (decision["reviewer"], decision["by"], decision["assurance"]) == ("ben", operator, "operator")
        note = api.get(f"/v1/approvals/{approval_id}/notes")["items"][-1]
        assert (note["actor"], note["facts"]["for"]) == (operator, "ben")
        page = words(client.get(link(world, approval_id, reviewer=0)))
        assert page.count(f"{said} answered “Approve”") == 2, "in the list of answers and in the history"

    @pytest.mark.parametrize("door", ["command", "api"])
    def test_the_persons_own_page_says_that_somebody_answered_and_takes_their_own(
        self, world: World, api: Api, client: FlaskClient, door: str
    ) -> None:
        approval_id = submitted(api)
        said, _ = answered(api, approval_id, door)
        own = link(world, approval_id, reviewer=1)
        page = words(client.get(own))
        operator = said.partition(", by ")[2]
        assert f"{operator[:1].upper()}{operator[1:]} answered for you with “Approve”." in page
        assert "you may confirm or change this answer until it is settled" in page
        assert "You answered" not in page
        assert send(client, own, option="approve").status_code == 303
        assert "You answered “Approve”." in words(client.get(own))
        assert [d.own for d in world.gateway.approval(approval_id).decisions] == [False, True]

    def test_the_workflow_gets_it_in_the_outcome(self, world: World, api: Api) -> None:
        answered(api, submitted(api, need=1), "command")
        [callback] = world.callbacks.sent
        [entry] = json.loads(callback.output or "")["decidedBy"]
        assert (entry["reviewer"], entry["onBehalfOf"], entry["by"]) == ("ben", "ben", "command:root")
        assert (entry["via"], entry["assurance"]) == ("command", "operator")

    def test_a_page_about_the_outcome_names_the_operator_and_whom_to_tell(
        self, world: World, api: Api, client: FlaskClient
    ) -> None:
        approval_id = submitted(api, need=1)
        answered(api, approval_id, "command")
        own = words(client.get(link(world, approval_id, reviewer=1)))
        assert f"Approved by {BY_ROOT}." in own
        assert "If that is not your answer, tell the operators of this gateway." in own

    def test_a_policy_can_forbid_it(self, api: Api, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        whole = {"stages": [{"groups": [{"from": ["ana", "ben"]}]}], "onBehalf": False}
        approval_id = submitted(api, policy=whole, reviewers=None, need=None)
        words = "The policy lets nobody answer or act on behalf of a reviewer."
        assert run("decide", approval_id, "--as", "ben", "--option", "approve") == 1
        assert words in capsys.readouterr().err
        refused = api.decide(approval_id, reviewer="ben")
        assert (refused.status_code, words in refused.text) == (403, True)
        assert world.gateway.approval(approval_id).decisions == ()


@pytest.mark.usefixtures("commands")
class TestActions:
    def test_what_is_done_for_a_reviewer_names_the_operator_on_the_page_and_in_the_trail(
        self, world: World, api: Api, client: FlaskClient
    ) -> None:
        approval_id = submitted(api)
        run("claim", approval_id, "--as", "ben")
        run("ask", approval_id, "--as", "ben", "Which order?")
        run("reply", approval_id, "The 2nd.")
        page = words(client.get(link(world, approval_id, reviewer=0)))
        assert f"{BY_ROOT} is looking at it, since" in page
        assert f"{BY_ROOT} asked" in page
        assert "operator root (command) replied" in page
        notes = api.get(f"/v1/approvals/{approval_id}/notes")["items"]
        assert {note["actor"] for note in notes if note["event"] != "opened"} == {"command:root"}

    def test_a_seat_that_a_key_reassigns_is_not_given_away_by_its_holder(
        self, world: World, api: Api, client: FlaskClient
    ) -> None:
        approval_id = submitted(api, reviewers=["ana", "ben"])
        body = {"reviewer": "ben", "to": "cleo"}
        assert api.call("POST", f"/v1/approvals/{approval_id}/reassign", scope="decide", json=body).status_code == 200
        page = words(client.get(link(world, approval_id, reviewer=0)))
        assert "Key decide (API) reassigned the seat of Ben Weiss to Cleo." in page
        assert "reassigned their seat" not in page
        shown = api.get(f"/v1/approvals/{approval_id}/notes")["items"][-1]
        assert shown["actor"] == "key:decide"

    def test_the_api_names_who_claimed_and_asked(self, api: Api) -> None:
        approval_id = submitted(api)
        for verb, more in (("claim", {}), ("inquiries", {"text": "Why?"})):
            body = {"reviewer": "ben", **more}
            api.call("POST", f"/v1/approvals/{approval_id}/{verb}", scope="decide", json=body)
        shown = api.get(f"/v1/approvals/{approval_id}")
        assert (shown["claim"]["by"], shown["inquiries"][0]["by"]) == ("key:decide", "key:decide")


def answered(api: Api, approval_id: str, door: str) -> tuple[str, str]:
    """Answer for Ben. Return how everybody reads whose answer that is, and the operator's id."""
    if door == "command":
        assert run("decide", approval_id, "--as", "ben", "--option", "approve") == 0
        return BY_ROOT, "command:root"
    assert api.decide(approval_id, reviewer="ben").status_code == 200
    return BY_KEY, "key:decide"
