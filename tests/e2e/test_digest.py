"""A Map of 200 asks three people: one mail each, and one page on which most of it is answered at once."""

import re
from typing import Any

import pytest

from approvals.domain.model.approval import Approval
from approvals.domain.model.records import Filter
from approvals.entrypoints.intake.batch import take_from
from tests.e2e.whole import PUBLIC_URL, Whole, hidden_fields
from tests.support.aws.state_machines import eventually

PEOPLE = ("ana@example.com", "ben@example.com", "cleo@example.com")
ITEMS, RISKY = 200, 3
HEADERS = {"Origin": PUBLIC_URL, "Sec-Fetch-Site": "same-origin"}
MESSAGE = {
    "taskToken.$": "$$.Task.Token",
    "title.$": "States.Format('Refund order {}', $.order)",
    "details": {"Order.$": "$.order"},
    "risk.$": "$.risk",
    "mapItem.$": "$.item",
    "reviewers": list(PEOPLE),
    "timeoutSeconds": 3600,
    "context.$": "$$",
}


@pytest.fixture
def window() -> str:
    return "10s"


def start_map(whole: Whole) -> str:
    wait = whole.machines.wait_state(
        Parameters={"QueueUrl": whole.machines.queue_url, "MessageBody": MESSAGE}, TimeoutSeconds=3600
    )
    each: dict[str, Any] = {
        "Type": "Map",
        "ItemsPath": "$.orders",
        "ItemSelector": {
            "item.$": "$$.Map.Item.Index", "order.$": "$$.Map.Item.Value.order", "risk.$": "$$.Map.Item.Value.risk"
        },
        "ItemProcessor": {"StartAt": "Wait", "States": {"Wait": wait}},
        "ResultSelector": {"outcomes.$": "$[*].outcome"},
        "End": True,
    }  # fmt: skip
    orders = [{"order": str(n), "risk": "high" if n < RISKY else "normal"} for n in range(ITEMS)]
    return whole.machines.start({"Each": each}, execution_input={"orders": orders})


def take_in_all(whole: Whole) -> list[Approval]:
    taken = 0

    def polled() -> bool:
        nonlocal taken
        taken += take_from(whole.queue, whole.gateway)
        return taken >= ITEMS

    eventually(polled, seconds=60)
    return whole.gateway.find(Filter(status="pending", limit=ITEMS + 1))


def the_inbox(whole: Whole, address: str) -> str:
    [mail] = whole.mails_to(address)
    body = mail.get_body(("plain",))
    [path] = re.findall(rf"{re.escape(PUBLIC_URL)}(/i/\S+)", body.get_content() if body else "")
    return str(path)


def test_a_map_of_200_for_three_people_is_one_digest_for_each_and_a_page_that_answers_it(whole: Whole) -> None:
    execution = start_map(whole)
    assert len(take_in_all(whole)) == ITEMS
    whole.work(seconds=10)
    for address in PEOPLE:
        [mail] = whole.mails_to(address)
        assert mail["Subject"] == "200 approvals wait for your answer (3 high risk)"
    browser, inbox = whole.app.test_client(), the_inbox(whole, "ana@example.com")
    for recorded in (50, 50, 50, 47):
        fields = {**hidden_fields(browser.get(inbox).get_data(as_text=True)), "every": "on", "option": "approve"}
        page = browser.post(inbox, data=fields, headers=HEADERS).get_data(as_text=True)
        assert f"{recorded} answers recorded" in page
    left = browser.get(inbox).get_data(as_text=True)
    assert "3 approvals wait for your answer" in left
    for link in re.findall(rf'href="{re.escape(PUBLIC_URL)}(/r/[^"]+)"', left):
        fields = {
            **hidden_fields(browser.get(link).get_data(as_text=True)),
            "option": "approve",
            "confirmation": "Approve",
        }
        assert browser.post(link, data=fields, headers=HEADERS).status_code == 303
    outcomes = whole.machines.output(execution)["outcomes"]
    assert outcomes == ["approved"] * ITEMS
    assert "Nothing waits for your answer" in browser.get(inbox).get_data(as_text=True)
    ben = browser.get(the_inbox(whole, "ben@example.com")).get_data(as_text=True)
    assert "Nothing waits for your answer" in ben
