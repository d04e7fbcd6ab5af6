"""A site for each test."""

import logging
import threading
from collections.abc import Generator

import pytest
from werkzeug.serving import make_server

from approvals.entrypoints.app import create_app
from tests.fakes import World
from tests.support.web.site import PEOPLE, Site


@pytest.fixture
def site(sqlite_url: str) -> Generator[Site]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    world = World(sqlite_url, directory=PEOPLE)
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    site = Site(world, f"http://127.0.0.1:{server.server_port}")
    server.app = create_app(site.gateway)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()
    world.close()
