"""A child state machine asks for its parent, which goes by the status that it answers."""

from typing import Any

import pytest

from tests.e2e.examples.playing import Play, read

INPUT = read("nested-execution", "input.json")
RAE, RON = "rae@example.com", "ron@example.com"


@pytest.fixture(autouse=True)
def _functions(play: Play) -> None:
    play.functions(
        BuildFunction=lambda event: {"image": f"shop:{event['version']}", "failedTests": 0},
        ReleaseFunction={},
        DiscardFunction={},
    )
    play.placeholders["ReviewStateMachineArn"] = play.machine("nested-execution", "review.asl.json")


def _version(number: str) -> dict[str, Any]:
    return {**INPUT, "version": number}


def test_the_parent_releases_or_discards_by_what_the_child_answers(play: Play) -> None:
    machine = play.machine("nested-execution")
    released, discarded = play.start(machine, _version("3.0")), play.start(machine, _version("3.1"))
    asked = play.asked(2)
    assert all(":execution:nested-execution-review:" in approval.content.execution.id for approval in asked)
    play.answer(RAE, "Release 3.0", "approve")
    play.answer(RON, "Release 3.1", "reject", comment="not on a Friday")
    assert play.output(released)["review"]["status"] == "approved"
    refused = play.output(discarded)["review"]
    assert (refused["status"], refused["decision"]["comment"]) == ("rejected", "not on a Friday")
    assert play.called("ReleaseFunction")[0]["image"] == "shop:3.0"
    assert play.called("DiscardFunction") == [{"image": "shop:3.1"}]


def test_unanswered_the_image_is_kept_for_later(play: Play) -> None:
    execution = play.start(play.machine("nested-execution"), INPUT)
    play.asked()
    assert play.sent == [read("nested-execution", "submission.json")]
    play.whole.work(days=1)
    play.whole.work(days=1)
    assert play.mails(RAE, "Release 2.4.0")[:2] == ["asked", "reminded"]
    review = play.output(execution)["review"]
    assert (review["status"], review["decision"]["timedOut"]) == ("unanswered", True)
    assert [name for name, _ in play.calls] == ["BuildFunction"]


def test_the_person_who_made_the_release_is_not_asked_about_it(play: Play) -> None:
    execution = play.start(play.machine("nested-execution"), read("nested-execution", "input.own-work.json"))
    play.asked()
    assert play.whole.mails_to(RAE) == []
    play.answer(RON, "Release 2.4.1", "approve")
    assert play.output(execution)["review"]["decision"]["decidedBy"][0]["reviewer"] == RON


def test_a_child_that_cannot_ask_fails_its_parent(play: Play) -> None:
    execution = play.start(play.machine("nested-execution"), INPUT)
    [approval] = play.asked()
    play.cancel(approval, reason="withdrawn")
    error, cause = play.failure(execution)
    assert error == "Release.ReviewBroken"
    assert "Review.NotPossible" in cause
    assert "withdrawn" in cause
