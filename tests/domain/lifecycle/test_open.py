"""Opening: all problems of a submission are reported at once, each with its path."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.eligibility.quorum import member_names
from approvals.domain.json_reader import read
from approvals.domain.lifecycle.open import Deployment, margin
from approvals.domain.model.messages.audience import ForChannel, ForReviewer
from approvals.domain.model.messages.outgoing import Heartbeat, Notice, dedup_key
from approvals.domain.model.messages.topics import Asked
from approvals.domain.model.policy import Group, Policy, Stage
from approvals.domain.model.submission import Option, State, Submission
from approvals.domain.problems import Invalid
from tests.builders import NOW, a_submission, an_approval, an_opening
from tests.domain.templates.test_search import quoted

BASE = {"taskToken": "token", "title": "Refund", "reviewers": ["ana@example.com"]}
PEOPLE = Directory(
    people={"ana": Person(id="ana", email="ana@example.com"), "ghost": Person(id="ghost")},
    groups={"finance": ("ana", "ben@example.com"), "loop": ("group:loop",)},
    policies={"refunds": Policy(stages=(Stage(groups=(Group(from_=("group:finance",), need="all"),)),))},
)


def _paths(payload: dict[str, Any], **options: Any) -> set[str]:
    with pytest.raises(Invalid) as error:
        an_opening(**msgspec.structs.asdict(read(Submission, payload)), **options)
    return {problem.path for problem in error.value.problems}


def _policy(**stage: Any) -> dict[str, Any]:
    return {"stages": [{"groups": [{"from": ["ana@example.com"]}], **stage}]}


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        ({"title": ""}, {"title"}),
        ({"title": "x" * 201}, {"title"}),
        ({"title": "  "}, {"title"}),
        ({"title": "Refund\r\nBcc: all@example.com"}, {"title"}),
        ({"title": "Refund \u202e024"}, {"title"}),
        ({"titel": "Refund"}, {"titel"}),
        ({"taskToken": ""}, {"taskToken"}),
        ({"taskToken": "t" * 2049}, {"taskToken"}),
        ({"description": "é" * 9000}, {"description"}),
        ({"details": {"x": "y" * 300_000}}, {"details"}),
        ({"details": "text"}, {"details"}),
        ({"sensitive": ["Card"]}, {"sensitive"}),
        ({"links": [{"label": "x", "url": "javascript:alert(1)"}]}, {"links[0].url"}),
        ({"links": [{"label": "x", "url": "http://example.com"}]}, {"links[0].url"}),
        ({"links": [{"label": "x", "url": "https://[bad"}]}, {"links[0].url"}),
        ({"risk": "extreme"}, {"risk"}),
        ({"answers": {"approved": {"success": "{" + quoted(15) + "}"}}}, {"answers.approved"}),
        ({"reviewers": ["ana"]}, {"reviewers[0]"}),
        ({"reviewers": []}, {"reviewers"}),
        ({"reviewers": ["group:nobody"]}, {"reviewers[0]"}),
        ({"reviewers": ["slack:U024BE7LH"]}, {"reviewers[0]"}),
        ({"need": 2}, {"need"}),
        ({"reviewers": ["a\0@example.com"]}, {"reviewers[0]"}),
        ({"mapItem": 2**31}, {"mapItem"}),
        ({"tags": {"team": "a\0b"}}, {"tags.team"}),
        ({"state": {"name": "Wait", "enteredTime": "2026-03-02T09:30:00"}}, {"state.enteredTime"}),
        ({"need": "most"}, {"need"}),
        ({"requester": "ana@example.com"}, {"need"}),
        ({"policy": "refunds"}, {"reviewers"}),
        ({"policy": "refunds", "reviewers": None, "need": 2}, {"need"}),
        ({"timeoutSeconds": 5}, {"timeoutSeconds"}),
        ({"timeoutSeconds": 0}, {"timeoutSeconds"}),
        ({"options": [{"id": "no", "label": "No", "side": "reject"}]}, {"options"}),
        ({"options": [{"id": "a", "label": "A", "side": "approve"}] * 2}, {"options[1].id"}),
        ({"options": [{"id": "a", "label": " \u200b", "side": "approve"}]}, {"options[0].label"}),
        ({"title": "\u200b\u00ad "}, {"title"}),
        ({"form": {"properties": {"a": {"type": "integer", "default": "x"}}}}, {"form.properties.a.default"}),
        ({"form": {"properties": {"a": {"enum": ["x", 1]}}}}, {"form.properties.a.enum[1]"}),
        ({"form": {"properties": {"a": {"minimum": 3, "maximum": 2}}}}, {"form.properties.a.maximum"}),
        ({"form": {"properties": {"a": {"minLength": 4, "maxLength": 3}}}}, {"form.properties.a.maxLength"}),
        ({"form": {"properties": {"a": {"minLength": 4001}}}}, {"form.properties.a.minLength"}),
        ({"form": {"properties": {}, "required": ["b"]}}, {"form.required"}),
        ({"title": "", "risk": "x", "foo": 1, "reviewers": ["a@b.de", 7]}, {"title", "risk", "foo", "reviewers[1]"}),
    ],
)
def test_each_problem_has_its_path(change: dict[str, Any], paths: set[str]) -> None:
    assert _paths({**BASE, **change}) == paths


@pytest.mark.parametrize(
    ("policy", "path"),
    [
        ({"stages": []}, "policy.stages"),
        (_policy(remind="soon"), "policy.stages[0].remind"),
        (_policy(remind={"after": "1 hour"}), "policy.stages[0].remind.after"),
        (_policy(notify=["pager:x"]), "policy.stages[0].notify[0]"),
        (_policy(notify=["mail:anything"]), "policy.stages[0].notify[0]"),
        (_policy(name="fi\0nance"), "policy.stages[0].name"),
        (_policy(reject=2), "policy.stages[0].reject"),
        (_policy(escalate=[{"after": "1h", "to": ["group:boss"]}]), "policy.stages[0].escalate[0].to[0]"),
        ({**_policy(), "timeout": "3 days"}, "policy.timeout"),
        ({**_policy(), "onTimeout": {"option": "hold"}}, "policy.onTimeout.option"),
        ({**_policy(), "assurance": "signin"}, "policy.assurance"),
        ({"stages": [{"groups": [{"from": ["ana@example.com"], "need": 2}]}]}, "policy.stages[0].groups[0].need"),
        ({"stages": [*_policy(name="a")["stages"], *_policy(name="a")["stages"]]}, "policy.stages"),
        ("unknown", "policy"),
    ],
)
def test_problems_in_a_policy_have_their_paths(policy: Any, path: str) -> None:
    payload = {name: value for name, value in BASE.items() if name != "reviewers"} | {"policy": policy}
    assert path in _paths(payload)


def test_nobody_to_answer_is_refused() -> None:
    assert _paths({"taskToken": "t", "title": "Refund"}) == {"reviewers"}


@pytest.mark.parametrize("reference", ["ghost", "group:loop"])
def test_people_without_addresses_and_groups_within_themselves_are_refused(reference: str) -> None:
    assert _paths({**BASE, "reviewers": [reference]}, directory=PEOPLE) == {"reviewers[0]"}


def test_one_person_in_two_groups_that_both_need_somebody_is_not_enough() -> None:
    groups = [{"from": ["ana@example.com"]}, {"from": ["ANA@example.com"]}]
    payload = {"taskToken": "t", "title": "x", "policy": {"stages": [{"groups": groups}]}}
    assert _paths(payload) == {"policy.stages"}


def test_a_named_policy_and_its_groups_come_from_the_directory() -> None:
    approval = an_approval(directory=PEOPLE, policy="refunds", requester=None)
    assert approval.policy.name == "refunds"
    assert [reviewer.id for reviewer in approval.reviewers] == ["ana", "ben@example.com"]


def test_a_person_named_by_any_address_is_the_same_person() -> None:
    approval = an_approval(directory=PEOPLE, reviewers=("ana", "ANA@Example.com", "group:finance"))
    assert [reviewer.id for reviewer in approval.reviewers] == ["ana", "ben@example.com"]


def test_a_name_beside_an_address_is_shown_and_names_the_same_person() -> None:
    approval = an_approval(reviewers=("Ana Silva <Ana@example.com>", "ana@example.com", "Ben <ben@example.com>"))
    assert [(r.id, r.name) for r in approval.reviewers] == [
        ("ana@example.com", "Ana Silva"),
        ("ben@example.com", "Ben"),
    ]
    assert member_names(Group(from_=("Ana Silva <ana@example.com>", "group:finance"))) == ["Ana Silva", "finance"]
    assert (
        an_approval(requester="Ben <ben@example.com>").reviewers == an_approval(requester="ben@example.com").reviewers
    )


def test_a_name_beside_a_known_persons_address_does_not_rename_them() -> None:
    known = Directory(people={"ana": Person(id="ana", name="Ana", email="ana@example.com")})
    assert an_approval(directory=known, reviewers=("Mallory <ana@example.com>",)).reviewers[0].name == "Ana"


def test_the_requester_is_not_among_the_reviewers() -> None:
    approval = an_approval(requester="BEN@example.com")
    assert [reviewer.id for reviewer in approval.reviewers] == ["ana@example.com"]


@pytest.mark.parametrize(
    ("state_timeout", "policy_timeout", "deadline"),
    [
        (None, None, timedelta(days=7)),
        (None, "8h", timedelta(hours=8)),
        (3600, "8h", timedelta(seconds=3600 - 300)),  # a tenth, at most five minutes
        (600, "8h", timedelta(seconds=540)),
        (20, None, timedelta(seconds=15)),  # at least five seconds
        (86_400, "15m", timedelta(minutes=15)),
    ],
)
def test_the_deadline_is_the_sooner_of_the_policys_and_the_states_less_a_margin(
    state_timeout: int | None, policy_timeout: str | None, deadline: timedelta
) -> None:
    group = Group(from_=("ana@example.com",))
    known = Directory(policies={"finance": Policy(stages=(Stage(groups=(group,)),), timeout=policy_timeout)})
    approval = an_approval(policy="finance", directory=known, timeout_seconds=state_timeout)
    assert approval.deadline == NOW + deadline


def test_who_writes_both_time_outs_reads_that_a_stages_never_comes() -> None:
    policy = Policy(stages=(Stage(groups=(Group(from_=("ana@example.com",)),), timeout="8h"),))
    with pytest.raises(Invalid, match=r"policy.stages\[0\].timeout: is longer than the state itself waits"):
        an_approval(policy=policy, timeout_seconds=3600)


def test_a_stage_that_counts_as_rejected_needs_an_answer_that_rejects() -> None:
    stage = Stage(groups=(Group(from_=("ana@example.com",)),), timeout="1h", on_timeout="reject")
    options = (Option(id="go", label="Go", side="approve"),)
    with pytest.raises(Invalid, match=r"policy.stages\[0\].onTimeout: there is no option on the rejecting side"):
        an_approval(policy=Policy(stages=(stage,)), options=options)


def test_who_writes_both_time_outs_reads_that_the_policys_never_comes() -> None:
    policy = Policy(stages=(Stage(groups=(Group(from_=("ana@example.com",)),)),), timeout="8h")
    with pytest.raises(Invalid, match=r"policy.timeout: is longer than the state itself waits"):
        an_approval(policy=policy, timeout_seconds=3600)


def test_the_states_clock_began_when_it_was_entered_not_when_we_heard_of_it() -> None:
    entered = State(name="Wait", entered_time=NOW - timedelta(seconds=100))
    assert an_approval(state=entered, timeout_seconds=600).deadline == NOW + timedelta(seconds=440)
    with pytest.raises(Invalid, match="gave up waiting"):
        an_approval(state=entered, timeout_seconds=90)


def test_on_lambda_the_margin_is_at_least_what_the_schedule_needs() -> None:
    assert margin(timedelta(hours=1), timedelta(minutes=2)) == timedelta(minutes=5)
    assert margin(timedelta(minutes=10), timedelta(minutes=2)) == timedelta(minutes=2)


def test_heartbeats_are_three_times_as_often_as_the_state_needs_them() -> None:
    beats = [m for m in an_opening(heartbeat_seconds=90).messages if isinstance(m, Heartbeat)]
    assert beats == [Heartbeat(every_seconds=30, required=True)]


def test_a_channel_can_be_asked_in_addition_to_people_or_instead_of_them() -> None:
    deployment = Deployment(reach=Reach(channels=frozenset({"mail", "slack"})))
    stage = Stage(groups=(Group(from_=("ana@example.com",)),), notify=("slack:#finance",), quiet=True)
    messages = an_opening(policy=Policy(stages=(stage,)), deployment=deployment).messages
    assert [m for m in messages if isinstance(m, Notice)] == [Notice(about=Asked(0), channel="slack", to="#finance")]


def test_two_people_with_one_mailbox_each_get_a_link_of_their_own_and_a_channel_named_twice_one_message() -> None:
    people = {name: Person(id=name, email="shared@example.com") for name in ("ana", "ben")}
    stage = Stage(groups=(Group(from_=("ana", "ben")),), notify=("mail:team@example.com", "mail:team@example.com"))
    messages = an_opening(policy=Policy(stages=(stage,)), directory=Directory(people=people)).messages
    notices = [message for message in messages if isinstance(message, Notice)]
    assert [(n.to, n.audience) for n in notices] == [
        ("shared@example.com", ForReviewer(0)), ("shared@example.com", ForReviewer(1)),
        ("team@example.com", ForChannel()),
    ]  # fmt: skip
    assert len({dedup_key(notice) for notice in notices}) == 3


def test_the_hash_covers_what_is_shown_and_not_the_token() -> None:
    first = an_approval(task_token="one")
    assert first.content_sha256 == an_approval(task_token="two").content_sha256
    assert first.content_sha256 != an_approval(task_token="one", details={"Amount": 1}).content_sha256


def test_the_token_is_not_in_the_approval_nor_in_what_a_submission_prints() -> None:
    change = an_opening(task_token="very-secret-token")
    assert "very-secret-token" not in repr(change)
    assert "very-secret-token" not in repr(a_submission(task_token="very-secret-token"))
