"""The demo's page on a fake system: the view of each state, and the requests it refuses."""

import json

import pytest
from flask.testing import FlaskClient

from approvals.demo.app import create_app
from approvals.demo.cast.machine import ASK
from approvals.demo.cast.scenarios import SCENARIOS
from approvals.demo.progress import read_progress
from tests.demo.fake_system import HERE, LINK, START, WAITING, FakeSystem, progress

ANSWERS = [{"reviewer": "ana@shop.example", "option": "reject"}, {"reviewer": "ben@shop.example", "option": "approve"}]
DECIDED = {"order": "1042", "decision": {"outcome": "approved", "option": "approve", "decidedBy": ANSWERS}}


@pytest.fixture
def system() -> FakeSystem:
    return FakeSystem()


@pytest.fixture
def client(system: FakeSystem) -> FlaskClient:
    app = create_app(system, clock=lambda: START.timestamp() + 7)  # type: ignore[arg-type]
    return app.test_client()


def live(client: FlaskClient, query: str = "") -> dict[str, str]:
    answer = client.get(f"/live{query}")
    return {name: part["html"] for name, part in answer.json.items()}  # type: ignore[union-attr]


def test_the_first_page_offers_all_scenarios(client: FlaskClient) -> None:
    page = client.get("/").text
    assert all(scenario.title in page for scenario in SCENARIOS.values())
    assert "No mail yet" in page
    assert 'class="now">Start a refund' in page


def test_starting_leads_to_the_new_order(client: FlaskClient, system: FakeSystem) -> None:
    answer = client.post("/start/return", headers=HERE)
    assert (answer.status_code, answer.location) == (303, "/?order=1042")
    assert [order.scenario.slug for order in system.orders] == ["return"]


def test_a_scenario_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    assert client.post("/start/nothing", headers=HERE).status_code == 404


@pytest.mark.parametrize("origin", [None, "null", "https://example.com", "http://127.0.0.1:8000"])
def test_only_its_own_page_starts_something(client: FlaskClient, system: FakeSystem, origin: str | None) -> None:
    assert client.post("/start/return", headers={"Origin": origin} if origin else {}).status_code == 403
    assert system.orders == []


def test_another_name_for_this_machine_is_refused(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "rebound.example:8080"}).status_code == 403


def test_a_waiting_order_shows_its_countdown(client: FlaskClient, system: FakeSystem) -> None:
    system.start(SCENARIOS["unanswered"])
    shown = live(client)
    assert 'class="node current" data-state="Ask finance"' in shown["flow"]
    assert 'class="node passed" data-state="Receive return"' in shown["flow"]
    assert "Waiting for an answer" in shown["orders"]
    assert "after 6 s" in shown["countdown"]
    assert "in 5 s" in shown["countdown"]
    assert shown["announcement"].strip() == "Order 1042: Waiting for an answer."


def test_an_approved_order_shows_its_end_and_who_decided(client: FlaskClient, system: FakeSystem) -> None:
    order = system.start(SCENARIOS["return"])
    way = (*WAITING, "Refund the customer", "Refunded")
    system.progresses[order.number] = progress(*way, status="SUCCEEDED", output=json.dumps(DECIDED))
    shown = live(client)
    assert 'class="node passed last" data-state="Refunded"' in shown["flow"]
    assert "Ben approved, and the workflow refunded the customer." in shown["result"]
    assert "ben@shop.example" in shown["result"]
    assert shown["steps"].count("done") >= 2


def test_a_caught_error_is_shown_in_the_graph(client: FlaskClient, system: FakeSystem) -> None:
    order = system.start(SCENARIOS["return"])
    way = (*WAITING, "Ask again tomorrow")
    system.progresses[order.number] = progress(*way, status="SUCCEEDED", output="{}", failed=True)
    shown = live(client)
    assert 'class="node caught" data-state="Ask finance"' in shown["flow"]
    assert 'class="way caught"' in shown["flow"]
    assert "Nobody answered in time" in shown["result"]


def test_an_aborted_execution_is_marked_at_its_last_state() -> None:
    stopped = read_progress(
        {"status": "ABORTED"},
        [{"type": "TaskStateEntered", "timestamp": START, "stateEnteredEventDetails": {"name": ASK}}],
    )
    assert (stopped.marks, stopped.last, stopped.result) == ({ASK: "stopped"}, ASK, {})


def test_mails_are_shown_by_person(client: FlaskClient, system: FakeSystem) -> None:
    system.receive()
    system.receive(to="ben@shop.example")
    assert live(client)["mailbox"].count('id="mail-') == 2
    assert live(client, "?person=ben")["mailbox"].count('id="mail-') == 1
    assert "Clara has no mail yet." in live(client, "?person=clara")["mailbox"]


def test_an_opened_mail_is_read_and_ticks_the_second_step(client: FlaskClient, system: FakeSystem) -> None:
    system.receive()
    assert 'class="mail new"' in live(client)["mailbox"]
    shown = live(client, "?mail=1")
    assert "/mails/1" in shown["reader"]
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in shown["reader"]
    assert 'class="mail"' in shown["mailbox"]
    assert 'class="done">Read the mail, or Slack' in shown["steps"]


def test_a_mail_as_plain_text_has_its_link(client: FlaskClient, system: FakeSystem) -> None:
    system.receive()
    assert f'href="{LINK}"' in live(client, "?mail=1&plain=1")["reader"]


def test_the_html_of_a_mail_runs_nothing_and_opens_elsewhere(client: FlaskClient, system: FakeSystem) -> None:
    system.receive()
    answer = client.get("/mails/1")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert '<base target="_blank">' in answer.text
    assert client.get("/mails/2").status_code == 404


def test_a_fragment_keeps_its_version_until_it_changes(client: FlaskClient, system: FakeSystem) -> None:
    before = client.get("/live").json
    assert client.get("/live").json == before
    system.receive()
    after = client.get("/live").json
    assert {name for name in after if after[name] != before[name]} == {"mailbox", "announcement"}  # type: ignore[index, union-attr]
