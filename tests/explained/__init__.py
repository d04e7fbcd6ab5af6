"""Policies as data, each with what is said of it: a file is a directory, a submission, and the expected text."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import yaml

from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.lifecycle.open import Deployment
from approvals.entrypoints.http.explanations import Draft
from approvals.entrypoints.intake.submission_reader import submission_of
from approvals.presentation.explain.policy_explanation import Explanation, explain
from approvals.presentation.explain.text_lines import explanation_lines
from tests.builders import NOW

CASES = sorted(Path(__file__).parent.glob("*.yml"))
DEPLOYMENT = Deployment(reach=Reach(channels=frozenset({"mail", "slack"}), assurance="slack"))


class Case(msgspec.Struct, forbid_unknown_fields=True):
    story: str
    submission: dict[str, Any]
    timezone: str = "UTC"
    now: datetime = NOW
    directory: dict[str, Any] = {}
    text: str = ""


def case(path: Path) -> Case:
    return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Case)


def directory_of(case: Case) -> Directory:
    people = {name: {"id": name, **person} for name, person in case.directory.get("people", {}).items()}
    return msgspec.convert({**case.directory, "people": people}, Directory)


def explanation_of(case: Case) -> Explanation:
    return explain(
        submission_of(Draft, case.submission), directory=directory_of(case), deployment=DEPLOYMENT, now=case.now,
        caller="key:workflows", timezone=case.timezone,
    )  # fmt: skip


def said(case: Case) -> str:
    return "".join(f"{line}\n" for line in explanation_lines(explanation_of(case)))
