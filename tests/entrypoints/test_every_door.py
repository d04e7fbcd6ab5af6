"""One enforcement point: every entry point refuses the same attempts for the same reason, and records nothing; and the
table names all entry points."""

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from approvals.adapters.directory.file import decode_directory_file
from approvals.domain.directory.people import Directory
from approvals.domain.model.actor import Actor
from approvals.domain.model.approval import Answer, Approval
from approvals.domain.problems import Invalid
from approvals.entrypoints.intake import submission_reader
from tests.builders import BY_LINK
from tests.entrypoints.every_door import SLACK_IDS, WAYS, Attempt, Doors, Said, Watched, by_the_commands
from tests.entrypoints.slack.slack_door import Door
from tests.entrypoints.ways_in import calling
from tests.support.slack.workspace import CastSlack

TABLE: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "attempts.yml").read_text())


@pytest.fixture
def doors(slack: CastSlack, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Generator[Doors]:
    door = Door(slack, database_url, gateway=Watched)
    by_the_commands(monkeypatch, door.gateway)
    yield Doors(door)
    door.close()


@pytest.mark.parametrize("row", TABLE["attempts"], ids=[row["story"] for row in TABLE["attempts"]])
def test_the_same_attempt_is_refused_at_every_door(doors: Doors, row: dict[str, Any]) -> None:
    approval_id = asked(doors, row)
    attempt = attempt_of(row, doors.gateway.approval(approval_id))
    before = recorded(doors, approval_id)
    wrong = {}
    for name in row.get("doors") or doors.all:
        said = doors.all[name](attempt)
        doors.door.slack.clock.forward(seconds=2)
        how, words = row.get("but", {}).get(name) or expected(row["why"], name)
        if how != said.how or words.casefold() not in said.text.casefold():
            wrong[name] = (how, words, said)
        assert recorded(doors, approval_id) == before, f"by the door “{name}” something was recorded: {said}"
    assert wrong == {}


def test_every_door_of_the_table_takes_a_good_answer_and_there_are_no_others(doors: Doors) -> None:
    """Whatever in the entrypoints calls `decide` is gone through by a door of the table."""
    WAYS.clear()
    for name, door in doors.all.items():
        approval_id = asked(doors, {"asked": {"reviewers": ["ana", "ben"]}})
        door(attempt_of({"who": "ana"}, doors.gateway.approval(approval_id)))
        opened_by_menu = name == "slack menu"
        assert (doors.gateway.approval(approval_id).status == "approved") is not opened_by_menu, name
        doors.door.slack.clock.forward(seconds=5)
    missing = calling("decide") - WAYS
    assert missing == set(), "a door that is not in the table: add it to tests/entrypoints/every_door.py"


def asked(doors: Doors, row: Mapping[str, Any]) -> str:
    """The id of the approval, after all that has happened `then`."""
    door = doors.door
    told = row.get("directory", TABLE["directory"])
    door.world.directory = directory(told)
    doors.count += 1
    whole = {"taskToken": f"token-{doors.count}", "title": "Refund 420 €", "requester": "rhea@example.com"}
    submission = submission_reader.submission({**whole, **row["asked"]})
    approval_id = door.gateway.submit(submission, caller="tests").approval_id
    for step in row.get("then", ()):
        happen(doors, approval_id, step, told)
    return approval_id


def happen(doors: Doors, approval_id: str, step: dict[str, Any], told: dict[str, Any]) -> None:
    door, gateway = doors.door, doors.gateway
    match step:
        case {"directory": changes}:
            merged = {part: {**told.get(part, {}), **changes.get(part, {})} for part in ("people", "groups")}
            left = {part: {name: one for name, one in of.items() if one is not None} for part, of in merged.items()}
            door.world.directory = directory(left)
        case {"hours": hours, **rest}:
            door.slack.clock.forward(hours=hours)
            if not rest.get("asleep"):
                door.world.sweep_all()
        case {"handOver": {"reviewer": reviewer, "to": to}, **rest}:
            actor = Actor(via="link", id=gateway.approval(approval_id).reviewers[reviewer].id)
            if not rest:
                gateway.reassign(approval_id, reviewer=reviewer, to=to, actor=actor)
                return
            with pytest.raises(Invalid, match=rest["refused"]):
                gateway.reassign(approval_id, reviewer=reviewer, to=to, actor=actor)
        case {"answer": {"reviewer": reviewer, **rest}}:
            answer = Answer(option=str(rest.get("option", "approve")))
            gateway.decide(approval_id, reviewer=reviewer, answer=answer, actor=BY_LINK, assurance="link")
        case {"cancel": reason}:
            gateway.cancel(approval_id, actor="tests", reason=reason)


def directory(told: Mapping[str, Any]) -> Directory:
    read = decode_directory_file(yaml.safe_dump(dict(told)).encode(), name="attempts.yml").directory
    return replace(read, slack_team="T0ACME")


def attempt_of(row: Mapping[str, Any], approval: Approval) -> Attempt:
    who, name = row["who"], row.get("as", row["who"])
    mine = approval.reviewer(name) or approval.reviewer(f"slack:{SLACK_IDS[who]}")
    number = row.get("number", mine.number if mine else len(approval.reviewers))
    answer = Answer(option=row.get("option", "approve"), confirmation=row.get("typed", ""))
    return Attempt(approval_id=approval.id, name=name, number=number, slack=SLACK_IDS[who], answer=answer)


def recorded(doors: Doors, approval_id: str) -> tuple[object, ...]:
    approval = doors.gateway.approval(approval_id)
    notes = doors.gateway.audit(approval_id)
    return (approval.version, approval.status, approval.decisions, len(notes))


def expected(why: str, name: str) -> tuple[Any, str]:
    """How the door answers, and which words stand in it."""
    refusal = TABLE["refusals"][why]
    family = "slack" if name.startswith("slack") else name
    how = {"command": 1, "slack": 200, **TABLE["kinds"].get(refusal.get("kind"), {})}.get(family)
    own = [*(refusal.get(name) or refusal.get(family) or ())]
    if family == "gateway" and own:
        return own[0], ""
    return (own or [how])[0], own[1] if len(own) > 1 else ("" if refusal.get(name) else refusal["words"])


def test_what_a_door_said_is_compared_and_not_only_looked_at() -> None:
    assert expected("gone", "page") == (403, "You are no longer among the reviewers")
    assert expected("stands", "gateway") == ("Stands", "")
    assert Said(200, "x") != Said(403, "x")
