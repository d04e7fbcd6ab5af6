"""Each sentence of an explanation, by the policy that it comes from."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from approvals.domain.model.forms import Form
from approvals.domain.model.replies import Replies
from approvals.domain.model.submission import Option
from approvals.presentation.explain.policy_explanation import explain
from tests.builders import NOW, a_submission
from tests.support.domain.explanations import DEPLOYMENT, DIRECTORY, FINANCE, OFFICE, explained, policy


def replies(**by: Any) -> Replies:
    return msgspec.convert(by, Replies)


def options(**rejecting: Any) -> tuple[Option, ...]:
    """Approve, and these with their outputs."""
    no = (Option(id=name, label=name, side="reject", output=output) for name, output in rejecting.items())
    return (Option(id="yes", label="yes", side="approve"), *no)


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "one person": ({"reviewers": ("ana",)}, "That person has to approve."),
    "all": ({"need": "all"}, "Both of them have to approve."),
    "all of more": (
        {"reviewers": ("ana", "ben", "cleo"), "need": "all"},
        "All 3 of them have to approve.",
    ),
    "a share": (
        {"reviewers": ("ana", "ben", "cleo"), "need": "50%"},
        "2 of the 3 (50 %) have to approve.",
    ),
    "one person beside a group": (
        {"policy": policy({"groups": [{"from": ["group:finance"]}, {"from": ["cleo"]}]})},
        "Needed, in any order: 1 of 2 from finance; Cleo.",
    ),
    "some": ({"reviewers": ("ana", "ben", "cleo"), "need": 2}, "2 of the 3 have to approve."),
    "several groups": (
        {"policy": policy({"groups": [{"from": ["group:finance"]}, {"from": ["group:legal"], "need": 2}]})},
        "Needed, in any order: 1 of 2 from finance and 2 of 2 from legal.",
    ),
    "a named step": (
        {"policy": policy({**FINANCE, "name": "money"}, {"groups": [{"from": ["cleo"]}]})},
        "Step 1 of 2, “money”: Ana and Ben are asked at once, by mail.",
    ),
    "a later step": (
        {"policy": policy(FINANCE, {"groups": [{"from": ["cleo"]}]})},
        "Step 2 of 2: Cleo is asked as soon as step 1 is done, by mail.",
    ),
    "someone in two steps": (
        {"policy": policy(FINANCE, {"groups": [{"from": ["group:legal"]}]})},
        "A person who has answered in an earlier step is not asked again: one person counts once.",
    ),
    "many people": (
        {"reviewers": tuple(f"r{n}@a.example" for n in range(9))},
        "r0@a.example, r1@a.example, r2@a.example, r3@a.example, r4@a.example and 4 others are asked at once, by mail.",
    ),
    "a quiet step": (
        {"policy": policy({**FINANCE, "quiet": True})},
        "Ana and Ben may answer at once, without being notified.",
    ),
    "a channel": ({"policy": policy({**FINANCE, "notify": ["slack:#money"]})}, "#money in Slack is notified as well."),
    "more rejections": ({"policy": policy({**FINANCE, "reject": 2})}, "2 rejections end it."),
    "reminders": (
        {"policy": policy({**FINANCE, "remind": {"after": "1h", "every": "4h", "times": 3}})},
        "Everyone who has not answered is reminded after 1 hour and then every 4 hours, 3 times in all.",
    ),
    "many reminders": (
        {"policy": policy({**FINANCE, "remind": {"after": "1h", "every": "2h", "times": 30}})},
        "Everyone who has not answered is reminded after 1 hour and then every 2 hours, 30 times in all.",
    ),
    "reminders of a quiet step": (
        {"policy": policy({**FINANCE, "quiet": True, "notify": ["slack:#money"], "remind": ["1h"]})},
        "#money in Slack is reminded after 1 hour.",
    ),
    "nobody to tell": (
        {"policy": policy({**FINANCE, "quiet": True, "remind": ["1h"]})},
        "Nobody is notified.",
    ),
    "a channel that stands there twice": (
        {"policy": policy({**FINANCE, "notify": ["slack:#a", "slack:#a"]})},
        "#a in Slack is notified as well.",
    ),
    "groups that overlap": (
        {"policy": policy({"groups": [{"from": ["group:finance"]}, {"from": ["group:legal"]}]})},
        "A person who is in several of these groups counts for one of them.",
    ),
    "a share of others": (
        {
            "policy": policy(
                {
                    "groups": [{"from": ["group:finance"], "need": "all"}],
                    "escalate": [{"after": "1h", "to": ["cleo"], "mode": "replace"}],
                }
            )
        },
        "The number of approvals that are needed is then counted again.",
    ),
    "a reminder too late": (
        {"policy": policy({**FINANCE, "remind": ["1h", "3h"]}, timeout="2h")},
        "1 reminder is never sent, because it is due after the deadline.",
    ),
    "reminders too late": (
        {"policy": policy({**FINANCE, "remind": ["2h", "3h"]}, timeout="2h")},
        "2 reminders are never sent, because they are due after the deadline.",
    ),
    "others too": (
        {"policy": policy({**FINANCE, "escalate": [{"after": "8h", "to": ["dora", "cleo"]}]})},
        "If it is still open after 8 hours, Dora and Cleo are asked too.",
    ),
    "others instead": (
        {"policy": policy({**FINANCE, "escalate": [{"after": "8h", "to": ["dora"], "mode": "replace"}]})},
        "If it is still open after 8 hours, Dora is asked instead of those who have not answered.",
    ),
    "others, quietly": (
        {"policy": policy({**FINANCE, "quiet": True, "escalate": [{"after": "8h", "to": ["dora"]}]})},
        "If it is still open after 8 hours, Dora may answer too.",
    ),
    "an escalation too late": (
        {"policy": policy({**FINANCE, "escalate": [{"after": "3h", "to": ["dora"]}]}, timeout="2h")},
        "If it is still open after 3 hours (which is after the deadline), Dora is asked too.",
    ),
    "a comment always": ({"policy": policy(FINANCE, comment="required")}, "Every answer needs a comment."),
    "a comment to reject": (
        {"policy": policy(FINANCE, comment="requiredOnReject")},
        "A comment is needed for “Reject”.",
    ),
    "high risk": ({"risk": "high"}, "The risk is high: to answer “Approve”, a reviewer must type that word."),
    "the policy's time": (
        {"policy": policy(FINANCE, timeout="3d")},
        "The policy sets the deadline: 3 days after the submission, on Thursday, 5 March 2026, 09:30 UTC.",
    ),
    "the state's time": (
        {"timeout_seconds": 3600},
        (
            "The deadline is shortly before the waiting state times out: 55 minutes after the submission,"
            " on Monday, 2 March 2026, 10:25 UTC."
        ),
    ),
    "approved in the end": (
        {"policy": policy(FINANCE, onTimeout="approve")},
        "If it is still open then, it counts as approved, with the answer “Approve”.",
    ),
    "rejected in the end": (
        {"policy": policy(FINANCE, onTimeout="reject")},
        "If it is still open then, it counts as rejected, with the answer “Reject”.",
    ),
    "an option in the end": (
        {"policy": policy(FINANCE, onTimeout={"option": "reject"})},
        "If it is still open then, it counts as rejected, with the answer “Reject”.",
    ),
    "going on after a rejection": (
        {"policy": policy(FINANCE, onReject="succeed")},
        "After a rejection the workflow goes on and receives “rejected”.",
    ),
}


MORE: dict[str, tuple[dict[str, Any], str]] = {
    "a reply in place of our error": (
        {"answers": replies(expired={"failure": {"error": "TooSlow"}})},
        "If it is still open then, the waiting state fails with the error TooSlow.",
    ),
    "a success in place of our error": (
        {"answers": replies(rejected={"success": {"ok": False}})},
        "After a rejection the workflow goes on with the output that it defines.",
    ),
    "a failure in place of success": (
        {"answers": replies(approved={"failure": {"cause": "x"}})},
        "Once it is approved, the waiting state fails with the error Approval.Approved.",
    ),
    "an answer with an output": (
        {"options": options(hold=1)},
        "After “hold” the workflow goes on, with the output of that answer.",
    ),
    "other rejections": (
        {"options": options(hold=1, no=None)},
        "After any other rejection the waiting state fails with the error Approval.Rejected.",
    ),
    "a requester who may answer": (
        {"policy": policy(FINANCE, excludeRequester=False), "requester": "ana@example.com"},
        "Ana is the requester and may answer, too.",
    ),
    "a form of which nothing is required": (
        {"form": msgspec.convert({"properties": {"note": {}}}, Form)},
        "An answer may also fill in “note”.",
    ),
    "two channels of many people": (
        {"reviewers": (*(f"r{n}@a.example" for n in range(6)), "slack:U12345")},
        (
            "r0@a.example, r1@a.example, r2@a.example, r3@a.example, r4@a.example and 2 others are asked at once,"
            " by mail or in Slack."
        ),
    ),
    "a step with little time": (
        {"policy": policy({**FINANCE, "timeout": "8h", "onTimeout": "reject"})},
        "If this step is not done within 8 hours, it counts as rejected, with the answer “Reject”.",
    ),
    "a step with more time than there is": (
        {"policy": policy({**FINANCE, "timeout": "8h", "onTimeout": "reject"}), "timeout_seconds": 28810},
        (
            "If this step is not done within 8 hours (which is after the deadline), it counts as rejected, with the"
            " answer “Reject”."
        ),
    ),
    "many growing gaps": (
        {"policy": policy({**FINANCE, "remind": {"after": "1h", "times": 7, "backoff": 2}})},
        (
            "Everyone who has not answered is reminded after 1 hour and then with growing gaps"
            " (1 hour, 2 hours and so on), 7 times in all."
        ),
    ),
    "growing gaps in working days": (
        {
            "policy": policy(
                {**FINANCE, "remind": {"after": "1d", "times": 3, "backoff": 2}}, calendar=OFFICE, timeout="90d"
            )
        },
        (
            "Everyone who has not answered is reminded after 1 working day and then with growing gaps"
            " (1 working day and 2 working days)."
        ),
    ),
    "who may use it": (
        {"policy": "guarded", "requester": None},
        "It may be used by tests or arn:* only.",
    ),
    "a requester who is not told": (
        {"policy": policy(FINANCE, tellRequester=False)},
        "The requester is not notified of the outcome.",
    ),
    "a digest": ({}, "Requests to the same person by mail within 5 minutes are sent as one mail."),
}


def test_where_nobody_is_told_no_reminder_is_foreseen() -> None:
    silent = explained(policy=policy({**FINANCE, "quiet": True, "remind": ["1h"]}, FINANCE))
    later = explained(policy=policy(FINANCE, {**FINANCE, "quiet": True, "remind": ["1h"]}))
    assert not any(
        "remind" in line for told in (silent, later) for line in (*told.text, *(m.what for m in told.timeline))
    )


@pytest.mark.parametrize("case", MORE)
def test_a_sentence_also_reads(case: str) -> None:
    changes, sentence = MORE[case]
    guarded = policy(FINANCE, callers=["tests", "arn:*"])
    said = explain(
        a_submission(**changes), directory=msgspec.structs.replace(DIRECTORY, policies={"guarded": guarded}),
        deployment=msgspec.structs.replace(DEPLOYMENT, digest_window=timedelta(minutes=5)), now=NOW, caller="tests",
    )  # fmt: skip
    assert sentence in said.text


@pytest.mark.parametrize("case", CASES)
def test_a_sentence_reads(case: str) -> None:
    changes, sentence = CASES[case]
    assert sentence in explained(**changes).text
