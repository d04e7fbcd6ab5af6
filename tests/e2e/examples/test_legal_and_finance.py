"""Legal and finance are asked at once in a Parallel: both agree, or the first refusal ends it for the other too."""

import pytest

from tests.e2e.examples.playing import Play, read

INPUT = read("legal-and-finance", "input.json")
LENA, FAY = "lena@example.com", "fay@example.com"


@pytest.fixture(autouse=True)
def _functions(play: Play) -> None:
    play.functions(SignContractFunction={})


def test_both_agree_in_either_order_and_it_is_signed_with_what_finance_wrote(play: Play) -> None:
    execution = play.start(play.machine("legal-and-finance"), INPUT)
    play.asked(2)
    for of in ("legal", "finance"):
        assert read("legal-and-finance", f"submission.{of}.json") in play.sent
    assert "48000" not in play.page(LENA, "Legal: contract")
    play.answer(FAY, "Finance: contract", "approve", **{"form.costCentre": "K-4400"})
    play.answer(LENA, "Legal: contract", "approve")
    decisions = play.output(execution)["decisions"]
    assert decisions["legal"]["decidedBy"][0]["name"] == "Lena"
    assert decisions["finance"]["decidedBy"][0]["name"] == "Fay"
    assert play.called("SignContractFunction") == [{"contract": "k-12", "costCentre": "K-4400"}]


@pytest.mark.parametrize(("first", "title", "other"), [(LENA, "Legal: ", FAY), (FAY, "Finance: ", LENA)])
def test_the_first_refusal_ends_it_and_the_other_hears_that_nobody_waits_any_more(
    play: Play, first: str, title: str, other: str
) -> None:
    execution = play.start(play.machine("legal-and-finance"), INPUT)
    play.asked(2)
    play.answer(first, title, "reject", comment="too dear")
    output = play.output(execution)
    assert (output["status"], output["decision"]["comment"]) == ("refused", "too dear")
    play.whole.work(minutes=20)
    assert play.pending() == []
    assert "no longer waits" in play.page(other, "contract with")
    assert play.called("SignContractFunction") == []


def test_when_one_is_silent_it_is_postponed_whatever_the_other_said(play: Play) -> None:
    execution = play.start(play.machine("legal-and-finance"), INPUT)
    play.asked(2)
    play.answer(LENA, "Legal: ", "approve")
    for _ in range(5):
        play.whole.work(days=1)
    assert play.mails(FAY, "Finance: ")[:4] == ["asked", "reminded", "reminded", "reminded"]
    output = play.output(execution)
    assert (output["status"], output["decision"]["timedOut"]) == ("unanswered", True)


def test_what_cannot_be_asked_ends_both_with_the_reason(play: Play) -> None:
    invalid = {"contract": {**INPUT["contract"], "url": "contracts/k-12"}}
    execution = play.start(play.machine("legal-and-finance"), invalid)
    play.whole.take_in(2)
    error, cause = play.failure(execution)
    assert error == "Contract.NotPossible"
    assert "links[0].url" in cause
