"""A model that two of three sign off before it is deployed, with a typed confirmation."""

import json

import pytest

from tests.e2e.examples.playing import Play, read

INPUT = read("model-release", "input.json")
TITLE = "churn-7"
RELEASE = {"option": "release", "confirmation": "release"}
METRICS = {"accuracy": 0.94, "recall": 0.91, "drift": 0.02}


@pytest.fixture(autouse=True)
def _functions(play: Play) -> None:
    play.functions(
        TrainFunction=lambda event: {"artifact": f"models/{event['model']}"},
        EvaluateFunction=METRICS,
        DeployFunction={"endpoint": "churn-production"},
        ArchiveFunction=lambda event: {"path": f"archive/{event['artifact']}"},
    )


def test_two_of_three_release_it_each_typing_the_word(play: Play) -> None:
    execution = play.start(play.machine("model-release"), INPUT)
    play.asked()
    page = play.page("ada@example.com", TITLE)
    assert "0.94" in page
    assert "<title>Error:" in play.answer("ada@example.com", TITLE, "release")
    play.answer("ada@example.com", TITLE, **RELEASE)
    assert play.called("DeployFunction") == []
    play.answer("alan@example.com", TITLE, "hold", comment="drift looks odd", confirmation="hold back")
    play.answer("grace@example.com", TITLE, **RELEASE)
    output = play.output(execution)
    assert output["deployment"] == {"endpoint": "churn-production"}
    assert output["signOff"]["option"] == "release"
    [deployed] = play.called("DeployFunction")
    assert {"ada@example.com", "grace@example.com"} <= set(deployed["signedOffBy"])


def test_two_who_hold_it_back_send_it_to_the_archive(play: Play) -> None:
    execution = play.start(play.machine("model-release"), INPUT)
    play.asked()
    assert play.sent == [read("model-release", "submission.json")]
    for name in ("ada", "grace"):
        play.answer(f"{name}@example.com", TITLE, "hold", comment=f"not yet, {name}", confirmation="hold back")
    output = play.output(execution)
    assert output["archive"] == {"path": "archive/models/churn-7"}
    [archived] = play.called("ArchiveFunction")
    assert archived["why"] == "Approval.Rejected"
    assert [one["comment"] for one in archived["decision"]["decidedBy"]] == ["not yet, ada", "not yet, grace"]
    assert play.called("DeployFunction") == []


def test_one_signature_is_not_enough_when_time_is_up(play: Play) -> None:
    execution = play.start(play.machine("model-release"), INPUT)
    play.asked()
    play.answer("ada@example.com", TITLE, **RELEASE)
    play.whole.work(days=1)
    assert play.mails("ada@example.com", TITLE) == ["asked"]
    assert play.mails("alan@example.com", TITLE) == ["asked", "reminded"]
    play.whole.work(days=1)
    output = play.output(execution)
    cause = json.loads(output["refusal"]["Cause"])
    assert output["refusal"]["Error"] == "Approval.TimedOut"
    assert [one["reviewer"] for one in cause["decidedBy"]] == ["ada@example.com"]
    assert play.called("DeployFunction") == []


def test_the_author_of_the_model_may_not_sign_it_off(play: Play) -> None:
    execution = play.start(play.machine("model-release"), read("model-release", "input.own-model.json"))
    [approval] = play.asked()
    assert approval.content.requester == "ada@example.com"
    assert play.whole.mails_to("ada@example.com") == []
    for name in ("grace", "alan"):
        play.answer(f"{name}@example.com", TITLE, **RELEASE)
    assert play.output(execution)["signOff"]["outcome"] == "approved"


def test_a_model_that_is_not_good_enough_bothers_nobody(play: Play) -> None:
    play.functions(EvaluateFunction={**METRICS, "accuracy": 0.7})
    assert play.failure(play.start(play.machine("model-release"), INPUT))[0] == "Model.NotGoodEnough"
    assert play.pending() == []


def test_a_cancelled_sign_off_fails_with_the_reason(play: Play) -> None:
    execution = play.start(play.machine("model-release"), INPUT)
    [approval] = play.asked()
    play.cancel(approval, reason="the data was wrong")
    error, cause = play.failure(execution)
    assert error == "Model.NoSignOff"
    assert json.loads(cause)["reason"] == "the data was wrong"
