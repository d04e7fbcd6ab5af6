"""A batch in a Map: an approval for each item, two at a time, and what goes wrong with one stops no other."""

import json
from typing import Any

import pytest

from tests.e2e.examples.playing import Play, read

INPUT = read("batch-review", "input.json")
EDDA, EMIL = "edda@example.com", "emil@example.com"


@pytest.fixture(autouse=True)
def _press(play: Play) -> None:
    def publish(event: Any) -> dict[str, Any]:
        if event["article"] == "a-5":
            raise OSError("the press is broken")
        return {}

    play.functions(PublishArticleFunction=publish)


def _titles(play: Play) -> set[str]:
    return {approval.content.title for approval in play.pending()}


def test_two_are_asked_about_at_a_time_and_each_item_has_an_end_of_its_own(play: Play) -> None:
    execution = play.start(play.machine("batch-review"), INPUT)
    play.asked(2)
    assert read("batch-review", "submission.json") in play.sent
    assert _titles(play) == {"Publish “Bees in the city”", "Publish “Night trains”"}
    assert {approval.content.map_item for approval in play.pending()} == {0, 1}
    play.answer(EDDA, "Bees in the city", "approve")
    play.answer(EMIL, "Night trains", "reject", comment="trains are late")
    play.asked(3)
    assert _titles(play) == {"Publish “Low tide”", "Publish “Old maps”"}
    play.answer(EMIL, "Old maps", "approve")
    play.whole.work(days=1)
    assert play.mails(EDDA, "Low tide") == ["asked", "reminded"]
    play.whole.work(days=1)
    output = play.output(execution)
    statuses = {result["article"]: result["status"] for result in output["results"]}
    assert statuses == {
        "a-1": "published",
        "a-2": "rejected",
        "a-3": "notAsked",
        "a-4": "unanswered",
        "a-5": "failed",
    }
    assert [result["article"] for result in output["results"]] == ["a-1", "a-2", "a-3", "a-4", "a-5"]
    assert output["published"] == 1
    assert output["results"][1]["decision"]["comment"] == "trains are late"
    [problem] = json.loads(output["results"][2]["cause"])["errors"]
    assert problem["path"] == "links[0].url"


def test_an_empty_batch_asks_nobody(play: Play) -> None:
    output = play.output(play.start(play.machine("batch-review"), {**INPUT, "articles": []}))
    assert (output["results"], output["published"]) == ([], 0)
    assert play.pending() == []
