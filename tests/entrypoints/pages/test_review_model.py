"""The review page's model, from values alone."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from approvals.domain.lifecycle.settle import cancel
from approvals.domain.model.approval import Answer, Approval
from approvals.domain.model.forms import Form, Question
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.topics import Asked
from approvals.domain.model.policy import Escalation, Group, Policy, Stage
from approvals.domain.model.submission import Option
from approvals.domain.problems import Problem
from approvals.entrypoints.pages.review.answer_form import AnswerFields
from approvals.entrypoints.pages.review.model import columns, console_url, look, refilled
from tests.builders import EXECUTION_ARN, NOW, advanced, an_approval, decided

LATER = NOW + timedelta(minutes=5)
TWO_STAGES = Policy(
    stages=(
        Stage(groups=(Group(from_=("ana@example.com",)),), name="Finance"),
        Stage(groups=(Group(from_=("ben@example.com",)),)),
    )
)
TWO_OF_TWO = Policy(stages=(Stage(groups=(Group(from_=("ana@example.com", "ben@example.com"), need=2),)),))


@pytest.mark.parametrize(
    ("approval", "reviewer", "expected"),
    [
        (an_approval(), 0, "open"),
        (an_approval(deadline=LATER), 0, "late"),  # the deadline itself is too late
        (an_approval(deadline=LATER + timedelta(microseconds=1)), 0, "open"),
        (decided(an_approval(policy=TWO_OF_TWO)), 0, "answered"),
        (decided(an_approval(policy=TWO_OF_TWO)), 1, "open"),
        (decided(an_approval()), 0, "settled"),
        (decided(an_approval()), 1, "settled"),
        (cancel(an_approval(), actor="tests", reason="", now=NOW).approval, 0, "settled"),
        (an_approval(policy=TWO_STAGES), 1, "watching"),  # not their turn yet
        (decided(an_approval(policy=TWO_STAGES)), 0, "watching"),  # one person counts once
        (an_approval(policy=msgspec.structs.replace(TWO_OF_TWO), deadline=NOW), 0, "late"),
    ],
)
def test_the_current_state_for_a_reviewer(approval: Approval, reviewer: int, expected: str) -> None:
    page = look(approval, viewer=ForReviewer(reviewer), now=LATER)
    assert page.situation == expected
    assert page.answerable == (expected in ("open", "answered"))


def test_who_is_replaced_gets_that_reason() -> None:
    stage = Stage(
        groups=(Group(from_=("ana@example.com",)),),
        escalate=(Escalation(after="1h", to=("ben@example.com",), mode="replace"),),
    )
    change = advanced(an_approval(policy=Policy(stages=(stage,))), NOW + timedelta(hours=1))
    assert change is not None
    assert "no longer asked" in look(change.approval, viewer=ForReviewer(0), now=LATER).reason


@pytest.mark.parametrize(("assurance", "way"), [("slack", "in Slack"), ("signin", "after signing in")])
def test_a_link_is_not_enough_where_the_policy_asks_for_more(assurance: str, way: str) -> None:
    approval = an_approval()
    policy = msgspec.structs.replace(approval.policy, assurance=assurance)
    page = look(msgspec.structs.replace(approval, policy=policy), viewer=ForReviewer(0), now=LATER)
    assert (page.situation, page.reason) == ("watching", f"This approval takes answers {way} only.")


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-central-1", "eu-central-1.console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_the_console_of_each_partition(partition: str, region: str, host: str) -> None:
    arn = f"arn:{partition}:states:{region}:123456789012:execution:refunds:order-1234"
    assert console_url(arn) == f"https://{host}/states/home?region={region}#/v2/executions/details/{arn}"


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "order-1234",
        "javascript:alert(1)",
        EXECUTION_ARN.replace("execution", "stateMachine"),
        EXECUTION_ARN.replace("eu-central-1", "evil.example/"),
        EXECUTION_ARN.replace("arn:aws:", "arn:other:"),
        EXECUTION_ARN + '"><script>',
        EXECUTION_ARN + "\n",
    ],
)
def test_what_is_not_the_arn_of_an_execution_has_no_link(arn: str) -> None:
    assert console_url(arn) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([{"a": 1, "b": 2}, {"a": 3, "b": None}], ["a", "b"]),
        ([{"a": 1, "b": 2}], []),  # one is no table
        ([{"a": 1}, {"a": 2}], []),  # nor is one column
        ([{"a": 1, "b": 2}, {"b": 2, "a": 1}], []),  # another order may mean something
        ([{"a": 1, "b": 2}, {"a": 1}], []),
        ([{"a": 1, "b": {}}, {"a": 1, "b": 2}], []),
        ([{"a": 1, "b": "x" * 81}, {"a": 1, "b": ""}], []),  # too long for a cell
        ([dict.fromkeys("abcde", 1)] * 2, []),  # too many for a phone
        ([1, 2], []),
        ({"a": 1, "b": 2}, []),
        ("ab", []),
        ([], []),
    ],
)
def test_which_lists_become_a_table(value: Any, expected: list[str]) -> None:
    assert columns(value) == expected


def test_the_stages_are_steps() -> None:
    approval = an_approval(policy=TWO_STAGES)
    half = decided(approval)
    done = decided(half, reviewer=1)
    rejected = decided(half, reviewer=1, option="reject")
    states = [
        [s.state for s in look(a, viewer=ForReviewer(0), now=LATER).steps] for a in (approval, half, done, rejected)
    ]
    assert states == [["now", "later"], ["done", "now"], ["done", "done"], ["done", "stopped"]]
    assert [step.name for step in look(approval, viewer=ForReviewer(0), now=LATER).steps] == ["Finance", "Step 2"]


def test_an_answer_that_was_changed_is_shown_as_replaced() -> None:
    approval = decided(an_approval(policy=TWO_OF_TWO), comment="one")
    entries = look(decided(approval, comment="two"), viewer=ForReviewer(1), now=LATER).entries
    assert [(e.name, e.label, e.decision.comment, e.replaced) for e in entries] == [
        ("ana@example.com", "Approve", "one", True),
        ("ana@example.com", "Approve", "two", False),
    ]


def test_an_answer_that_became_void_is_shown_as_such() -> None:
    approval = decided(an_approval(policy=TWO_OF_TWO))
    nobody = msgspec.structs.replace(approval.reviewers[0], seats=())
    after = msgspec.structs.replace(approval, reviewers=(nobody, *approval.reviewers[1:]))
    [entry] = look(after, viewer=ForReviewer(1), now=LATER).entries
    assert (entry.void, entry.replaced) == (True, False)


def test_form_answers_are_shown_by_their_titles() -> None:
    form = Form(properties={"sum": Question(type="integer", title="Amount"), "ok": Question(type="boolean")})
    approval = decided(an_approval(form=form, policy=TWO_OF_TWO), form={"sum": "3", "ok": "true"})
    [entry] = look(approval, viewer=ForReviewer(1), now=LATER).entries
    assert entry.form == [("Amount", "3"), ("ok", "yes")]


def test_everybody_asked_in_this_stage_with_what_they_answered() -> None:
    page = look(decided(an_approval(policy=TWO_OF_TWO)), viewer=ForReviewer(1), now=LATER)
    assert [(r.id, d.option if d else None) for r, d in page.people] == [
        ("ana@example.com", "approve"),
        ("ben@example.com", None),
    ]


@pytest.mark.parametrize(
    ("notice", "expected"),
    [
        (Notice(about=Asked(0), channel="mail", to="ana@example.com", audience=ForReviewer(0)), "ana@…"),
        (
            Notice(about=Asked(0), channel="mail", to="other@example.com", audience=ForReviewer(0)),
            "ana@example.com (other@…)",
        ),
        (Notice(about=Asked(0), channel="slack", to="#finance"), "#finance"),
    ],
)
def test_who_could_not_be_reached(notice: Notice, expected: str) -> None:
    page = look(an_approval(), viewer=ForReviewer(1), now=LATER, unreached=[(notice, "mailbox unknown")])
    assert page.unreached == ((expected, "mailbox unknown"),)


@pytest.mark.parametrize(
    ("rule", "options", "expected"),
    [
        ("optional", None, "optional"),
        ("required", None, "required"),
        ("requiredOnReject", None, "required for “Reject”"),
        ("optional", (Option(id="a", label="Yes", side="approve", comment="required"),), "required"),
        (
            "requiredOnReject",
            (
                Option(id="a", label="Yes", side="approve"),
                Option(id="b", label="No", side="reject"),
                Option(id="c", label="Never", side="reject"),
                Option(id="d", label="Not now", side="reject", comment="optional"),
            ),
            "required for “No” and “Never”",
        ),
    ],
)
def test_when_a_comment_is_required(rule: str, options: tuple[Option, ...] | None, expected: str) -> None:
    approval = an_approval(**({"options": options} if options else {}))
    policy = msgspec.structs.replace(approval.policy, comment=rule)
    assert AnswerFields(approval=msgspec.structs.replace(approval, policy=policy)).comment_rule == expected


def test_only_high_risk_asks_to_type_an_answer_and_only_where_it_approves() -> None:
    assert AnswerFields(approval=an_approval()).to_confirm == ()
    assert [option.id for option in AnswerFields(approval=an_approval(risk="high")).to_confirm] == ["approve"]


QUESTIONS = Form(
    required=("sum", "why"),
    properties={
        "sum": Question(type="number", title="Amount", default=420),
        "why": Question(),
        "tell": Question(type="boolean", default=True),
    },
)


def test_the_fields_begin_with_their_defaults() -> None:
    fields = AnswerFields(approval=an_approval(form=QUESTIONS))
    assert [fields.value(name) for name in ("sum", "why", "tell")] == ["420", "", "true"]
    assert fields.filled == Answer(option="")


def test_what_was_typed_stays_and_an_unticked_box_stays_unticked() -> None:
    sent = Answer(option="approve", comment="hm", form={"sum": "lots"})
    fields = refilled(look(an_approval(form=QUESTIONS), viewer=ForReviewer(0), now=LATER), sent).fields
    assert [fields.value(name) for name in ("sum", "why", "tell")] == ["lots", "", ""]
    assert fields.filled == sent


def test_who_changes_an_answer_begins_with_the_one_that_counts() -> None:
    answer = {"form": {"sum": "7", "why": "x"}, "comment": "fine"}
    approval = decided(an_approval(form=QUESTIONS, policy=TWO_OF_TWO), **answer)
    fields = look(approval, viewer=ForReviewer(0), now=LATER).fields
    assert [fields.value(name) for name in ("sum", "why", "tell")] == ["7", "x", ""]
    assert (fields.filled.option, fields.filled.comment) == ("approve", "fine")


def test_questions_are_required_to_approve_or_always_where_nothing_else_can_be_chosen() -> None:
    yes = (Option(id="yes", label="Yes", side="approve"),)
    both, one = (
        AnswerFields(approval=an_approval(form=QUESTIONS)),
        AnswerFields(approval=an_approval(form=QUESTIONS, options=yes)),
    )
    assert [both.rule(name) for name in ("sum", "tell")] == ["required to approve", "optional"]
    assert [one.rule(name) for name in ("sum", "tell")] == ["required", "optional"]


@pytest.mark.parametrize(
    ("problem", "anchor", "sentence"),
    [
        (Problem("option", "choose an answer"), "option", "Choose an answer."),
        (
            Problem("comment", "may have at most 4000 characters"),
            "comment",
            "The comment may have at most 4000 characters.",
        ),
        (Problem("form.sum", "must be at least 3"), "form-sum", "“Amount” must be at least 3."),
        (Problem("form.why", "is required"), "form-why", "“why” is required."),
        (Problem("form.other", "is not asked for"), "answer", "“other” is not asked for."),
    ],
)
def test_what_is_wrong_is_a_sentence_with_a_way_to_its_field(problem: Problem, anchor: str, sentence: str) -> None:
    fields = AnswerFields(approval=an_approval(form=QUESTIONS), problems=(problem,))
    [trouble] = fields.troubles
    assert (trouble.anchor, trouble.sentence) == (anchor, sentence)
    assert fields.trouble(problem.path) == sentence
    assert fields.trouble("confirmation") == ""


def test_a_long_page_has_a_way_to_the_answer() -> None:
    assert not look(an_approval(), viewer=ForReviewer(0), now=LATER).long
    assert look(an_approval(details={"log": "x" * 3000}), viewer=ForReviewer(0), now=LATER).long
    assert not look(decided(an_approval(details={"log": "x" * 3000})), viewer=ForReviewer(0), now=LATER).long


def test_what_a_page_has_computed_is_not_that_of_another_page() -> None:
    before = look(an_approval(policy=TWO_OF_TWO), viewer=ForReviewer(0), now=LATER)
    assert (before.mine, before.entries, len(before.people), "ana" in str(before.silent)) == (None, (), 2, True)
    after = msgspec.structs.replace(before, approval=decided(before.approval))
    assert after.mine == after.approval.decisions[0]
    assert ([entry.replaced for entry in after.entries], "ana" in str(after.silent)) == ([False], False)
