"""Whole explanations: of the shorthand, of complete policies, and those in the documentation."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from approvals.domain.directory.people import Directory, Person
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.model.submission import Option
from approvals.domain.problems import Invalid
from approvals.presentation.explain.policy_explanation import explain
from tests.builders import NOW, a_submission
from tests.explained import CASES as FILES
from tests.explained import case, said
from tests.support.domain.explanations import DEPLOYMENT, DIRECTORY, FINANCE, explained, policy

ROOT = Path(__file__).parents[2]
BY_NAME = {path.stem: path for path in FILES}
DOCUMENTED = [("escalation", "reference/explain.md"), ("away-with-delegate", "reference/explain.md")]


def test_the_shorthand_is_explained_in_full() -> None:
    assert explained().text == (
        "Ana and Ben are asked at once, by mail.",
        "1 of the 2 has to approve.",
        "A single rejection ends it.",
        "",
        "rhea@example.com is the requester and may not answer.",
        "A reviewer may reassign their seat to anyone in the directory.",
        "",
        "Once it is approved, the workflow goes on.",
        "After a rejection the waiting state fails with the error Approval.Rejected.",
        (
            "The policy sets no deadline, so the limit of this gateway applies: 7 days after the submission,"
            " on Monday, 9 March 2026, 09:30 UTC."
        ),
        "If it is still open then, the waiting state fails with the error Approval.TimedOut.",
        "If too few people are left to approve it, the waiting state fails with the error Approval.Cancelled.",
    )


def test_at_high_risk_nothing_waits_for_a_digest() -> None:
    deployment = msgspec.structs.replace(DEPLOYMENT, digest_window=timedelta(minutes=5))
    said = explain(a_submission(risk="high"), directory=DIRECTORY, deployment=deployment, now=NOW).text
    assert not any("are sent as one mail" in sentence for sentence in said)


def test_who_is_away_without_anybody_is_waited_for_where_they_are_back_in_time() -> None:
    away = [{"from": "2026-03-02", "until": "2026-03-03T12:00:00Z"}]
    ana = msgspec.convert(
        {"id": "ana", "name": "Ana", "email": "ana@example.com", "timezone": "UTC", "away": away}, Person
    )
    said = explain(
        a_submission(reviewers=("ana",)), directory=Directory(people={"ana": ana}), deployment=DEPLOYMENT, now=NOW,
    )  # fmt: skip
    wanted = "Ana is away until Tuesday, 3 March 2026, 12:00 UTC, and nobody is there to answer for them."
    assert wanted in said.text


def test_proof_of_identity_is_explained_where_it_is_asked_for() -> None:
    deployment = Deployment(reach=Reach(channels=frozenset({"mail"}), assurance="signin"))
    submission = a_submission(policy=policy(FINANCE, assurance="slack"))
    said = explain(submission, directory=DIRECTORY, deployment=deployment, now=NOW).text
    assert "This approval takes answers in Slack only." in said


def test_several_ways_to_approve_must_agree() -> None:
    options = msgspec.convert(
        [{"id": i, "label": i, "side": "approve"} for i in ("full", "half")],
        tuple[Option, ...],
    )
    said = explained(options=options, need="all").text
    assert "Both of them have to approve, all with the same answer." in said
    assert not any("rejection ends" in sentence for sentence in said)


def test_each_person_is_there_once_with_when_they_are_asked() -> None:
    stages: list[dict[str, Any]] = [
        {**FINANCE, "escalate": [{"after": "8h", "to": ["dora"]}]},
        {"groups": [{"from": ["group:legal"]}]},
    ]
    asked = {person.id: person.when for person in explained(policy=policy(*stages)).reviewers}
    assert asked == {
        "ana": "at once",
        "ben": "at once",
        "dora": "8 hours after step 1 begins, if it is still open",
        "cleo": "when step 1 is done",
    }


def test_what_cannot_be_submitted_is_not_explained_either() -> None:
    with pytest.raises(Invalid) as refused:
        explained(reviewers=("ana",), need=2)
    assert [problem.path for problem in refused.value.problems] == ["need"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_policy_is_explained_as_it_was_read_aloud(path: Path) -> None:
    assert said(case(path)) == case(path).text


def test_ten_policies_are_there() -> None:
    assert len(FILES) == 10


@pytest.mark.parametrize(("name", "file"), DOCUMENTED)
def test_the_docs_show_what_is_reported(name: str, file: str) -> None:
    """The policy as data, and the words."""
    docs = (ROOT / "docs" / file).read_text(encoding="utf-8")
    assert f"```text\n{case(BY_NAME[name]).text}```" in docs
    written = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", docs, re.DOTALL)]
    one = case(BY_NAME[name])
    assert one.submission in written
    assert not one.directory or one.directory in written


@pytest.mark.parametrize("allowed", [True, False])
def test_that_nobody_may_answer_on_behalf_of_a_reviewer_is_explained(allowed: bool) -> None:
    said = explained(policy=policy(FINANCE, onBehalf=allowed)).text
    sentence = "Nobody else may answer on behalf of a reviewer, neither an operator nor an API key."
    assert (sentence in said) is not allowed
