"""A site for each test."""

import logging
import threading
from collections.abc import Generator
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.fakes import World
from tests.support.web.site import PEOPLE, Site


@pytest.fixture
def site(sqlite_url: str) -> Generator[Site]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    world = World(sqlite_url, directory=PEOPLE)
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    site = Site(world, f"http://127.0.0.1:{server.server_port}")

    def app(environ: Any, start_response: Any) -> Any:
        return site.app(environ, start_response)  # the one that the site has now

    server.app = app
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()
    world.close()
