"""Fresh databases on both supported engines: created once as a template, then copied for each test.

`database_url` runs a test on both, `sqlite_url` and `postgres_url` on one, `bare_database_url` on both without tables.
"""

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from tests.support.database.postgres import PostgresServer, running_postgres

ENGINES = ["sqlite", "postgresql"]


def create_schema(url: str) -> None:
    """Create the tables of a test database, as migrated to the revision that the code needs."""
    from approvals.adapters.database.readiness import REVISION
    from approvals.adapters.database.tables import metadata

    engine = create_engine(url, poolclass=NullPool)
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{REVISION}')")


@pytest.fixture(scope="session")
def postgres_server() -> Generator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: PostgresServer) -> Generator[str]:
    with postgres_server.database() as url:
        create_schema(url)
        yield url


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "approvals.db"
    create_schema(f"sqlite:///{path}")
    return path


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, _postgres_template: str) -> Generator[str]:
    with postgres_server.database(template=_postgres_template) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path, _sqlite_template: Path) -> str:
    path = shutil.copy(_sqlite_template, tmp_path / "approvals.db")
    return f"sqlite:///{path}"


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    name = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    return str(request.getfixturevalue(name))


@pytest.fixture(params=ENGINES)
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    with request.getfixturevalue("postgres_server").database() as url:
        yield url
