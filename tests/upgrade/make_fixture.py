"""Makes the fixture: a database with a past, and what becomes of it in the end.

It was run once, by hand, with the code of commit ceec691, on both engines:

    python -m tests.upgrade.make_fixture

Newer code must never run it again: what it writes would prove nothing about an upgrade. Whatever a newer version says
otherwise on purpose, such as the wording of a mail, is changed in `expected.json` by hand.
"""

import json
import os
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from tests.support.database.postgres import running_postgres
from tests.support.session.network import AWS_FOR_TESTS
from tests.upgrade import past_pending, past_settled, past_waiting
from tests.upgrade.doings import Doings
from tests.upgrade.dumping import DATA, dump_of, file_of, load, outside_file_of
from tests.upgrade.future import UPGRADE, live_on
from tests.upgrade.gateway import Clock, Deployment, kinds, upgrade
from tests.upgrade.outside import an_outside
from tests.upgrade.screens import on_screen

PAST: tuple[tuple[timedelta, Callable[[Doings], None]], ...] = (
    (timedelta(days=10), past_settled.ten_days_ago),
    (timedelta(days=9, hours=22), past_settled.later_that_day),
    (timedelta(days=2, hours=23), past_pending.three_days_ago),
    (timedelta(days=2), past_pending.two_days_ago),
    (timedelta(days=1, hours=2), past_settled.yesterday),
    (timedelta(hours=23), past_pending.a_day_ago),
    (timedelta(hours=1), past_waiting.an_hour_ago),
    (timedelta(minutes=10), past_waiting.some_minutes_ago),
    (timedelta(minutes=2), past_waiting.two_minutes_ago),
    (timedelta(seconds=90), past_waiting.a_minute_ago),
    (timedelta(seconds=20), past_waiting.seconds_ago),
)
"""How long before the upgrade what happened."""

NUMBERS = {
    ("asked", "0"), ("asked", "below 1000"), ("asked", "below 0"),
    ("reminded", "below 1000"), ("reminded", "1000 or more"), ("reminded", "below 0"),
    ("escalated", "0"), ("escalated", "1000 or more"), ("settled", "0"), ("informed", "below 1000"),
    ("inquired", "below 1000"), ("replied", "below 1000"), ("refreshed", "1000 or more"), ("digest", "1000 or more"),
}  # fmt: skip
"""What the one number of a waiting notice has to be: in the first stage and in later ones, by schedule and by nudge,
asked anew, by version, by question, by window of five minutes."""


def main() -> None:
    os.environ.update(AWS_FOR_TESTS)
    with tempfile.TemporaryDirectory() as folder, running_postgres() as server, server.database() as url:
        make(f"sqlite:///{folder}/past.db")
        make(url)
        with server.database() as fresh:
            told = [expect(f"sqlite:///{folder}/future.db"), expect(fresh)]
        assert told[0] == told[1], "both engines have the same future"
        (DATA / "expected.json").write_text(written(told[0]))


def make(url: str) -> None:
    """Lives the past, and writes down the database and what the outside knows by then."""
    upgrade(url)
    clock = Clock(UPGRADE - PAST[0][0])
    with an_outside(clock) as outside:
        deployment = Deployment(url, directory=str(DATA / "directory.yml"), clock=clock, outside=outside)
        with closing(deployment):
            doings = Doings(deployment)
            for ago, deeds in PAST:
                _pass_time(doings, UPGRADE - ago)
                deeds(doings)
            deployment.forget_tokens(before=UPGRADE - timedelta(days=7))
            check_all_kinds(deployment)
            outside_file_of(url).write_text(written(outside_of(doings)))
        file_of(url).write_text(dump_of(url))


def expect(url: str) -> dict[str, Any]:
    """What becomes of the database with the code of today."""
    load(url, file_of(url).read_text())
    return live_on(url)


def _pass_time(doings: Doings, until: datetime) -> None:
    """A worker does its work every twelve hours."""
    while doings.clock() + timedelta(hours=12) < until:
        doings.at(doings.clock() + timedelta(hours=12))
        doings.deployment.work()
    doings.at(until)


def check_all_kinds(deployment: Deployment) -> None:
    """Refuses a past in which some kind of message, or some event, is not waiting to be sent, or was never sent."""
    rows = deployment.rows("SELECT message, next_attempt_at, result FROM outbox")
    found = [(json.loads(message), at, result) for message, at, result in rows]
    tags, events = kinds()
    assert {message["kind"] for message, at, _ in found if at} == tags
    assert {message.get("event") for message, at, _ in found if at} - {None} == events
    assert {result for _, _, result in found} == {None, "sent", "givenUp", "moot", "unconfirmed"}
    waiting = {
        (message["event"], _size(message.get("count", 0))) for message, at, _ in found if at and "event" in message
    }
    assert waiting >= NUMBERS, NUMBERS - waiting


def _size(count: int) -> str:
    """Which of the meanings of this code's one number it has, beside what its event says."""
    return "below 0" if count < 0 else "0" if count == 0 else "below 1000" if count < 1000 else "1000 or more"


def outside_of(doings: Doings) -> dict[str, Any]:
    """What stands in Slack and in mailboxes, and what people have on their screens."""
    sent = (message for _, message in doings.outside.mails)
    mails = [{"id": str(message["Message-ID"]), "subject": str(message["Subject"])} for message in sent]
    return {
        "slack": sorted(doings.outside.said, key=lambda one: (one["channel"], one["ts"])),
        "mails": sorted(mails, key=lambda one: one["id"]),
        "histories": histories_of(doings),
        **on_screen(doings),
    }


def histories_of(doings: Doings) -> dict[str, Any]:
    """The history of the execution that was told something, and did not answer."""
    told = past_settled.told(doings, "told for a while")
    return {past_settled.MACHINE + "told-for-a-while": [past_settled.succeeded(told)]}


def written(value: dict[str, Any]) -> str:
    """Write one entry a line, so that a difference can be read."""
    parts = [f"{json.dumps(name, ensure_ascii=False)}: {_lines(found)}" for name, found in sorted(value.items())]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(value: Any) -> str:
    match value:
        case dict():
            rows = [f"{_line(key)}: {_line(inner)}" for key, inner in sorted(value.items())]
            return "{\n " + ",\n ".join(rows) + "\n}"
        case list():
            return "[\n " + ",\n ".join(map(_line, value)) + "\n]"
    return _line(value)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


if __name__ == "__main__":
    main()
