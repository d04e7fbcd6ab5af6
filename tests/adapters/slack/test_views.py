"""Modals and the Home tab: what they ask, how an answer reads back, and where its faults are shown."""

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.adapters.slack.blocks.home_tab import Waiting, home_view
from approvals.adapters.slack.blocks.modal import answer_view, late_view, recorded_view, refused_view, settled_view
from approvals.adapters.slack.blocks.modal_inputs import answer_of, errors_of
from approvals.domain.lifecycle.decide import decide
from approvals.domain.model.approval import Answer, Approval
from approvals.domain.model.forms import Form, Question
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.domain.model.submission import Option
from approvals.domain.problems import Invalid, Problem
from approvals.presentation.messages.slack import NOTHING_WAITS
from tests.builders import NOW, an_approval, by, decided
from tests.support.slack.block_kit_rules import problems, said
from tests.support.slack.published_types import SlackTypes

TWO_OF_TWO = Policy(stages=(Stage(groups=(Group(from_=("ana@example.com", "ben@example.com"), need=2),)),))
FORM = Form(
    properties={
        "why": Question(title="Why?", description="In a sentence", max_length=200),
        "notes": Question(format="multiline", max_length=4000),
        "when": Question(format="date", default="2026-03-31"),
        "contact": Question(format="email"),
        "amount": Question(type="number", minimum=0, maximum=1e20, default=12.5),
        "copies": Question(type="integer", maximum=9),
        "sure": Question(type="boolean", default=True),
        "size": Question(enum=("small", "large")),
        "month": Question(type="integer", enum=tuple(range(1, 13)), default=3),
    },
    required=("why", "sure", "size"),
)
Json = dict[str, Any]


def view_of(approval: Approval, option: str = "approve", reviewer: int = 0) -> Json:
    chosen = approval.content.option(option)
    assert chosen is not None
    made = answer_view(approval, chosen, reviewer=approval.reviewers[reviewer], channel="C1", private_list="https://x")
    assert problems(made) == []
    return made


def inputs(view: Json) -> dict[str, Json]:
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def entered(**values: Any) -> Json:
    """A view's `state.values`; names are with `__` for the dot."""
    return {name.replace("__", "."): {"value": element} for name, element in values.items()}


def text(value: str) -> Json:
    return {"type": "plain_text_input", "value": value}


def test_a_modal_states_what_is_decided_and_carries_where_it_was_pressed() -> None:
    view = view_of(an_approval(risk="high"))
    assert view["callback_id"] == "answer"
    assert json.loads(view["private_metadata"]) == {
        "approval": "approval-1", "option": "approve", "channel": "C1", "private_list": "https://x"
    }  # fmt: skip
    assert said(view["blocks"]).startswith("Refund order 1234 (420 €)\n:warning: *High risk.*")
    assert "Your answer: “Approve”" in said(view)


@pytest.mark.parametrize(
    ("changes", "option", "expected"),
    [
        ({}, "approve", {"comment": True}),
        ({"policy": msgspec.structs.replace(TWO_OF_TWO, comment="requiredOnReject")}, "reject", {"comment": False}),
        ({"risk": "high"}, "approve", {"comment": True, "confirmation": False}),
        ({"risk": "high"}, "reject", {"comment": True}),
    ],
)
def test_a_modal_asks_for_what_the_option_needs(changes: Any, option: str, expected: dict[str, bool]) -> None:
    asked = inputs(view_of(an_approval(**changes), option))
    assert {name: block["optional"] for name, block in asked.items()} == expected


def test_each_kind_of_question_has_its_input() -> None:
    asked = inputs(view_of(an_approval(form=FORM)))
    elements = {name.removeprefix("form."): block["element"] for name, block in asked.items()}
    assert {name: element["type"] for name, element in elements.items()} == {
        "why": "plain_text_input", "notes": "plain_text_input", "when": "datepicker", "contact": "email_text_input",
        "amount": "number_input", "copies": "number_input", "sure": "checkboxes", "size": "radio_buttons",
        "month": "static_select", "comment": "plain_text_input",
    }  # fmt: skip
    assert (asked["form.why"]["label"]["text"], asked["form.why"]["hint"]["text"]) == ("Why?", "In a sentence")
    assert asked["form.notes"]["label"]["text"] == "notes"
    assert (elements["notes"]["multiline"], elements["notes"]["max_length"]) == (True, 3000)
    assert elements["when"]["initial_date"] == "2026-03-31"
    assert (elements["amount"]["initial_value"], elements["amount"]["min_value"]) == ("12.5", "0")
    assert "max_value" not in elements["amount"]
    assert elements["copies"] == {
        "type": "number_input", "action_id": "value", "is_decimal_allowed": False, "max_value": "9"
    }  # fmt: skip
    assert [o["text"]["text"] for o in elements["sure"]["initial_options"]] == ["Yes"]
    assert elements["month"]["initial_option"]["text"]["text"] == "3"
    required = [name for name, block in asked.items() if not block["optional"]]
    assert required == ["form.why", "form.size"]


@pytest.mark.parametrize(
    ("question", "element"),
    [
        (Question(type="number", default=1e-9), {"is_decimal_allowed": True}),  # and not "0"
        (Question(type="number", maximum=4e-7), {"is_decimal_allowed": True}),  # "0" would let nothing in
        (Question(type="integer", minimum=1.5, maximum=3), {"is_decimal_allowed": False, "max_value": "3"}),
        (Question(default="🙂" * 9, max_length=9), {"initial_value": "🙂" * 9, "max_length": 18, "multiline": False}),
    ],
)
def test_what_an_input_cannot_say_exactly_it_leaves_to_the_one_who_judges_the_answer(
    question: Question, element: Json
) -> None:
    asked = inputs(view_of(an_approval(form=Form(properties={"q": question}))))["form.q"]["element"]
    assert {name: value for name, value in asked.items() if name not in ("type", "action_id")} == element


def test_only_an_approval_insists_on_the_questions() -> None:
    assert all(block["optional"] for block in inputs(view_of(an_approval(form=FORM), "reject")).values())


def test_a_modal_is_filled_with_the_standing_answer() -> None:
    approval = decided(
        an_approval(form=FORM, policy=TWO_OF_TWO), comment="fine",
        form={"why": "because", "sure": "", "size": "large", "month": 12},
    )  # fmt: skip
    asked = inputs(view_of(approval))
    assert asked["comment"]["element"]["initial_value"] == "fine"
    assert asked["form.why"]["element"]["initial_value"] == "because"
    assert "initial_options" not in asked["form.sure"]["element"]
    assert asked["form.size"]["element"]["initial_option"]["text"]["text"] == "large"
    assert asked["form.month"]["element"]["initial_option"]["text"]["text"] == "12"
    assert "initial_value" not in inputs(view_of(approval, reviewer=1))["comment"]["element"]


def test_what_is_entered_reads_back_as_an_answer_that_decides() -> None:
    approval = an_approval(form=FORM, risk="high")
    yes, large, march = {"value": "true"}, {"value": "1"}, {"value": "2"}
    values = entered(
        form__why=text("because"), form__notes=text(""), form__when={"selected_date": "2026-04-01"},
        form__contact={"value": "jo@example.com"}, form__amount={"value": "420.5"}, form__copies={"value": None},
        form__sure={"selected_options": [yes]}, form__size={"selected_option": large},
        form__month={"selected_option": march}, comment=text(" ok "), confirmation=text("approve "),
    )  # fmt: skip
    answer = answer_of(values, approval=approval, option="approve")
    change = decide(approval, reviewer=0, answer=answer, actor=by(via="slack"), assurance="slack", now=NOW)
    assert change is not None
    assert change.decision is not None
    assert change.decision.comment == "ok"
    assert change.decision.form == {
        "why": "because", "when": "2026-04-01", "contact": "jo@example.com", "amount": 420.5, "sure": True,
        "size": "large", "month": 3,
    }  # fmt: skip


def test_one_confirms_what_one_was_shown() -> None:
    unseen = Option(id="go", label="Ship\u200b it", side="approve")
    approval = an_approval(risk="high", options=(unseen,))
    view = view_of(approval, "go")
    assert "Type “Ship it” to confirm" in said(view)
    typed = answer_of(entered(confirmation=text("ship it")), approval=approval, option="go")
    assert typed.confirmation == unseen.label
    assert answer_of(entered(confirmation=text("ship")), approval=approval, option="go").confirmation == "ship"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["value", "comment", "form.size", "form.sure"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(values=JSON, option=st.sampled_from(["approve", "other", ""]))
def test_whatever_is_sent_as_state_reads_as_an_answer(values: Any, option: str) -> None:
    assert isinstance(answer_of(values, approval=an_approval(form=FORM), option=option), Answer)


def test_problems_stand_at_their_inputs() -> None:
    approval = an_approval(form=FORM, risk="high", policy=msgspec.structs.replace(TWO_OF_TWO, comment="required"))
    values = entered(form__amount={"value": "-1"}, confirmation=text("no"))
    answer = answer_of(values, approval=approval, option="approve")
    with pytest.raises(Invalid) as caught:
        decide(approval, reviewer=0, answer=answer, actor=by(via="slack"), assurance="slack", now=NOW)
    assert errors_of(caught.value, approval=approval) == {
        "response_action": "errors",
        "errors": {
            "comment": "A comment is required for this answer.",
            "confirmation": "Type “Approve” to confirm.",
            "form.why": "“Why?” is required.",
            "form.amount": "“amount” must be at least 0.",
            "form.size": "“size” is required.",
        },
    }
    assert set(errors_of(caught.value, approval=approval)["errors"]) <= set(inputs(view_of(approval)))


def test_a_problem_of_no_input_is_shown_at_the_comment() -> None:
    wrong = Invalid([Problem("option", "choose one of a"), Problem("form.gone", "is not asked for")])
    said_there = errors_of(wrong, approval=an_approval())["errors"]
    assert said_there == {"comment": "Choose one of a. “gone” is not asked for."}


def test_the_other_views_say_what_happened() -> None:
    approval = an_approval()
    done = decided(approval)
    views = {
        "Approved by ana@example.com.": settled_view(done),
        "Answers are no longer accepted.": late_view(approval),
        "It is not your turn yet.": refused_view("It is not your turn yet.", approval=approval),
        "ana@example.com: Approve": recorded_view(decided(an_approval(policy=TWO_OF_TWO))),
        "The workflow is being notified": recorded_view(done),
    }
    for words, view in views.items():
        assert words in said(view)
        assert problems(view) == []
        assert "submit" not in view


def waiting(count: int, **changes: Any) -> list[Waiting]:
    made = [an_approval(id=f"approval-{n}", title=f"Number {n}", **changes) for n in range(count)]
    later = [msgspec.structs.replace(a, deadline=a.deadline - timedelta(hours=n)) for n, a in enumerate(made)]
    return [Waiting(a, a.reviewers[0], f"https://approvals.example.com/r/{n}") for n, a in enumerate(later)]


def test_the_home_tab_shows_the_most_urgent_first_with_buttons() -> None:
    view = home_view(waiting(3))
    assert problems(view) == []
    titles = [line for line in said(view).splitlines() if line.startswith("Number")]
    assert titles == ["Number 2", "Number 1", "Number 0"]
    bars = [block["elements"] for block in view["blocks"] if block["type"] == "actions"]
    assert [[e.get("action_id") for e in bar] for bar in bars] == [
        ["answer:approve", "answer:reject", "comment", "open"]
    ] * 3
    assert bars[0][0]["value"] == "approval-2"


@pytest.mark.parametrize("risk", ["normal", "high"])
def test_a_full_home_tab_states_how_many_more_there_are(risk: str) -> None:
    view = home_view(waiting(60, risk=risk), more=4)
    shown = sum(block["type"] == "actions" for block in view["blocks"])
    assert problems(view) == []
    assert shown == 24
    assert f"… and {64 - shown} more" in said(view)


def test_an_empty_home_tab_has_a_text() -> None:
    view = home_view([])
    assert NOTHING_WAITS in said(view)
    assert problems(view) == []


def test_the_home_tab_states_what_one_answered_and_where_slack_is_not_enough() -> None:
    mine = decided(an_approval(policy=TWO_OF_TWO))
    strict = an_approval(policy=TWO_OF_TWO)
    strict = msgspec.structs.replace(strict, policy=msgspec.structs.replace(strict.policy, assurance="signin"))
    words = said(home_view([Waiting(mine, mine.reviewers[0]), Waiting(strict, strict.reviewers[0])]))
    assert "You answered “Approve”." in words
    assert "after signing in only" in words


@pytest.mark.parametrize("option", ["approve", "reject"])
def test_every_kind_of_view_is_of_slacks_own_types(option: str, slack_types: SlackTypes) -> None:
    filled = {"why": "because", "sure": "true", "size": "large", "month": 12, "contact": "jo@example.com"}
    asked = an_approval(form=FORM, policy=TWO_OF_TWO, risk="high")
    standing = decided(an_approval(form=FORM, policy=TWO_OF_TWO), comment="fine", form=filled)
    settled = decided(an_approval())
    for view in (
        view_of(asked, option), view_of(standing, option), settled_view(settled), late_view(asked),
        refused_view("Why not", approval=asked), recorded_view(standing), recorded_view(settled), home_view([]),
        home_view(waiting(40, risk="high"), more=1),
    ):  # fmt: skip
        slack_types.view(view)
