"""Fixtures: a world behind an entry point, whose database and directory a file may replace, and its clients."""

from collections.abc import Generator
from contextlib import closing

import pytest
from flask import Flask
from flask.testing import FlaskClient

from approvals.domain.directory.people import Directory
from approvals.entrypoints.app import create_app
from tests.entrypoints.api.api_client import Api
from tests.entrypoints.pages.inbox_site import Site
from tests.entrypoints.slack.slack_door import Door
from tests.fakes import World
from tests.support.slack.workspace import CastSlack


@pytest.fixture
def stored_at(sqlite_url: str) -> str:
    """Where the database is. A file whose tests run on both databases has a fixture of this name."""
    return sqlite_url


@pytest.fixture
def directory() -> Directory:
    """Nobody is known. A file whose tests know people has a fixture of this name."""
    return Directory()


@pytest.fixture
def world(stored_at: str, directory: Directory) -> Generator[World]:
    with closing(World(stored_at, directory=directory)) as world:
        yield world


@pytest.fixture
def app(world: World) -> Flask:
    return create_app(world.gateway)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def api(world: World) -> Api:
    return Api(world)


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


@pytest.fixture
def door(slack: CastSlack, stored_at: str) -> Generator[Door]:
    """Slack's."""
    with closing(Door(slack, stored_at)) as door:
        yield door


@pytest.fixture
def either(slack: CastSlack, database_url: str) -> Generator[Door]:
    """The same on both databases, for single tests of a file."""
    with closing(Door(slack, database_url)) as door:
        yield door
