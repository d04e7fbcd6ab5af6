"""The doctor on the database: reachable, new enough, migrated, its clock ours; nothing is made, no password shown."""

from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from approvals.adapters.aws.clients import Clients
from approvals.adapters.database.engine import Database
from approvals.entrypoints.doctor import database as database_check
from approvals.entrypoints.doctor.result import CheckLine
from approvals.entrypoints.server import migrations
from tests.builders import a_submission
from tests.entrypoints.doctor.examining import SECRET, clock_ahead, found, settings
from tests.fakes import World
from tests.support.database.damage import damage
from tests.support.database.unwritable import make_read_only


def looked_at(url: str, *, ahead: float = 0, **given: str) -> list[CheckLine]:
    return list(database_check.check(settings(database_url=url, **given), Clients(), clock_ahead(ahead)))


def test_a_migrated_database_is_well(migrated_url: str) -> None:
    lines = looked_at(migrated_url)
    assert {line.state for line in lines} == {"ok"}
    assert lines[-1].what.endswith("the newest")
    assert len(lines) == (2 if migrated_url.startswith("sqlite") else 3)


def test_one_that_is_not_migrated_is_told_how(bare_database_url: str) -> None:
    if bare_database_url.startswith("sqlite"):
        sa.create_engine(bare_database_url, poolclass=sa.pool.NullPool).connect().close()
        Path(bare_database_url.removeprefix("sqlite:///")).touch()
    line = found(iter(looked_at(bare_database_url)), "database: at no revision, the newest is ")
    assert (line.state, line.fix) == ("fail", "approvals db upgrade")


def test_an_older_one_is_to_be_upgraded_and_a_newer_one_wants_its_release(migrated_url: str) -> None:
    newest = migrations.current(migrated_url)[1]
    move(migrated_url, "0000")
    older = found(iter(looked_at(migrated_url)), f"database: at 0000, the newest is {newest}")
    assert (older.state, older.fix) == ("fail", "approvals db upgrade")
    move(migrated_url, "9999")
    newer = found(iter(looked_at(migrated_url)), "database: at 9999, which is unknown to this release")
    assert (newer.state, "release" in newer.fix) == ("fail", True)


def move(url: str, revision: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :it"), {"it": revision})


def test_files_that_other_users_may_open_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'approvals.db'}"
    migrations.upgrade(url)
    (tmp_path / "approvals.env").touch(mode=0o600)
    assert [line.state for line in looked_at(url)] == ["ok", "ok"]
    for name in ("approvals.db", "approvals.env"):
        (tmp_path / name).chmod(0o644)
        line = found(iter(looked_at(url)), f"file: other users of this machine may open {name} (mode 0644)")
        assert line.state == "warn"
        assert line.fix.startswith("chmod 600 ")


def test_a_database_that_takes_no_writes_fails(postgres_url: str) -> None:
    make_read_only(Database(postgres_url))
    line = found(iter(looked_at(postgres_url)), "database: takes no writes: ")
    assert (line.state, line.fix) == ("fail", "make room on its disk, or make it writable")


def test_rows_that_cannot_be_read_are_named(migrated_url: str) -> None:
    with closing(World(migrated_url)) as world:
        ids = [world.gateway.submit(a_submission(task_token=f"t{n}"), caller="tests").approval_id for n in range(3)]
        damage(world.database, "approvals", {"status": "onHold"}, id=ids[0])
        damage(world.database, "outbox", {"message": "null"}, approval_id=ids[1])
    failed = [line for line in looked_at(migrated_url) if line.state == "fail"]
    assert failed[0].what == (
        f"database: cannot read approval {ids[0]}: ValidationError: Invalid enum value 'onHold' - at `$.status`"
    )
    assert {line.what.partition(": Val")[0] for line in failed[1:]} == {
        f"database: cannot read a message of approval {ids[1]}"
    }
    assert {line.fix for line in failed} == {database_check.UNREADABLE_FIX}


def test_looking_makes_no_file(tmp_path: Path) -> None:
    [line] = looked_at(f"sqlite:///{tmp_path / 'none.db'}")
    assert (line.state, line.fix) == ("fail", "approvals db upgrade")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_reached_is_reported_without_the_password() -> None:
    [line] = looked_at(f"postgresql+psycopg://ana:{SECRET}@127.0.0.1:1/approvals")
    assert (line.state, "APPROVALS_DATABASE_URL" in line.fix) == ("fail", True)
    assert SECRET not in line.what + line.fix


@pytest.mark.parametrize(
    ("name", "version", "fix"),
    [
        ("PostgreSQL", (13, 22), "use PostgreSQL 14 or later"),
        ("PostgreSQL", (14, 0), ""),
        ("SQLite", (3, 34, 1), "use SQLite 3.35 or later"),
        ("SQLite", (3, 35, 0), ""),
    ],
)
def test_too_old_an_engine_is_refused(name: str, version: tuple[int, ...], fix: str) -> None:
    line = database_check.engine(name, version, public_url="http://127.0.0.1:8000")
    assert (line.state, line.fix) == ("fail" if fix else "ok", fix)


def test_sqlite_is_for_one_machine_so_that_with_a_public_address_it_is_a_warning(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    migrations.upgrade(url)
    assert looked_at(url)[0].state == "ok"
    line = looked_at(url, public_url="https://approvals.example.com")[0]
    assert (line.state, "PostgreSQL" in line.fix) == ("warn", True)


@pytest.mark.parametrize(("ahead", "words"), [(60, "60.0 s ahead of"), (-60, "60.0 s behind")])
def test_a_clock_that_differs_from_the_databases_is_noticed(postgres_url: str, ahead: float, words: str) -> None:
    line = found(iter(looked_at(postgres_url, ahead=ahead)), f"clock: {words} the database's")
    assert (line.state, "NTP" in line.fix) == ("warn", True)
