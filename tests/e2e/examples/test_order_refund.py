"""Order fulfilment whose refund above a limit waits for approval: every end of the saga."""

import json
from typing import Any

import pytest

from tests.e2e.examples.playing import Play, read

ORDER = read("order-refund", "input.json")
SMALL = read("order-refund", "input.small.json")
COMPENSATED = ["ReleaseStockFunction", "NotifyCustomerFunction"]


class NoCarrier(Exception):
    """What the function that ships raises."""


@pytest.fixture(autouse=True)
def _shop(play: Play) -> None:
    play.functions(
        ReserveStockFunction=lambda event: {"reservation": f"r-{event['order']}"},
        ChargeCardFunction=lambda event: {"charge": f"c-{event['order']}"},
        ShipFunction=NoCarrier("no carrier takes it"),
        RefundCardFunction=lambda event: {"refund": f"back-{event['charge']}"},
        ReleaseStockFunction={},
        NotifyCustomerFunction={},
    )


def _order(number: str) -> dict[str, Any]:
    return {"order": {**ORDER["order"], "number": number}}


def _names(play: Play) -> list[str]:
    return [name for name, _ in play.calls]


def _told(play: Play) -> Any:
    return play.called("NotifyCustomerFunction")[-1]["refund"]


def test_what_is_shipped_asks_nobody(play: Play) -> None:
    play.functions(ShipFunction={"tracking": "t-1"})
    output = play.output(play.start(play.machine("order-refund"), ORDER))
    assert output["shipment"] == {"tracking": "t-1"}
    assert _names(play) == ["ReserveStockFunction", "ChargeCardFunction", "ShipFunction"]
    assert play.pending() == []


def test_a_small_refund_asks_nobody(play: Play) -> None:
    output = play.output(play.start(play.machine("order-refund"), SMALL))
    assert output["refund"] == {"status": "refunded", "id": "back-c-4712"}
    assert _names(play)[-3:] == ["RefundCardFunction", *COMPENSATED]
    assert _told(play) == "refunded"


def test_without_stock_nothing_is_charged_and_without_a_charge_nothing_is_refunded(play: Play) -> None:
    machine = play.machine("order-refund")
    play.functions(ChargeCardFunction=RuntimeError("declined"))
    output = play.output(play.start(machine, ORDER))
    assert output["refund"] == {"status": "not charged"}
    assert _names(play) == ["ReserveStockFunction", "ChargeCardFunction", *COMPENSATED]
    play.functions(ReserveStockFunction=RuntimeError("sold out"))
    assert play.failure(play.start(machine, ORDER))[0] == "Order.OutOfStock"
    assert _names(play)[-1] == "ReserveStockFunction"


def test_approved_the_card_gets_its_money_back_then_the_stock_is_released(play: Play) -> None:
    execution = play.start(play.machine("order-refund"), ORDER)
    [approval] = play.asked()
    assert approval.content.requester == "jo@example.com"
    assert "kim@customer.example" not in str(play.whole.mails_to("ana@example.com")[0])
    assert "kim@customer.example" in play.page("ana@example.com", "order 4711")
    play.answer("ana@example.com", "order 4711", "approve")
    output = play.output(execution)
    assert output["refund"] == {"status": "refunded", "id": "back-c-4711"}
    assert output["decision"]["decidedBy"][0]["name"] == "Ana"
    assert _names(play)[-3:] == ["RefundCardFunction", *COMPENSATED]


def test_rejected_or_cancelled_nothing_is_refunded_the_stock_is_released_and_the_customer_notified(play: Play) -> None:
    machine = play.machine("order-refund")
    rejected, cancelled = play.start(machine, _order("1")), play.start(machine, _order("2"))
    play.asked(2)
    assert "<title>Error:" in play.answer("ben@example.com", "order 1 ", "reject")
    play.answer("ben@example.com", "order 1 ", "reject", comment="the parcel is on its way after all")
    output = play.output(rejected)
    assert output["refund"]["status"] == _told(play) == "rejected"
    assert output["refund"]["decision"]["comment"] == "the parcel is on its way after all"
    play.cancel(play.approval(cancelled), reason="the order is a test")
    output = play.output(cancelled)
    assert output["refund"] == {"status": "undecided", "error": "Approval.Cancelled"}
    assert _told(play) == "undecided"
    assert play.called("RefundCardFunction") == []


def test_unanswered_the_head_of_finance_is_asked_too_then_time_is_up(play: Play) -> None:
    execution = play.start(play.machine("order-refund"), ORDER)
    play.asked()
    assert play.sent == [read("order-refund", "submission.json")]
    play.whole.work(hours=4)
    play.whole.work(hours=4)
    assert play.mails("ana@example.com", "order 4711") == ["asked", "reminded"]
    assert play.mails("clara@example.com", "order 4711") == ["escalated"]
    play.whole.work(hours=16)
    output = play.output(execution)
    assert output["refund"] == {"status": "unanswered"}
    assert json.loads(output["refusal"]["Cause"])["timedOut"] is True
    assert _names(play)[-2:] == COMPENSATED
    assert play.called("RefundCardFunction") == []
