"""An old database goes on under newer code as it would have under its own: every message that waits in it leaves once,
every link and button still works, and every approval in it ends as it should.

`make_fixture.py` says how the database came about. What is compared stands on the wire, and no name of the code.
"""

import json
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.support.database.engines import ENGINES
from tests.support.database.postgres import PostgresServer
from tests.upgrade import gateway
from tests.upgrade.dumping import DATA, file_of, load
from tests.upgrade.future import STEPS, live_on
from tests.upgrade.outside import Json

EXPECTED: Json = json.loads((DATA / "expected.json").read_text())
REQUESTERS = {"rhea@people.example", "rita@people.example"}
REQUESTERS_IN_SLACK = {"D0ROLF"}
OUTCOME_IN_SLACK = re.compile(r": (?:Approved|Rejected|Expired|Cancelled|Replaced)\b|are settled: ")


@pytest.fixture(scope="module", params=ENGINES)
def old_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """A database as the old code left it."""
    if request.param == "sqlite":
        yield loaded(f"sqlite:///{tmp_path_factory.mktemp('old') / 'old.db'}")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as url:
        yield loaded(url)


@pytest.fixture(scope="module")
def lived(old_url: str) -> Json:
    """What was observed from the upgrade until everything was over."""
    return live_on(old_url)


def loaded(url: str) -> str:
    load(url, Path(file_of(url)).read_text())
    return url


def test_the_tables_are_those_of_the_code_after_the_upgrade(old_url: str, lived: Json) -> None:
    assert lived
    gateway.check(old_url)


def test_every_old_approval_is_shown_as_it_was_with_its_audit_trail(lived: Json) -> None:
    found = lived["as found"]
    assert found.keys() == EXPECTED["as found"].keys()
    lost = {name: lost_in(found[name], old) for name, old in EXPECTED["as found"].items()}
    assert {name: what for name, what in lost.items() if what} == {}


@pytest.mark.parametrize("number", range(len(STEPS)), ids=[f"after {moment}" for moment, _ in STEPS])
def test_what_leaves_is_what_would_have_left_without_the_upgrade(lived: Json, number: int) -> None:
    expected, found = EXPECTED["steps"][number], lived["steps"][number]
    assert found["answers"] == expected["answers"]
    left, then = without_outcomes(found["left"]), without_outcomes(expected["left"])
    assert [one for one in left if one not in then] == [], "nothing else leaves"
    assert [one for one in then if one not in left] == [], "nothing is left out"
    assert len(left) == len(then), "and nothing leaves twice"


def test_each_person_is_told_the_outcome_of_each_approval_as_they_would_have_been(lived: Json) -> None:
    """Several outcomes may be one message. Those whose answer settled it get none any more, the requester gets one."""
    then, now = told_outcomes(EXPECTED["steps"]), told_outcomes(lived["steps"])
    deciders = {(who, name) for name, (_, notes) in EXPECTED["in the end"].items() if (who := decider(notes))}
    assert then - deciders - now == set(), "nobody is left out"
    assert {(who, name) for who, name in now - then if who not in REQUESTERS | REQUESTERS_IN_SLACK} == set(), (
        "nobody else is told"
    )


@pytest.mark.parametrize("name", EXPECTED["in the end"])
def test_every_approval_ends_as_it_would_have_without_the_upgrade(lived: Json, name: str) -> None:
    assert lived["in the end"][name] == EXPECTED["in the end"][name]


def test_nothing_is_left_unsent_and_states_hear_as_many_heartbeats(lived: Json) -> None:
    assert lived["unsent"] == 0
    assert lived["heartbeats"] == EXPECTED["heartbeats"]
    assert lived["in the end"].keys() == EXPECTED["in the end"].keys()


def without_outcomes(left: list[Json]) -> list[Json]:
    return [one for one in left if not tells_outcome(one)]


def tells_outcome(one: Json) -> bool:
    """Return whether it is a message to one person about the outcome of one approval, or of several."""
    if one.get("slack") == "chat.postMessage":
        return one["channel"].startswith("D") and bool(OUTCOME_IN_SLACK.search(one["text"]))
    begins = ("No answer is needed any more", "For your information", "You asked for this approval")
    return "mail" in one and one["begins"].startswith(begins)


def told_outcomes(steps: list[Json]) -> set[tuple[str, str]]:
    """Return which address or conversation was told the outcome of which approval."""
    told = (one for step in steps for one in step["left"] if tells_outcome(one))
    names = EXPECTED["in the end"]
    return {
        (one.get("mail") or one["channel"], said[1:-1]) for one in told for said in one["says"] if said[1:-1] in names
    }


def decider(notes: list[str]) -> str:
    """Return whose answer settled an approval, if one did."""
    last = [note for note in notes if " callback." not in note][-1]
    return last.partition(" decided by ")[2]


def lost_in(new: Any, old: Any, path: str = "") -> list[str]:
    """Where the new value lacks what stood in the old one; what is new in it is no loss."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [place for key in old for place in lost_in(new.get(key), old[key], f"{path}.{key}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(new, old, strict=True))
        return [place for n, (now, then) in pairs for place in lost_in(now, then, f"{path}[{n}]")]
    return [] if new == old else [f"{path} was {old!r} and is {new!r}"]
