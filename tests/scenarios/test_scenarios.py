"""Every scenario, on values alone and through store, flows, sweep and outbox on both databases: the same story."""

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.fakes import World
from tests.scenarios.on_database import OnDatabase
from tests.scenarios.on_paper import OnPaper
from tests.scenarios.script import Scenario, scenarios
from tests.scenarios.stage import outline
from tests.scenarios.staging import Play
from tests.support.database.engines import ENGINES

ALL = scenarios()
each = pytest.mark.parametrize("scenario", ALL, ids=[scenario.story for scenario in ALL])


@pytest.fixture(scope="module", params=ENGINES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    """One database for all of them: a new one for each would take longer than the stories."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("_sqlite_template")
        world = World(f"sqlite:///{shutil.copy(template, tmp_path_factory.mktemp('scenarios') / 'approvals.db')}")
        yield world
        world.close()
        return
    server, template_url = map(request.getfixturevalue, ("postgres_server", "_postgres_template"))
    with server.database(template=template_url) as url:
        world = World(url)
        yield world
        world.close()


@each
def test_as_values(scenario: Scenario) -> None:
    Play(scenario, OnPaper()).run()


@each
def test_on_a_database(scenario: Scenario, world: World) -> None:
    kept, paper = OnDatabase(world), OnPaper()
    Play(scenario, kept).run()
    Play(scenario, paper).run()
    if not scenario.refused:
        assert outline(kept) == outline(paper)


def test_there_are_enough_of_them_and_each_tells_another_story() -> None:
    assert len(ALL) >= 60
    assert len({scenario.story for scenario in ALL}) == len(ALL)
