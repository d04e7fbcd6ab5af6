"""Video moderation: sure answers of the classifier need nobody, the others a person, whose form joins the metadata."""

from typing import Any

import pytest

from tests.e2e.examples.playing import Play, read

INPUT = read("video-moderation", "input.json")
TITLE = "Holiday 2026"


@pytest.fixture(autouse=True)
def _functions(play: Play) -> None:
    play.functions(ClassifyFunction={"score": 0.6, "labels": ["violence"]}, PublishFunction={})


def _video(title: str) -> dict[str, Any]:
    return {"video": {**INPUT["video"], "title": title}}


def test_where_the_classifier_is_sure_nobody_is_asked(play: Play) -> None:
    machine = play.machine("video-moderation")
    play.functions(ClassifyFunction={"score": 0.1, "labels": []})
    assert play.output(play.start(machine, INPUT))["shown"] == "to all"
    play.functions(ClassifyFunction={"score": 0.99, "labels": ["hate"]})
    blocked = play.output(play.start(machine, INPUT))
    assert (blocked["shown"], blocked["metadata"]["by"]) == ("to nobody", "classifier")
    assert play.pending() == []


def test_a_moderators_answer_joins_the_metadata_and_decides_who_sees_it(play: Play) -> None:
    machine = play.machine("video-moderation")
    titles = ["Surfing", "Boxing", "Riot"]
    surfing, boxing, riot = [play.start(machine, _video(title)) for title in titles]
    play.asked(3)
    assert "<title>Error:" in play.answer("mo@example.com", "Surfing", "publish", label="nothing")
    play.answer("mo@example.com", "Surfing", "publish", **{"form.label": "nothing", "form.severity": "0"})
    answered = {"form.label": "violence", "form.second": "nudity", "form.severity": "2"}
    play.answer("lee@example.com", "Boxing", "restrict", **answered)
    play.answer("sam@example.com", "Riot", "block")
    shown = play.output(surfing)
    assert shown["shown"] == "to all"
    assert shown["metadata"]["labels"] == []
    assert shown["metadata"]["severity"] == 0
    restricted = play.output(boxing)
    assert restricted["shown"] == "to adults"
    assert restricted["metadata"]["labels"] == ["violence", "nudity"]
    assert (restricted["metadata"]["severity"], restricted["metadata"]["by"]) == (2, "lee@example.com")
    blocked = play.output(riot)
    assert (blocked["shown"], blocked["metadata"]["by"]) == ("to nobody", "sam@example.com")
    assert (blocked["metadata"]["labels"], blocked["metadata"]["severity"]) == ([], None)
    assert [payload["audience"] for payload in play.called("PublishFunction")] == ["all", "adults"]


def test_unanswered_it_is_blocked(play: Play) -> None:
    execution = play.start(play.machine("video-moderation"), INPUT)
    play.asked()
    assert play.sent == [read("video-moderation", "submission.json")]
    play.whole.work(hours=1)
    play.whole.work(hours=2)
    assert play.mails("mo@example.com", TITLE)[:2] == ["asked", "reminded"]
    output = play.output(execution)
    assert (output["shown"], output["metadata"]["by"]) == ("to nobody", "nobody")
    assert play.called("PublishFunction") == []


def test_what_cannot_be_asked_is_held(play: Play) -> None:
    execution = play.start(play.machine("video-moderation"), read("video-moderation", "input.invalid.json"))
    play.whole.take_in()
    error, cause = play.failure(execution)
    assert error == "Moderation.NotPossible"
    assert cause == "Nobody could be asked: Approval.InvalidSubmission"
