"""Replies: the results that replace the gateway's outcome, by option and by outcome, within Step Functions' limits."""

import json
from typing import Any

import msgspec
import pytest

from approvals.domain.json_reader import read
from approvals.domain.lifecycle.settle import cancel, expire, settle
from approvals.domain.model.approval import Approval, Status
from approvals.domain.model.messages.outgoing import Callback
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.domain.model.replies import OUTPUT_BYTES, Replies, work_problems
from approvals.domain.model.submission import Option
from approvals.domain.problems import Invalid
from tests.builders import NOW, an_approval, by, decided
from tests.domain.templates.test_search import quoted

OPTIONS = (
    Option(id="ship", label="Ship", side="approve", output={"Status": "Shipped"}),
    Option(id="hold", label="Hold", side="approve"),
    Option(id="stop", label="Stop", side="reject", output="stopped"),
)


def _answers(**replies: Any) -> Replies:
    return read(Replies, replies)


def _callback(change: Any) -> Callback:
    [callback] = [message for message in change.messages if isinstance(message, Callback)]
    return callback


def _settled(approval: Approval, option: str = "approve") -> Callback:
    """As the one who decides would settle it."""
    from approvals.domain.lifecycle.decide import decide
    from approvals.domain.model.approval import Answer

    change = decide(
        approval, reviewer=0, answer=Answer(option=option, comment="fine"), actor=by(), assurance="link", now=NOW
    )
    assert change is not None
    return _callback(change)


def test_what_the_workflow_gets_is_looked_up_in_our_outcome() -> None:
    success = {
        "Status": "Approved",
        "by": "{decidedBy[0].reviewer}",
        "note": "{comment} until {deadline}",
        "raw": "{@}",
    }
    approval = an_approval(answers=_answers(approved={"success": success}))
    callback = _settled(approval)
    output = json.loads(callback.output or "")
    deadline = approval.deadline.isoformat().replace("+00:00", "Z")
    assert (output["Status"], output["by"]) == ("Approved", "ana@example.com")
    assert output["note"] == f"fine until {deadline}"
    assert output["raw"]["outcome"] == "approved"
    assert output["raw"]["details"] == approval.content.details
    assert (callback.error, callback.cause) == (None, None)


def test_a_rejection_may_be_a_success_and_an_approval_a_failure() -> None:
    answers = _answers(
        rejected={"success": {"action": "deny"}}, approved={"failure": {"error": "Go", "cause": "{option}"}}
    )
    approval = an_approval(answers=answers)
    assert _settled(approval, "reject").output == '{"action":"deny"}'
    gone = _settled(approval)
    assert (gone.output, gone.error, gone.cause) == (None, "Go", "approve")


def test_a_cause_may_be_json_and_what_a_failure_leaves_out_is_ours() -> None:
    answers = _answers(
        expired={"failure": {"cause": {"timedOut": "{timedOut}"}}}, cancelled={"failure": {"error": "Gone"}}
    )
    approval = an_approval(answers=answers)
    late = _callback(expire(approval, approval.deadline))
    assert (late.error, late.cause) == ("Approval.TimedOut", '{"timedOut":true}')
    cancelled = _callback(cancel(approval, actor="tests", reason="withdrawn", now=NOW))
    assert cancelled.error == "Gone"
    assert json.loads(cancelled.cause or "")["callbackId"] == approval.callback_id


def test_what_is_not_named_gets_our_own_outcome() -> None:
    callback = _settled(an_approval(answers=_answers(rejected={"success": 1})))
    assert json.loads(callback.output or "")["outcome"] == "approved"


@pytest.mark.parametrize(
    ("option", "output"), [("ship", {"Status": "Shipped"}), ("stop", "stopped"), ("hold", "other")]
)
def test_an_option_may_carry_what_the_workflow_gets_and_comes_before_the_outcome(option: str, output: Any) -> None:
    answers = _answers(approved={"success": "other"}, rejected={"success": "other"})
    callback = _settled(an_approval(options=OPTIONS, answers=answers), option)
    assert json.loads(callback.output or "") == output


def test_an_output_of_an_option_is_as_it_was_written_braces_and_all() -> None:
    options = (Option(id="go", label="Go", side="approve", output={"template": "{comment} {"}),)
    assert _settled(an_approval(options=options), "go").output == '{"template":"{comment} {"}'


def test_nobody_is_notified_of_an_approval_whose_workflow_no_longer_waits() -> None:
    approval = an_approval(answers=_answers(cancelled={"success": 1}))
    assert not cancel(approval, actor="t", reason="r", now=NOW, waits=False).messages[0:0]
    assert not [
        m for m in cancel(approval, actor="t", reason="r", now=NOW, waits=False).messages if isinstance(m, Callback)
    ]


def test_causes_and_errors_are_cut_and_no_error_takes_a_name_of_step_functions() -> None:
    failure = {"error": "{comment}", "cause": "x" * 40_000}
    approval = decided(
        an_approval(policy=_two(), answers=_answers(approved={"failure": failure})), comment="States.Timeout"
    )
    settled = settle(approval, status=Status.APPROVED, option="approve", now=NOW, note=_note())
    callback = _callback(settled)
    assert callback.error == "Approval.Approved"
    assert len(callback.cause or "") == 32 * 1024
    long = decided(an_approval(policy=_two(), answers=_answers(approved={"failure": failure})), comment="e" * 300)
    assert (
        len(_callback(settle(long, status=Status.APPROVED, option="approve", now=NOW, note=_note())).error or "") == 256
    )


def test_an_output_that_step_functions_would_not_take_fails_the_state_with_our_outcome_as_the_cause() -> None:
    details, output = {"big": "x" * 60_000}, ["{details.big}"] * 5
    callback = _settled(an_approval(details=details, answers=_answers(approved={"success": output})))
    assert callback.output is None
    assert callback.error == "Approval.ReplyTooLarge"
    assert json.loads(callback.cause or "")["outcome"] == "approved"
    assert OUTPUT_BYTES == 262_144


def test_a_reply_that_costs_too_much_gives_way_to_our_outcome_and_the_note_names_the_reason() -> None:
    text = "{" + quoted(15) + "}"
    approval = decided(an_approval(policy=_two()), comment="\\" * 2000)
    approval = msgspec.structs.replace(approval, answers=_answers(approved={"success": text}))  # of an earlier release
    change = settle(approval, status=Status.APPROVED, option="approve", now=NOW, note=_note())
    assert json.loads(_callback(change).output or "")["outcome"] == "approved"
    assert "too much work" in change.note.facts["reply"]


@pytest.mark.parametrize(("times", "problems"), [(20, 0), (40, 1)])
def test_a_reply_may_write_out_the_longest_outcome_twenty_times_and_not_without_end(times: int, problems: int) -> None:
    replies = _answers(approved={"success": ["{@}"] * times})
    assert len(list(work_problems(replies, {}, "answers"))) == problems


def test_large_details_may_be_written_out_once_and_not_twice() -> None:
    once, twice = ({"success": ["{details}"] * times} for times in (1, 2))
    details = {f"part {n}": "x" * 30_000 for n in range(8)}
    assert list(work_problems(_answers(approved=once), details, "answers")) == []
    assert [one.path for one in work_problems(_answers(approved=twice), details, "answers")] == ["answers.approved"]


def test_error_and_cause_of_a_failure_share_one_budget() -> None:
    half = "{details.text}"
    details = {"text": "x" * 180_000}
    failing = {"failure": {"error": half}}, {"failure": {"error": half, "cause": half}}
    found = [len(list(work_problems(_answers(rejected=one), details, "answers"))) for one in failing]
    assert found == [0, 1]


def _two() -> Policy:
    return Policy(stages=(Stage(groups=(Group(from_=("ana@example.com", "ben@example.com"), need=2),)),))


def _note() -> Any:
    from approvals.domain.model.approval import Note

    return Note(event="decided", at=NOW, actor="tests")


@pytest.mark.parametrize(
    ("answers", "path"),
    [
        ({"approved": {}}, "answers.approved"),
        ({"approved": {"success": 1, "failure": {}}}, "answers.approved"),
        ({"approved": {"success": {"a": ["{x"]}}}, "answers.approved.success.a[0]"),
        ({"expired": {"failure": {"error": "States.Timeout"}}}, "answers.expired.failure.error"),
        ({"expired": {"failure": {"error": "e" * 257}}}, "answers.expired.failure.error"),
        ({"expired": {"failure": {"cause": "{"}}}, "answers.expired.failure.cause"),
        ({"cancelled": {"success": "x" * 70_000}}, "answers"),
    ],
)
def test_a_reply_that_could_not_be_given_is_refused_when_submitted(answers: Any, path: str) -> None:
    with pytest.raises(Invalid) as raised:
        an_approval(answers=_answers(**answers))
    assert [problem.path for problem in raised.value.problems] == [path]


def test_what_is_nested_too_deep_or_too_large_is_refused() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    for bad in (deep, "x" * 70_000):
        options = (Option(id="go", label="Go", side="approve", output=bad),)
        with pytest.raises(Invalid, match=r"options\[0\].output"):
            an_approval(options=options)
    with pytest.raises(Invalid, match="answers: is nested"):
        an_approval(answers=_answers(approved={"success": deep}))
