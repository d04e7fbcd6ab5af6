"""Guards over the doors: every route names its authentication, every error has a status, every floor is kept."""

import subprocess
import sys
from collections.abc import Iterator
from inspect import iscoroutinefunction

import pytest

from approvals.domain.model import errors
from approvals.domain.model.messages.topics import EventName
from approvals.entrypoints.app import HEADERS, app_of, create_app
from approvals.entrypoints.http.problems import STATUS, TITLES
from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key
from approvals.settings.environment import Settings
from tests.fakes import World
from tests.support.wheel import ROOT

WITH_EVERY_DOOR = {
    "APPROVALS_SIGNING_KEYS": new_signing_key(), "APPROVALS_SEALING_KEYS": new_sealing_key(),
    "APPROVALS_SLACK_TOKENS": "T0ACME=xoxb-token", "APPROVALS_SLACK_SIGNING_SECRETS": "a-signing-secret-of-slack",
}  # fmt: skip


def _leaves(kind: type[errors.ApprovalsError]) -> Iterator[type[errors.ApprovalsError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _leaves(child)


def test_every_route_names_how_it_knows_who_asks(sqlite_url: str) -> None:
    world = World(sqlite_url)
    app = app_of(Settings.from_env(WITH_EVERY_DOOR), world.gateway)
    assert not any(map(iscoroutinefunction, app.view_functions.values())), "PublicFlask takes them as they are"
    nameless = [name for name, view in app.view_functions.items() if not hasattr(view, "authentication")]
    assert nameless == []
    kinds = {view.authentication for view in app.view_functions.values()}  # type: ignore[union-attr]
    keys = {f"key:{scope}" for scope in ("submit", "read", "decide", "admin")}
    assert kinds <= {"none", "link", "sns-signature", "slack:signature", *keys}
    world.close()


def test_every_error_has_a_status_and_a_title() -> None:
    wanted = {kind for kind in _leaves(errors.ApprovalsError) if kind.__module__.startswith("approvals.domain.")}
    assert wanted == set(STATUS) == set(TITLES)


def test_every_event_has_its_mail() -> None:
    for event in EventName.__args__:  # type: ignore[attr-defined]
        for name in ("subject.txt", "body.txt", "body.html"):
            assert (ROOT / "templates" / "mail" / event / name).is_file(), (event, name)


@pytest.mark.parametrize("path", ["/healthz", "/r/nothing", "/nowhere", "/v1/approvals", "/static/page.css"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "PROPFIND"])
def test_every_answer_carries_the_security_headers(sqlite_url: str, path: str, method: str) -> None:
    world = World(sqlite_url)
    response = create_app(world.gateway).test_client().open(path, method=method)
    response.close()
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    assert "Set-Cookie" not in response.headers
    assert response.status_code < 500
    world.close()


def test_a_problem_of_ours_is_a_calm_answer_that_states_nothing_about_the_inside(sqlite_url: str) -> None:
    world = World(sqlite_url)
    app = create_app(world.gateway)

    @app.get("/boom")
    def boom() -> str:
        raise RuntimeError("secret detail")

    response = app.test_client().get("/boom")
    assert response.status_code == 500
    assert "secret detail" not in response.get_data(as_text=True)
    assert response.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]
    world.close()


def test_a_person_who_opens_the_bare_address_learns_that_it_runs_and_where_to_go(sqlite_url: str) -> None:
    world = World(sqlite_url)
    page = create_app(world.gateway).test_client().get("/").get_data(as_text=True)
    assert "This gateway is running" in page
    assert 'href="/docs"' in page
    world.close()


def test_ready_only_with_a_database_that_is_migrated(bare_database_url: str, sqlite_url: str) -> None:
    bare, good = World(bare_database_url), World(sqlite_url)
    unready = create_app(bare.gateway).test_client().get("/readyz")
    assert (unready.status_code, "`approvals db upgrade`" in unready.json["detail"]) == (503, True)
    assert create_app(good.gateway).test_client().get("/readyz").status_code == 200
    bare.close()
    good.close()


def test_the_floors_are_kept() -> None:
    """import-linter's contracts, so that a breach is red here too."""
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
