"""A publication gate behind an Activity: the usual load asks nobody, the unusual one waits for its owner."""

import json

import pytest

from tests.e2e.examples.playing import Play, read

INPUT = read("etl-publication", "input.json")
DANA, TEAM, TITLE = "dana@example.com", "data-team@example.com", "Publish orders"
LOAD = {"partition": "orders/2026-03-01", "rows": 610, "usual": 9000, "nulls": 0.002}


@pytest.fixture(autouse=True)
def _functions(play: Play) -> None:
    play.functions(LoadFunction=LOAD, PublishPartitionFunction={}, QuarantinePartitionFunction={})
    made = play.whole.machines.sfn.create_activity(name="publication")
    play.placeholders["PublicationActivityArn"] = made["activityArn"]


def test_a_usual_load_is_published_and_nobody_is_asked(play: Play) -> None:
    play.functions(LoadFunction={**LOAD, "rows": 9100})
    play.output(play.start(play.machine("etl-publication"), INPUT))
    assert play.called("PublishPartitionFunction") == [{"partition": LOAD["partition"]}]


def test_its_owner_publishes_an_unusual_load_and_gives_the_reason(play: Play) -> None:
    execution = play.start(play.machine("etl-publication"), INPUT)
    play.asked_by_activity(play.placeholders["PublicationActivityArn"])
    assert play.mails(TEAM, TITLE) == ["asked"]
    assert "<title>Error:" in play.answer(DANA, TITLE, "publish")
    play.answer(DANA, TITLE, "publish", comment="a holiday")
    assert play.output(execution)["decision"]["comment"] == "a holiday"
    assert play.called("PublishPartitionFunction") == [{"partition": LOAD["partition"]}]


def test_its_owner_sends_it_to_quarantine(play: Play) -> None:
    execution = play.start(play.machine("etl-publication"), INPUT)
    play.asked_by_activity(play.placeholders["PublicationActivityArn"])
    assert play.sent == [read("etl-publication", "submission.json")]
    play.answer(DANA, TITLE, "quarantine")
    play.output(execution)
    [quarantined] = play.called("QuarantinePartitionFunction")
    assert quarantined["decision"]["decidedBy"][0]["reviewer"] == DANA
    assert play.called("PublishPartitionFunction") == []


def test_unanswered_it_goes_to_quarantine_too(play: Play) -> None:
    execution = play.start(play.machine("etl-publication"), INPUT)
    play.asked_by_activity(play.placeholders["PublicationActivityArn"])
    play.whole.work(hours=2)
    play.whole.work(hours=10)
    assert play.mails(DANA, TITLE)[:2] == ["asked", "reminded"]
    play.output(execution)
    [quarantined] = play.called("QuarantinePartitionFunction")
    assert (quarantined["decision"]["timedOut"], quarantined["decision"]["decidedBy"]) == (True, [])


def test_a_cancelled_question_fails_the_load(play: Play) -> None:
    execution = play.start(play.machine("etl-publication"), INPUT)
    [approval] = play.asked_by_activity(play.placeholders["PublicationActivityArn"])
    play.cancel(approval, reason="loaded again")
    error, cause = play.failure(execution)
    assert error == "Load.NotDecided"
    assert json.loads(cause)["reason"] == "loaded again"
