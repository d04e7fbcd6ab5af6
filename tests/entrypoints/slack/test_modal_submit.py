"""Modals: they ask for all required input, show problems at their inputs, and explain that an answer came too late."""

import json
from typing import Any

import pytest

from approvals.demo.fake_slack.transport.signed_requests import interaction_request
from approvals.domain.model.approval import Answer
from approvals.domain.model.errors import Stale
from approvals.domain.model.forms import Form, Question
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.domain.model.submission import Option
from approvals.entrypoints.slack.modal_submit import CLEAR
from approvals.presentation.messages.slack import MORE_IS_ASKED, UNREADABLE
from tests.builders import BY_LINK
from tests.entrypoints.refusing import refusing
from tests.entrypoints.slack.slack_door import ANA, BEN, Door
from tests.support.slack.workspace import CastSlack

NOT_ASKED = "You are not among the reviewers of this approval."
AGAIN = "Something else was recorded at the same moment, so this was not. Please check and try again."

WHY = (
    Option(id="approve", label="Approve", side="approve"),
    Option(id="reject", label="Reject", side="reject", comment="required"),
)
FORM = Form(
    required=("sum",),
    properties={
        "sum": Question(type="integer", title="Amount", minimum=1, maximum=420),
        "day": Question(format="date", title="Day"),
        "tell": Question(type="boolean", title="Tell the customer"),
    },
)
IN_OPS = Policy(stages=(Stage(groups=(Group(from_=(ANA, BEN)),), notify=("slack:C0OPS",)),))


def opened(door: Door, action: str = "answer:reject", **changes: Any) -> str:
    """Ana has pressed the button of a new approval, and has its form before her."""
    approval_id = door.asked(**changes)
    assert door.actor("U0ANA").press(door.dm("U0ANA"), action).status == 200
    assert door.actor("U0ANA").modal, "no form was opened"
    return approval_id


def submit(door: Door, **values: Any) -> Any:
    """What the form is answered with."""
    answer = door.actor("U0ANA").submit({name.replace("__", "."): value for name, value in values.items()})
    assert answer.status == 200
    return answer.json


def test_an_answer_that_needs_a_comment_asks_for_it(either: Door) -> None:
    door, approval_id = either, opened(either, options=WHY)
    assert door.state(approval_id).decisions == ()
    assert submit(door, comment="Not this month.") == CLEAR
    [decision] = door.state(approval_id).decisions
    assert (decision.option, decision.comment, decision.via) == ("reject", "Not this month.", "slack")
    assert door.actor("U0ANA").modal is None
    assert door.told("U0ANA").startswith("Your answer “Reject” is recorded. Rejected by")


def test_an_answer_may_be_given_with_a_comment_where_none_is_required(door: Door) -> None:
    """From the menu beside the buttons."""
    approval_id = door.asked()
    state = door.slack.state
    chosen = {"action_id": "comment", "type": "overflow", "selected_option": {"value": f"{approval_id}:approve"}}
    payload = {
        "type": "block_actions", "team": {"id": "T0ACME"}, "user": {"id": "U0ANA", "team_id": "T0ACME"},
        "actions": [chosen], "trigger_id": state.new_trigger(team="T0ACME", user="U0ANA"),
    }  # fmt: skip
    assert door.send(interaction_request(payload).signed(secret=state.signing_secret, at=state.seconds)).status == 200
    assert submit(door, comment="With pleasure.") == CLEAR
    assert door.state(approval_id).decisions[0].comment == "With pleasure."


def test_the_form_keeps_its_types(either: Door) -> None:
    door, approval_id = either, opened(either, "answer:approve", form=FORM)
    assert submit(door, form__sum="42", form__day="2026-03-31", form__tell=["true"], comment="fine") == CLEAR
    assert door.state(approval_id).decisions[0].form == {"sum": 42, "day": "2026-03-31", "tell": True}


def test_what_is_wrong_is_shown_at_its_input_and_nothing_is_recorded(door: Door) -> None:
    approval_id = opened(door, "answer:approve", form=FORM, risk="high")
    said = submit(door, form__sum="421", confirmation="yes")
    assert said["response_action"] == "errors"
    assert set(said["errors"]) == {"form.sum", "confirmation"}
    assert door.state(approval_id).decisions == ()
    assert submit(door, form__sum="420", confirmation="approve") == CLEAR
    assert door.state(approval_id).status == "approved"


def test_the_same_form_sent_twice_is_one_answer_and_hears_that_it_is_recorded(door: Door) -> None:
    approval_id = opened(door, options=WHY)
    post = door.actor("U0ANA").submit_request({"comment": "No."})
    assert door.send(post).json == CLEAR
    again = door.send(post).json
    assert again["view"]["title"]["text"] == "Your answer is recorded"
    assert len(door.state(approval_id).decisions) == 1


def test_the_same_form_sent_twice_while_it_is_open_is_one_answer(door: Door) -> None:
    approval_id = opened(door, options=WHY, policy=Policy(stages=(Stage(groups=IN_OPS.stages[0].groups, reject=2),)))
    post = door.actor("U0ANA").submit_request({"comment": "No."})
    assert [door.send(post).json for _ in range(2)] == [CLEAR, CLEAR]
    assert len(door.state(approval_id).decisions) == 1
    assert door.told("U0ANA").startswith("Your answer “Reject” was recorded before.")


def test_a_form_whose_questions_have_changed_meanwhile_asks_the_new_ones(door: Door) -> None:
    """Ana sits in both steps; while the form of the first lies before her, Ben ends it."""
    one, two = (Form(properties={name: Question()}, required=(name,)) for name in ("one", "two"))
    groups = (Group(from_=(ANA, BEN)),), (Group(from_=(ANA, "slack:U0RHEA")),)
    policy = Policy(stages=(Stage(groups=groups[0], form=one), Stage(groups=groups[1], form=two)))
    approval_id = opened(door, "answer:approve", policy=policy)
    by_ben = Answer(option="approve", form={"one": "x"})
    door.gateway.decide(approval_id, reviewer=1, answer=by_ben, actor=BY_LINK, assurance="link")
    said = submit(door, form__one="mine")
    assert said["response_action"] == "update"
    assert MORE_IS_ASKED in json.dumps(said["view"]["blocks"])
    assert submit(door, form__two="mine, too") == CLEAR
    assert door.state(approval_id).decisions[-1].form == {"two": "mine, too"}


def test_a_form_that_comes_after_it_was_settled_shows_the_outcome(door: Door) -> None:
    approval_id = opened(door, options=WHY)
    assert door.actor("U0BEN").press(door.dm("U0BEN"), "answer:approve").status == 200
    before = door.state(approval_id)
    said = submit(door, comment="Wait!")
    assert (said["response_action"], said["view"]["title"]["text"]) == ("update", "Already settled")
    assert "Your answer was not recorded." in json.dumps(said["view"]["blocks"])
    assert door.state(approval_id) == before


def test_a_form_that_comes_after_the_deadline_reports_it(door: Door) -> None:
    approval_id = opened(door, options=WHY)
    door.slack.clock.forward(days=8)
    said = submit(door, comment="Sorry, I was away.")
    assert said["view"]["title"]["text"] == "Time is up"
    assert door.state(approval_id).decisions == ()


def test_a_form_of_somebody_who_is_not_asked_is_refused(door: Door) -> None:
    """The modal is Ana's; what is sent says that Mallory did."""
    approval_id = opened(door, options=WHY)
    mallory, modal = door.actor("U0MALLORY"), door.actor("U0ANA").modal
    said = door.send(mallory.submit_request({"comment": "No."}, view=modal)).json
    assert said["view"]["title"]["text"] == "Not recorded"
    assert NOT_ASKED in json.dumps(said["view"]["blocks"], ensure_ascii=False)
    assert door.state(approval_id).decisions == ()


def test_whom_others_never_let_in_keeps_the_form_and_is_asked_to_send_again(slack: CastSlack, sqlite_url: str) -> None:
    door = Door(slack, sqlite_url, gateway=refusing(Stale("others")))
    opened(door, options=WHY)
    assert submit(door, comment="No.") == {"response_action": "errors", "errors": {"comment": AGAIN}}
    door.close()


@pytest.mark.parametrize("about", ["", "{", "[]", '{"approval": 1, "option": "x"}', '{"option": "approve"}'])
def test_a_form_that_we_cannot_place_records_nothing(door: Door, about: str) -> None:
    approval_id = opened(door, options=WHY)
    modal = door.actor("U0ANA").modal
    assert modal is not None
    modal.content["private_metadata"] = about
    said = submit(door, comment="No.")
    assert UNREADABLE in json.dumps(said["view"]["blocks"])
    assert door.state(approval_id).decisions == ()


def test_a_form_of_an_approval_that_is_gone_reports_it(door: Door) -> None:
    opened(door, options=WHY)
    modal = door.actor("U0ANA").modal
    assert modal is not None
    modal.content["private_metadata"] = json.dumps({"approval": "id-9999", "option": "reject"})
    assert "no longer kept" in json.dumps(submit(door, comment="No.")["view"]["blocks"])


def test_the_same_press_delivered_again_opens_no_second_form(door: Door) -> None:
    door.asked(options=WHY)
    post = door.actor("U0ANA").press_request(door.dm("U0ANA"), "answer:reject")
    assert [door.send(post).status for _ in range(2)] == [200, 200]
    assert len(door.slack.team.open_views("U0ANA")) == 1
    assert door.told("U0ANA") == ""
