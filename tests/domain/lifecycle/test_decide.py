"""Deciding: who may answer, what an answer must hold, and when it is enough."""

from datetime import timedelta
from typing import Any

import pytest

from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.eligibility.quorum import progress
from approvals.domain.lifecycle.decide import decide
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.model.approval import Answer, Approval
from approvals.domain.model.errors import AlreadySettled, Refused
from approvals.domain.model.forms import Form, Question
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.outgoing import Callback, Notice
from approvals.domain.model.messages.topics import Asked
from approvals.domain.model.policy import Escalation, Group, Policy, Stage
from approvals.domain.model.submission import Option
from approvals.domain.problems import Invalid
from tests.builders import NOW, an_approval, by, decided

ANA, BEN, CAT = "ana@example.com", "ben@example.com", "cat@example.com"
LATER = NOW + timedelta(minutes=1)


def _policy(*groups: Group, **more: Any) -> Policy:
    return Policy(stages=(Stage(groups=groups),), **more)


def _decide(approval: Approval, reviewer: int = 0, option: str = "approve", **answer: Any) -> Any:
    given = Answer(option=option, **answer)
    return decide(approval, reviewer=reviewer, answer=given, actor=by(), assurance="link", now=LATER)


def test_one_of_two_is_enough_when_one_is_needed() -> None:
    assert decided(an_approval()).status == "approved"


def test_two_different_people_are_needed_when_two_are() -> None:
    approval = decided(an_approval(need=2))
    assert approval.status == "pending"
    assert _decide(approval, 0) is None, "the same answer again"
    assert decided(approval, reviewer=1).status == "approved"


@pytest.mark.parametrize(("need", "answers"), [("all", 3), ("50%", 2), ("67%", 3), ("34%", 2), ("33%", 1), (3, 3)])
def test_shares_are_rounded_up_to_whole_people(need: int | str, answers: int) -> None:
    approval = an_approval(reviewers=(ANA, BEN, CAT), need=need)
    for reviewer in range(answers):
        assert approval.status == "pending"
        approval = decided(approval, reviewer=reviewer)
    assert approval.status == "approved"


def test_any_veto_rejects_unless_the_policy_asks_for_more() -> None:
    assert decided(an_approval(need=2), option="reject").status == "rejected"
    policy = Policy(stages=(Stage(groups=(Group(from_=(ANA, BEN, CAT)),), reject=2),))
    approval = decided(an_approval(policy=policy), option="reject")
    assert approval.status == "pending"
    assert decided(approval, reviewer=1, option="reject").status == "rejected"


def test_a_changed_answer_counts_and_the_old_one_stays_in_the_record() -> None:
    policy = Policy(stages=(Stage(groups=(Group(from_=(ANA, BEN, CAT), need=2),), reject=2),))
    approval = decided(an_approval(policy=policy), option="reject")
    approval = decided(approval, option="approve", at=LATER)
    approval = decided(approval, reviewer=1, option="approve", at=LATER)
    assert approval.status == "approved"
    assert [d.option for d in approval.decisions] == ["reject", "approve", "approve"]


def test_one_person_fills_one_seat_even_when_in_both_groups() -> None:
    policy = _policy(Group(from_=(ANA, BEN)), Group(from_=(ANA, CAT)))
    approval = decided(an_approval(policy=policy), reviewer=0)
    assert approval.status == "pending"
    assert decided(approval, reviewer=1).status == "approved"


def test_stages_follow_one_another_and_ask_their_people_only_then() -> None:
    policy = Policy(stages=(Stage(groups=(Group(from_=(ANA,)),)), Stage(groups=(Group(from_=(BEN,)),))))
    approval = an_approval(policy=policy)
    with pytest.raises(Refused, match="EarlierStepOpen"):
        _decide(approval, 1)
    change = _decide(approval, 0)
    assert [m for m in change.messages if isinstance(m, Notice)] == [
        Notice(about=Asked(1), channel="mail", to=BEN, audience=ForReviewer(1))
    ]
    assert decided(change.approval, reviewer=1).status == "approved"


def test_who_answered_in_an_earlier_stage_is_counted_already() -> None:
    policy = Policy(stages=(Stage(groups=(Group(from_=(ANA, BEN)),)), Stage(groups=(Group(from_=(ANA, BEN)),))))
    approval = decided(an_approval(policy=policy))
    with pytest.raises(Refused, match="AnsweredEarlier"):
        _decide(approval, 0)
    assert decided(approval, reviewer=1).status == "approved"


def test_each_option_has_its_own_tally() -> None:
    options = (
        Option(id="all", label="To everyone", side="approve"),
        Option(id="some", label="To 10 %", side="approve"),
        Option(id="no", label="No", side="reject"),
    )
    approval = decided(an_approval(reviewers=(ANA, BEN, CAT), need=2, options=options), option="all")
    approval = decided(approval, reviewer=1, option="some")
    assert approval.status == "pending"
    approval = decided(approval, reviewer=2, option="some")
    assert approval.outcome is not None
    assert (approval.status, approval.outcome.option) == ("approved", "some")


@pytest.mark.parametrize(
    ("rule", "option", "fine"),
    [
        ("optional", "reject", True),
        ("required", "approve", False),
        ("requiredOnReject", "approve", True),
        ("requiredOnReject", "reject", False),
    ],
)
def test_comments_are_asked_for_as_the_policy_requires(rule: Any, option: str, fine: bool) -> None:
    approval = an_approval(policy=_policy(Group(from_=(ANA,)), comment=rule))
    if not fine:
        with pytest.raises(Invalid, match="comment is required"):
            _decide(approval, option=option, comment="  ")
    assert _decide(approval, option=option, comment="why" * (not fine)).decision.option == option


def test_high_risk_wants_the_answer_typed_before_it_approves_but_not_to_reject() -> None:
    approval = an_approval(risk="high")
    with pytest.raises(Invalid) as error:
        _decide(approval)
    assert [problem.path for problem in error.value.problems] == ["confirmation"]
    assert _decide(approval, confirmation=" approve ").approval.status == "approved"
    assert _decide(approval, option="reject").approval.status == "rejected"


@pytest.mark.parametrize(
    ("label", "typed"),
    [
        ("Ship it ", "ship it"),
        ("Ship  it", "Ship it"),  # a page shows one space
        ("Ja\u00a0bitte", "Ja bitte"),
        ("Ver\u00adsenden", "Versenden"),
        ("re\u0301gler", "r\u00e9gler"),
    ],
)
def test_an_answer_is_confirmed_by_typing_what_one_reads(label: str, typed: str) -> None:
    approval = an_approval(risk="high", options=(Option(id="approve", label=label, side="approve"),))
    assert _decide(approval, confirmation=typed).approval.status == "approved"
    with pytest.raises(Invalid, match="to confirm"):
        _decide(approval, confirmation=typed[1:])


def test_the_form_must_be_filled_in_to_approve_and_its_answers_join_the_outcome() -> None:
    form = Form(properties={"amount": Question(type="number", maximum=500)}, required=("amount",))
    approval = an_approval(form=form)
    with pytest.raises(Invalid, match=r"form.amount: is required"):
        _decide(approval)
    with pytest.raises(Invalid, match=r"form.amount: must be at most 500"):
        _decide(approval, form={"amount": "501"})
    after = _decide(approval, form={"amount": "420.5"}).approval
    assert after.outcome.form == {"amount": 420.5}
    assert _decide(approval, option="reject").approval.status == "rejected"


@pytest.mark.parametrize("option", ["", "maybe", "Approve"])
def test_an_option_that_is_not_offered_is_refused(option: str) -> None:
    with pytest.raises(Invalid) as error:
        _decide(an_approval(), option=option)
    assert error.value.problems[0].path == "option"


def test_nothing_counts_after_the_deadline_or_after_the_end() -> None:
    with pytest.raises(AlreadySettled):
        _decide(decided(an_approval()), 1)
    with pytest.raises(AlreadySettled):
        _decide(an_approval(deadline=LATER))


def test_who_comes_in_only_by_a_later_escalation_gets_that_reason() -> None:
    stage = Stage(groups=(Group(from_=(ANA,)),), escalate=(Escalation(after="1h", to=(CAT,)),))
    with pytest.raises(Refused, match="AskedLater"):
        _decide(an_approval(policy=Policy(stages=(stage,))), 1)


def test_a_comment_that_could_not_be_kept_is_refused() -> None:
    with pytest.raises(Invalid, match="NUL"):
        _decide(an_approval(), comment="a\0b")


@pytest.mark.parametrize("reviewer", [-1, 2, 99])
def test_a_stranger_may_not_answer(reviewer: int) -> None:
    with pytest.raises(Refused):
        _decide(an_approval(), reviewer)


def test_a_link_is_not_enough_where_the_policy_asks_for_more() -> None:
    deployment = Deployment(reach=Reach(assurance="signin"))
    approval = an_approval(policy=_policy(Group(from_=(ANA,)), assurance="signin"), deployment=deployment)
    with pytest.raises(Refused, match="NeedsProof"):
        _decide(approval)


def test_progress_counts_each_group() -> None:
    policy = _policy(Group(from_=(ANA, BEN), need=2), Group(from_=(CAT,)))
    approval = decided(decided(an_approval(policy=policy)), reviewer=2)
    assert [(p.group.from_, p.have, p.need) for p in progress(approval)] == [((ANA, BEN), 1, 2), ((CAT,), 1, 1)]


def test_rejecting_succeeds_with_the_outcome_where_the_policy_requires_it() -> None:
    change = _decide(an_approval(policy=_policy(Group(from_=(ANA,)), on_reject="succeed")), option="reject")
    [callback] = [m for m in change.messages if isinstance(m, Callback)]
    assert callback.error is None
    assert '"outcome":"rejected"' in (callback.output or "")


def test_directory_is_not_needed_for_plain_addresses() -> None:
    assert an_approval(directory=Directory()).reviewers[0].id == ANA
