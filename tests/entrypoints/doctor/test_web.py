"""The doctor on what people open: the public address, how long links last, and who is known."""

import logging
import threading
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from approvals import wiring
from approvals.adapters.aws.clients import Clients
from approvals.entrypoints.app import create_app
from approvals.entrypoints.doctor import web
from approvals.entrypoints.doctor.result import CheckLine, ok
from approvals.entrypoints.server.local_setup import new_signing_key
from tests.entrypoints.doctor.examining import settings
from tests.fakes import World


@pytest.fixture
def serve() -> Generator[Callable[[Any], str]]:
    """Serves an application on loopback; gives its address."""
    servers = []

    def start(app: Any) -> str:
        server = make_server("127.0.0.1", 0, app)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def reached(url: str) -> tuple[CheckLine, CheckLine]:
    scheme, reachable = web.check(settings(public_url=url, signing_keys=KEY))
    return scheme, reachable


KEY = new_signing_key()
PROVE = wiring.proof_of(settings(signing_keys=KEY))
GOOD = ok("public URL: leads to this deployment, whose pages have their style and take answers")


@pytest.fixture
def served(serve: Callable[[Any], str], world: World) -> Callable[..., str]:
    """Serves a gateway behind a proxy, which may lose some requests; gives the public address."""

    def start(base: str = "", *, proxy: Any = lambda app: app, knows: str | None = None) -> str:
        apps: list[Any] = []

        def app(environ: Any, start_response: Any) -> Any:
            return apps[0](environ, start_response)

        url = serve(app) + base
        apps.append(proxy(create_app(world.another(public_url=url if knows is None else knows), prove=PROVE)))
        return url

    return start


def losing(path: str = "", *, method: str = "") -> Callable[[Any], Any]:
    """A proxy that answers some requests itself."""

    def around(app: Any) -> Any:
        def proxy(environ: Any, start_response: Any) -> Any:
            if environ["PATH_INFO"].startswith(path) if path else environ["REQUEST_METHOD"] == method:
                start_response("404 Not Found", [("Content-Length", "0")])
                return [b""]
            return app(environ, start_response)

        return proxy

    return around


def removing(base: str, app: Any) -> Any:
    """A proxy that forwards requests for this path, without it."""

    def proxy(environ: Any, start_response: Any) -> Any:
        if not environ["PATH_INFO"].startswith(f"{base}/"):
            return losing(method=environ["REQUEST_METHOD"])(app)(environ, start_response)
        return app({**environ, "PATH_INFO": environ["PATH_INFO"].removeprefix(base)}, start_response)

    return proxy


def test_a_gateway_finds_itself_at_its_address(served: Callable[..., str]) -> None:
    scheme, reachable = reached(served())
    assert (scheme.state, "https" in scheme.fix) == ("warn", True)
    assert reachable == GOOD


@pytest.mark.parametrize("proxy", [lambda app: app, partial(removing, "/approvals")], ids=["kept", "removed"])
def test_a_gateway_finds_itself_under_a_path(served: Callable[..., str], proxy: Any) -> None:
    assert reached(served("/approvals", proxy=proxy))[1] == GOOD


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"proxy": losing("/approvals/static/")}, "pages have no style: /approvals/static/page.css answers 404"),
        ({"proxy": losing("/approvals/r/")}, "/r/doctor answers 404, not with a page of the gateway"),
        ({"proxy": losing(method="POST")}, "answers cannot be sent: POST /r/doctor answers 404"),
        ({"knows": "https://other.example.com/approvals"}, "answers cannot be sent: POST /r/doctor answers 403"),
        (
            {"knows": "https://tools.example.com", "proxy": partial(removing, "/approvals")},
            "pages have no style: /static/page.css answers 404",
        ),
    ],
)
def test_a_page_that_people_could_not_use_is_a_failure(
    served: Callable[..., str], options: dict[str, Any], what: str
) -> None:
    line = reached(served("/approvals", **options))[1]
    assert (line.state, line.what) == ("fail", f"public URL: {what}")
    assert "APPROVALS_PUBLIC_URL" in line.fix


@pytest.mark.parametrize(
    ("status", "body", "what"),
    [("200 OK", b"hello", "something else answers"), ("502 Bad Gateway", b"", "/healthz answers 502")],
)
def test_an_address_that_leads_elsewhere_is_a_warning_that_states_who_answers(
    serve: Callable[[Any], str], status: str, body: bytes, what: str
) -> None:
    def other(_environ: Any, start_response: Any) -> list[bytes]:
        start_response(status, [("Content-Length", str(len(body)))])
        return [body]

    line = reached(serve(other))[1]
    assert (line.state, what in line.what) == ("warn", True)


@pytest.mark.parametrize(
    ("url", "state"), [("https://127.0.0.1:1", "ok"), ("http://127.0.0.1:1", "warn"), ("http://0.0.0.0:1", "fail")]
)
def test_an_address_without_https_is_a_failure_and_one_of_this_machine_a_warning(url: str, state: str) -> None:
    scheme, reachable = reached(url)
    assert (scheme.state, reachable.state) == (state, "warn")


@pytest.mark.parametrize(("lifetime", "state"), [("7d", "ok"), ("1d", "warn")])
def test_links_that_end_before_the_approval_are_a_warning(lifetime: str, state: str) -> None:
    [line] = web.lifetimes(settings(link_lifetime=lifetime))
    assert (line.state, "APPROVALS_LINK_LIFETIME" in line.fix) == (state, state == "warn")


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("people:\n  ana: {email: ana@example.com}\n", ["ok"]),
        ("people:\n  ana: {mail: ana@example.com}\ngruops: {}\n", ["fail", "fail"]),
    ],
)
def test_each_problem_of_the_directory_file_is_a_failure(tmp_path: Path, text: str, states: list[str]) -> None:
    path = tmp_path / "directory.yaml"
    path.write_text(text, encoding="utf-8")
    assert [line.state for line in web.directory(settings(directory=str(path)), Clients())] == states
    assert [line.state for line in web.directory(settings(directory=str(tmp_path / "none")), Clients())] == ["fail"]
    assert list(web.directory(settings(), Clients())) == []
