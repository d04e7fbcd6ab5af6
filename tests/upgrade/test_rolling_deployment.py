"""A rolling deployment: the release before and the current one work on one database, and neither harms the other.

One of them takes submissions, answers and actions; the other sweeps and delivers; then the other way round. Every
approval ends as it does where both are the current release, and both show the same.
"""

import json
from collections import Counter
from collections.abc import Generator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.support.database.engines import ENGINES
from tests.support.database.postgres import PostgresServer
from tests.upgrade import past_pending
from tests.upgrade.doings import Doings, name_of
from tests.upgrade.dumping import DATA
from tests.upgrade.future import UPGRADE
from tests.upgrade.gateway import Clock, Deployment, upgrade
from tests.upgrade.older_process import OlderProcess, Pair, older_process
from tests.upgrade.outside import Json, Outside, an_outside

Roles = Literal["current alone", "older in front", "current in front"]
DIRECTORY = DATA / "directory.yml"
BEGIN = UPGRADE - timedelta(days=3)
DEEDS = (
    (timedelta(), past_pending.three_days_ago),
    (timedelta(days=1), past_pending.two_days_ago),
    (timedelta(days=2), past_pending.a_day_ago),
)
LATER = tuple(timedelta(days=days) for days in (4, 5, 6, 8, 11, 16, 30))


@pytest.fixture(scope="module", params=ENGINES)
def new_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Any]:
    """Makes empty databases at the newest revision."""
    with ExitStack() as opened:

        def made() -> str:
            if request.param == "sqlite":
                url = f"sqlite:///{tmp_path_factory.mktemp('rolling') / 'approvals.db'}"
            else:
                server: PostgresServer = request.getfixturevalue("postgres_server")
                url = opened.enter_context(server.database())
            upgrade(url)
            return url

        yield made


@pytest.fixture(scope="module")
def lived(new_url: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Lives through the weeks once for each distribution of roles, and keeps what was seen."""
    seen: dict[Roles, Json] = {}

    def live(roles: Roles) -> Json:
        if roles not in seen:
            seen[roles] = _live(new_url(), roles, tmp_path_factory.mktemp("older"))
        return seen[roles]

    return live


def _live(url: str, roles: Roles, folder: Path) -> Json:
    clock = Clock(BEGIN)
    with an_outside(clock) as outside, ExitStack() as opened:
        current = opened.enter_context(
            closing(Deployment(url, directory=str(DIRECTORY), clock=clock, outside=outside, first_id=1))
        )
        if roles == "current alone":
            return _seen(Doings(Pair(current, current)), outside, current, None)  # type: ignore[arg-type]
        older = opened.enter_context(
            older_process(url, directory=DIRECTORY, clock=clock, outside=outside, folder=folder)
        )
        pair = Pair(older, current) if roles == "older in front" else Pair(current, older)
        return _seen(Doings(pair), outside, current, older)  # type: ignore[arg-type]


def _seen(doings: Doings, outside: Outside, current: Deployment, older: OlderProcess | None) -> Json:
    for after, deed in DEEDS:
        doings.at(BEGIN + after)
        deed(doings)
    waiting = {"current": current.gateway.sweep(), "older": older.sweep() if older else 0}
    waiting |= {"current again": current.gateway.sweep(), "older again": older.sweep() if older else 0}
    for after in LATER:
        doings.at(BEGIN + after)
        doings.deployment.work()
    shown = {"current": _listed(Doings(current))}
    if older:
        shown["older"] = _listed(Doings(older))  # type: ignore[arg-type]
    open_rows = current.rows("SELECT count(*) FROM outbox WHERE next_attempt_at IS NOT NULL")
    return {
        "shown": shown, "swept": waiting, "unreadable": current.gateway.unreadable, "unsent": open_rows[0][0],
        "asked": {to.casefold() for to, _ in outside.mails}, "mails": [_told(*one) for one in outside.mails],
        "callbacks": Counter(
            call["taskToken"] for call in outside.calls if call.get("operation", "").startswith("SendTask")
            and "Heartbeat" not in call["operation"]
        ),
        "slack": Counter((one["channel"], json.dumps(one.get("metadata"))) for one in outside.said),
    }  # fmt: skip


def _listed(doings: Doings) -> Json:
    return {name_of(one): one for one in doings.listed()}


def _as_the_older_shows(one: Json) -> Json:
    """Leave out who acted on behalf of a reviewer, which the release before does not know."""
    plain: Json = json.loads(json.dumps(one).replace('"assurance": "operator"', '"assurance": "link"'))
    by_somebody = [
        *plain["decisions"],
        *plain["inquiries"],
        plain["claim"],
        *(plain["outcome"] or {}).get("decidedBy", ()),
    ]
    for each in filter(None, by_somebody):
        each.pop("by", None)
        each.pop("onBehalfOf", None)
    return plain


def _told(to: str, message: Any) -> tuple[str, str]:
    return to, str(message["Message-ID"]).strip()


def _end(one: Json) -> Json:
    outcome = one["outcome"] or {}
    decided = [(each["reviewer"], each["option"]) for each in outcome.get("decidedBy", ())]
    return {
        "status": one["status"], "option": outcome.get("option"), "by": decided, "callback": one["callback"]["state"]
    }  # fmt: skip


@pytest.mark.parametrize("roles", ["older in front", "current in front"])
class TestTogether:
    def test_every_approval_ends_as_with_the_current_release_alone(self, lived: Any, roles: Roles) -> None:
        alone, together = lived("current alone")["shown"]["current"], lived(roles)["shown"]["current"]
        assert together.keys() == alone.keys()
        assert {name: _end(one) for name, one in together.items()} == {name: _end(one) for name, one in alone.items()}

    def test_both_show_every_approval_and_the_same_of_it(self, lived: Any, roles: Roles) -> None:
        shown = lived(roles)["shown"]
        assert shown["older"].keys() == shown["current"].keys()
        for name, older in shown["older"].items():
            current = _as_the_older_shows(shown["current"][name])
            assert {field: current[field] for field in older if field in current} == older

    def test_the_current_release_can_read_every_row_and_everything_leaves(self, lived: Any, roles: Roles) -> None:
        assert lived(roles)["unreadable"] == 0
        assert lived(roles)["unsent"] == 0

    def test_no_workflow_is_told_twice_and_no_person_gets_a_message_twice(self, lived: Any, roles: Roles) -> None:
        found, alone = lived(roles), lived("current alone")
        assert set(found["callbacks"].values()) == {1}
        assert found["callbacks"].keys() == alone["callbacks"].keys()
        assert [one for one, times in Counter(found["mails"]).items() if times > 1] == []
        assert [one for one, times in found["slack"].items() if times > 1] == []

    def test_everybody_is_written_to_whom_the_current_release_writes_to(self, lived: Any, roles: Roles) -> None:
        assert lived(roles)["asked"] == lived("current alone")["asked"]

    def test_neither_checks_again_what_the_other_has_checked(self, lived: Any, roles: Roles) -> None:
        """Otherwise both would write all pending approvals for as long as the deployment lasts."""
        swept = lived(roles)["swept"]
        assert (swept["current again"], swept["older again"]) == (0, 0)
