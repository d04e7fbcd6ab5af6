"""The approvals that wait for one person: by slash command, in the Home tab and in a modal, with working buttons."""

import json
from typing import Any

import pytest

from approvals.demo.fake_slack.faults import ServerError
from approvals.demo.fake_slack.transport.signed_requests import form_request
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.presentation.messages.slack import NONE
from tests.builders import a_submission
from tests.entrypoints.slack.slack_door import ANA, BEN, Door
from tests.fakes import PUBLIC_URL

IN_TURN = Policy(stages=(Stage(groups=(Group(from_=(ANA,)),)), Stage(groups=(Group(from_=(BEN,)),))))


@pytest.fixture
def stored_at(database_url: str) -> str:
    return database_url


def several(door: Door, count: int) -> list[str]:
    return [door.asked(task_token=f"token-{n}", title=f"Refund order {n}") for n in range(count)]


def words(blocks: Any) -> str:
    return json.dumps(blocks, ensure_ascii=False)


def typed(door: Door, user: str, text: str = "") -> Any:
    """What `/approvals TEXT` is answered with, which only they see."""
    answer = door.actor(user).command(text)
    assert answer.status == 200
    assert answer.json["response_type"] == "ephemeral"
    return answer.json


class TestTheCommand:
    def test_it_lists_what_waits_for_them_with_buttons_and_their_own_links(self, door: Door) -> None:
        [first, second] = several(door, 2)
        blocks = typed(door, "U0ANA")["blocks"]
        assert "Refund order 0" in words(blocks)
        assert "Refund order 1" in words(blocks)
        values = {e.get("value") for b in blocks for e in b.get("elements", []) if "action_id" in e}
        assert {first, second} <= values
        links = [e["url"] for b in blocks for e in b.get("elements", []) if e.get("url")]
        read = [
            door.gateway.ports.links.read(url.removeprefix(f"{PUBLIC_URL}/r/"), now=door.slack.clock()) for url in links
        ]
        assert sorted(read) == [(first, ForReviewer(0)), (second, ForReviewer(0))]

    def test_it_lists_nothing_of_others(self, door: Door) -> None:
        several(door, 2)
        assert "Nothing waits for your answer" in words(typed(door, "U0MALLORY"))

    def test_it_lists_only_what_they_may_answer_now(self, door: Door) -> None:
        door.asked(policy=IN_TURN)
        assert "Nothing waits" in words(typed(door, "U0BEN"))
        assert "Refund order 1234" in words(typed(door, "U0ANA"))
        assert door.actor("U0ANA").press(door.dm("U0ANA"), "answer:approve").status == 200
        assert "Refund order 1234" in words(typed(door, "U0BEN"))

    def test_many_fit_into_one_message_and_the_others_are_counted(self, door: Door) -> None:
        several(door, 12)
        said = typed(door, "U0ANA")
        assert len(said["blocks"]) <= 50
        assert "… and 4 more" in words(said)

    def test_its_buttons_work(self, door: Door) -> None:
        door.asked()
        typed(door, "U0ANA", "list")
        shown = door.slack.team.ephemerals("U0ANA")[-1]
        assert door.actor("U0ANA").press(shown, "answer:approve").status == 200
        assert door.state().status == "approved"

    @pytest.mark.parametrize("text", ["list", "id-0001"])
    @pytest.mark.parametrize("risk", ["normal", "high"])
    def test_after_an_answer_in_it_no_stale_button_is_left(self, door: Door, text: str, risk: Any) -> None:
        """Only the response URL of that press can update such a message."""
        first = door.asked(title="First", task_token="first", risk=risk)
        door.asked(title="Second", task_token="second")
        typed(door, "U0ANA", text)
        shown = door.slack.team.ephemerals("U0ANA")[-1]
        ana = door.actor("U0ANA")
        assert ana.press(shown, "answer:approve", value=first).status == 200
        if risk == "high":
            assert ana.submit({"confirmation": "approve"}).json == {"response_action": "clear"}
        assert door.state(first).status == "approved"
        assert "First" not in words(shown.blocks)
        assert "Second" in words(shown.blocks)
        assert "is recorded" in door.told("U0ANA")

    @pytest.mark.parametrize("text", ["id-0001", " ID-0001 ", "`id-0001`"])
    def test_it_shows_one_by_its_id(self, door: Door, text: str) -> None:
        door.asked()
        said = typed(door, "U0ANA", text)
        assert "Refund order 1234" in words(said["blocks"])
        assert any(e.get("action_id") == "answer:approve" for b in said["blocks"] for e in b.get("elements", []))

    def test_one_that_is_settled_is_shown_with_its_outcome_and_without_buttons(self, door: Door) -> None:
        door.asked()
        assert door.actor("U0BEN").press(door.dm("U0BEN"), "answer:reject").status == 200
        said = typed(door, "U0ANA", "id-0001")
        assert "Rejected by" in words(said)
        assert "answer:" not in words(said)

    @pytest.mark.parametrize(("user", "text"), [("U0MALLORY", "id-0001"), ("U0ANA", "id-9999"), ("U0ANA", "a b\0c")])
    def test_one_that_is_not_theirs_is_as_if_it_were_not_there(self, door: Door, user: str, text: str) -> None:
        door.asked()
        assert NONE in words(typed(door, user, text))

    def test_it_explains_itself(self, door: Door) -> None:
        assert "`/approvals ID`" in words(typed(door, "U0MALLORY", "help"))

    def test_slack_looking_at_the_certificate_is_answered(self, door: Door) -> None:
        post = form_request("commands", {"ssl_check": "1", "token": "x"})
        signed = post.signed(secret=door.slack.state.signing_secret, at=door.slack.state.seconds)
        assert door.send(signed).status == 200


class TestTheHomeTab:
    def test_the_most_urgent_is_found_behind_however_many_newer_ones(self, door: Door) -> None:
        soon = a_submission(task_token="soon", title="Soon", reviewers=(ANA,), timeout_seconds=600)
        later = [a_submission(task_token=f"t{n}", title=f"Later {n}", reviewers=(ANA,)) for n in range(201)]
        door.gateway.submit_all([soon, *later], caller="tests")
        door.actor("U0ANA").open_home()
        shown = words(door.slack.team.homes["U0ANA"].content)
        assert "Soon" in shown
        assert "… and " in shown

    def test_it_shows_what_waits_when_it_is_opened(self, door: Door) -> None:
        door.asked()
        assert door.actor("U0ANA").open_home().status == 200
        assert "Refund order 1234" in words(door.slack.team.homes["U0ANA"].content)

    def test_its_buttons_work_and_it_is_shown_again(self, door: Door) -> None:
        [first, second] = several(door, 2)
        ana = door.actor("U0ANA")
        ana.open_home()
        assert ana.press_at_home("answer:approve", value=second).status == 200
        assert (door.state(first).status, door.state(second).status) == ("pending", "approved")
        shown = words(door.slack.team.homes["U0ANA"].content)
        assert "Refund order 0" in shown
        assert "Refund order 1" not in shown

    def test_an_answer_given_elsewhere_leaves_it(self, door: Door) -> None:
        door.asked()
        ana = door.actor("U0ANA")
        ana.open_home()
        assert ana.press(door.dm("U0ANA"), "answer:approve").status == 200
        assert "Nothing waits" in words(door.slack.team.homes["U0ANA"].content)

    def test_a_form_opened_there_works(self, door: Door) -> None:
        approval_id = door.asked(risk="high")
        ana = door.actor("U0ANA")
        ana.open_home()
        assert ana.press_at_home("answer:approve").status == 200
        assert ana.submit({"confirmation": "approve"}).json == {"response_action": "clear"}
        assert door.state(approval_id).status == "approved"
        assert "Nothing waits" in words(door.slack.team.homes["U0ANA"].content)

    def test_what_cannot_be_shown_now_is_shown_the_next_time(self, door: Door) -> None:
        door.asked()
        door.slack.faults.next("views.publish", ServerError())
        ana = door.actor("U0ANA")
        assert ana.open_home().status == 200
        assert "U0ANA" not in door.slack.team.homes
        assert ana.open_home().status == 200
        assert "Refund order 1234" in words(door.slack.team.homes["U0ANA"].content)


class TestTheShortcut:
    def test_it_opens_the_list(self, door: Door) -> None:
        door.asked()
        ana = door.actor("U0ANA")
        assert ana.shortcut("my_approvals").status == 200
        assert ana.modal is not None
        assert "Refund order 1234" in words(ana.modal.content)

    def test_its_buttons_work_and_it_is_shown_again(self, door: Door) -> None:
        door.asked()
        ana = door.actor("U0ANA")
        ana.shortcut("my_approvals")
        assert ana.modal is not None
        assert ana.press_in_view(ana.modal, "answer:approve").status == 200
        assert door.state().status == "approved"
        assert "Nothing waits" in words(ana.modal.content)

    def test_a_form_takes_the_place_of_the_list_and_closes_with_it(self, door: Door) -> None:
        approval_id = door.asked(risk="high")
        ana = door.actor("U0ANA")
        ana.shortcut("my_approvals")
        assert ana.modal is not None
        ana.press_in_view(ana.modal, "answer:approve")
        assert ana.submit({"confirmation": "approve"}).json == {"response_action": "clear"}
        assert ana.modal is None
        assert door.state(approval_id).status == "approved"

    def test_another_shortcut_is_none_of_ours(self, door: Door) -> None:
        assert door.actor("U0ANA").shortcut("something").status == 200
        assert door.actor("U0ANA").modal is None
