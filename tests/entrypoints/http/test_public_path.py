"""A public URL with a path: each address on a page has it, and requests are understood with and without it."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approvals.adapters.security.signed_links import SignedLinks
from approvals.entrypoints.app import create_app
from approvals.flows.gateway import Gateway
from tests.builders import a_submission
from tests.e2e.whole import hidden_fields
from tests.entrypoints.api.api_client import LEAST, Api
from tests.fakes import World

HOST = "https://tools.example.com"
OURS = {"Sec-Fetch-Site": "same-origin"}
Way = Callable[[str, str], str]
"""What a proxy makes of a path, given the public one."""
WAYS: dict[str, Way] = {
    "the proxy leaves the path": lambda path, _: path,
    "the proxy removes it": lambda path, base: path.removeprefix(base) or "/",
    "the proxy leaves two slashes": lambda path, base: "/" + path.removeprefix(base),
}


def gateway_at(world: World, base: str) -> Gateway:
    url = f"{HOST}{base}"
    links = SignedLinks(["a-signing-key-of-thirty-two-chars"], public_url=url, lifetime=timedelta(days=7))
    return world.another(public_url=url, links=links)


class Browser:
    """A browser before a proxy. It opens addresses of the public host only."""

    def __init__(self, world: World, base: str, way: Way) -> None:
        self.gateway, self._base, self._way = gateway_at(world, base), base, way
        self.client: FlaskClient = create_app(self.gateway).test_client()

    def open(self, address: str, *, method: str = "GET", **options: Any) -> Any:
        path = address.removeprefix(HOST)
        assert f"{path}/".startswith(f"{self._base}/"), f"{address} leads away from the gateway"
        path, _, query = path.partition("?")
        arriving = {"PATH_INFO": self._way(path, self._base)}  # not as an address: it may begin with two slashes
        return self.client.open(
            query_string=query, environ_overrides=arriving, method=method, headers=OURS, buffered=True, **options
        )

    def submit(self) -> str:
        return self.gateway.submit(a_submission(), caller="tests").approval_id


def addresses(html: str) -> list[str]:
    """All addresses of this host that a page names."""
    found = re.findall(r'(?:href|src|action)="([^"]+)"', html)
    return [unescape(one) for one in found if one.startswith(("/", HOST))]


@pytest.fixture(params=WAYS.values(), ids=WAYS)
def browser(request: pytest.FixtureRequest, world: World) -> Browser:
    return Browser(world, "/team/approvals", request.param)


def test_the_page_has_its_style_and_takes_the_answer(browser: Browser) -> None:
    link = browser.gateway.link(browser.submit(), 0)
    page = browser.open(link)
    assert page.status_code == 200
    for address in addresses(page.text):
        assert browser.open(address).status_code in (200, 405), address  # 405: where a form is sent
    sent = browser.open(link, method="POST", data={**hidden_fields(page.text), "option": "approve"})
    assert sent.status_code == 303
    assert "Approved" in browser.open(sent.headers["Location"]).text


def test_an_action_comes_back_to_the_page(browser: Browser) -> None:
    page = browser.open(browser.gateway.link(browser.submit(), 0)).text
    [ask] = [address for address in addresses(page) if address.endswith("/ask")]
    sent = browser.open(ask, method="POST", data={**hidden_fields(page), "text": "Which order?"})
    assert "Your question was sent." in browser.open(sent.headers["Location"]).text


def test_the_inbox_and_its_pages_lead_to_each_other(browser: Browser, world: World) -> None:
    for number in range(52):
        browser.gateway.submit(a_submission(task_token=f"token-{number}", title=f"Refund {number}"), caller="tests")
    inbox = browser.gateway.ports.links.inbox_url("id-0001", 0, now=world.clock())
    page = browser.open(inbox)
    older = [address for address in addresses(page.text) if "before=" in address]
    assert (page.status_code, len(older)) == (200, 1)
    assert "The newest" in browser.open(older[0]).text
    for address in addresses(page.text):
        assert browser.open(address).status_code == 200, address


def test_an_expired_link_and_a_refused_post_lead_back_under_the_path(browser: Browser, world: World) -> None:
    link = browser.gateway.link(browser.submit(), 0)
    refused = browser.client.post(link.removeprefix(HOST))
    assert f'href="{link.removeprefix(HOST)}"' in refused.text
    world.clock.forward(days=8)
    assert f'action="{link.removeprefix(HOST)}/fresh"' in browser.open(link).text


@pytest.mark.parametrize("path", ["", "/", "/docs"])
def test_the_pages_for_programmers_lead_to_each_other(browser: Browser, path: str) -> None:
    page = browser.open(f"{HOST}/team/approvals{path}")
    assert page.status_code == 200
    for address in addresses(page.text):
        assert browser.open(address).status_code == 200, address


def test_the_api_names_its_addresses_with_the_path(world: World) -> None:
    api = Api(world, gateway=gateway_at(world, "/approvals"))
    created = api.call("POST", "/v1/approvals", scope="submit", json=LEAST)
    assert created.headers["Location"] == f"/approvals/v1/approvals/{created.json['id']}"
    assert api.client.get("/approvals/openapi.json").json["servers"] == [{"url": f"{HOST}/approvals"}]
    assert f"curl {HOST}/approvals/v1/approvals" in unescape(api.client.get("/docs").text)
    assert api.client.get("/approvals/v1/nothing").mimetype == "application/problem+json"


@pytest.mark.parametrize("base", ["/r", "/v1", "/static", "/i/r"])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_public_path_that_begins_as_one_of_ours_is_told_from_it(world: World, base: str, way: Way) -> None:
    browser = Browser(world, base, way)
    page = browser.open(browser.gateway.link(browser.submit(), 0))
    assert page.status_code == 200
    for address in addresses(page.text):
        assert browser.open(address).status_code in (200, 405), address
    assert browser.open(f"{HOST}{base}/v1/approvals").status_code == 401


def test_without_a_public_path_none_is_removed(client: FlaskClient) -> None:
    assert client.get("/approvals/healthz").status_code == 404
    assert client.get("/healthz").status_code == 200


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(segments=st.lists(st.from_regex(r"[A-Za-z0-9_~-]{1,9}", fullmatch=True), min_size=1, max_size=3))
def test_any_path_works_with_and_without_the_proxy_removing_it(world: World, segments: list[str]) -> None:
    base = "/" + "/".join(segments)
    client = create_app(world.another(public_url=f"{HOST}{base}")).test_client()
    for path in (f"{base}/r/x", "/r/x", f"/{base}/r/x", "//r/x"):
        page = client.get(environ_overrides={"PATH_INFO": path}).text
        assert f'href="{base}/static/page.css"' in page
