"""Onboarding that waits for days: reminders, the manager beside an absent owner, and every end."""

from typing import Any

import pytest

from tests.e2e.examples.playing import Play, read

INPUT = read("user-onboarding", "input.json")
OLGA, MAX, TITLE = "olga@example.com", "max@example.com", "Noor Haddad"


@pytest.fixture(autouse=True)
def _functions(play: Play) -> None:
    play.functions(
        CreateAccountFunction=lambda event: {"account": event["user"]["email"].partition("@")[0]},
        GrantAccessFunction={},
        WelcomeUserFunction={},
        RemoveAccountFunction={},
    )


def _newcomer(name: str) -> dict[str, Any]:
    return {**INPUT, "user": {**INPUT["user"], "name": name}}


def test_the_owner_lets_them_in_as_a_member_or_as_a_guest_or_refuses(play: Play) -> None:
    machine = play.machine("user-onboarding")
    member, guest, refused = [play.start(machine, _newcomer(name)) for name in ("Ida", "Joe", "Kay")]
    play.asked(3)
    play.answer(OLGA, "Ida", "member")
    play.answer(OLGA, "Joe", "guest")
    play.answer(OLGA, "Kay", "refuse", comment="starts in another team")
    assert [play.output(execution)["ended"] for execution in (member, guest, refused)] == [
        "onboarded",
        "onboarded",
        "refused",
    ]
    assert [payload["role"] for payload in play.called("GrantAccessFunction")] == ["member", "guest"]
    assert play.output(refused)["decision"]["comment"] == "starts in another team"
    assert play.called("RemoveAccountFunction") == [{"account": "noor"}]
    assert len(play.called("WelcomeUserFunction")) == 2


def test_an_absent_owner_is_reminded_for_days_then_the_manager_may_answer_too(play: Play) -> None:
    execution = play.start(play.machine("user-onboarding"), INPUT)
    play.asked()
    assert play.sent == [read("user-onboarding", "submission.json")]
    for _ in range(5):
        play.whole.work(days=1)
    assert play.mails(OLGA, TITLE) == ["asked", "reminded", "reminded", "reminded"]
    assert play.mails(MAX, TITLE) == ["escalated", "reminded"]
    play.answer(MAX, TITLE, "member")
    assert play.output(execution)["ended"] == "onboarded"
    assert play.called("GrantAccessFunction")[0]["by"] == MAX


def test_after_ten_days_without_an_answer_the_account_is_removed(play: Play) -> None:
    execution = play.start(play.machine("user-onboarding"), INPUT)
    play.asked()
    for _ in range(10):
        play.whole.work(days=1)
    output = play.output(execution)
    assert (output["ended"], output["decision"]["timedOut"]) == ("unanswered", True)
    assert play.called("RemoveAccountFunction") == [{"account": "noor"}]


def test_a_team_without_an_owner_who_can_be_asked_ends_at_once(play: Play) -> None:
    execution = play.start(play.machine("user-onboarding"), read("user-onboarding", "input.no-owner.json"))
    play.whole.take_in()
    assert play.output(execution)["ended"] == "Approval.InvalidSubmission"
    assert play.called("RemoveAccountFunction") == [{"account": "noor"}]
