"""Lives what comes after the upgrade: people and workflows go on, and then time passes until everything is over.

The same was lived once by the code that made the database; `expected.json` holds what was observed then.
"""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.upgrade import after
from tests.upgrade.doings import Doings
from tests.upgrade.dumping import DATA, outside_file_of
from tests.upgrade.gateway import Clock, Deployment, upgrade
from tests.upgrade.observing import Ledger
from tests.upgrade.outside import Json, Outside, an_outside
from tests.upgrade.reading import ends_of, read_all

UPGRADE = datetime(2026, 3, 5, 10, 2, 30, tzinfo=UTC)
NEW_IDS = 1_000_000
"""The first number for the ids of the new process, beyond those of the old one."""
Step = Callable[[Doings, Json], Json]


def _nothing(_doings: Doings, _known: Json) -> Json:
    return {}


STEPS: tuple[tuple[timedelta, Step], ...] = (
    (timedelta(), after.try_again),
    (timedelta(minutes=1), _nothing),
    (timedelta(minutes=2), after.use_old_screens),
    (timedelta(minutes=3), after.use_old_lists),
    (timedelta(minutes=6), after.ask_once_more),
    (timedelta(minutes=20), after.mend),
    (timedelta(minutes=65), after.nudge_once_more),
    (timedelta(hours=2), after.attempt_once_more),
    (timedelta(hours=9), _nothing),
    (timedelta(days=1), after.decide),
    (timedelta(days=1, hours=12), _nothing),
    *((timedelta(days=days), _nothing) for days in (2, 3, 4, 5, 6, 7, 9, 11, 13, 16, 21, 35)),
)
"""How long after the upgrade what happens; then the worker does its work."""


def live_on(url: str) -> Json:
    """Upgrades the database, goes on with everything in it, and gives what was observed."""
    known = json.loads(outside_file_of(url).read_text())
    upgrade(url)
    clock = Clock(UPGRADE)
    with an_outside(clock) as outside:
        _set(outside, known)
        directory = str(DATA / "directory.yml")
        deployment = Deployment(url, directory=directory, clock=clock, outside=outside, first_id=NEW_IDS)
        with closing(deployment):
            return _lived(Doings(deployment), known)


def _set(outside: Outside, known: Json) -> None:
    """What stands outside from before, and what no longer waits."""
    outside.said += known["slack"]
    outside.histories |= known["histories"]
    gone = ("told-for-a-while", "unconfirmed", "stops-beating", "too-late")
    outside.aws_troubles |= {f"token-{name}": "TaskTimedOut" for name in gone}


def _lived(doings: Doings, known: Json) -> Json:
    doings.learn()
    ledger = Ledger(doings)
    ledger.remember(known["mails"])
    seen: dict[str, Any] = {"as found": read_all(doings), "steps": []}
    for moment, step in STEPS:
        doings.at(UPGRADE + moment)
        answers = step(doings, known)
        doings.deployment.work()
        seen["steps"].append({"after": str(moment), "answers": answers, "left": ledger.news()})
    open_rows = doings.deployment.rows("SELECT count(*) FROM outbox WHERE next_attempt_at IS NOT NULL")
    return {**seen, "in the end": ends_of(doings), "heartbeats": ledger.beats, "unsent": open_rows[0][0]}
