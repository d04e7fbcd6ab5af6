"""The pages behind a real nginx, in a browser: at a host of their own, and under a path, left or removed."""

import re

import pytest
from playwright.sync_api import Page, Response, expect

from tests.support.web.nginx import Proxied
from tests.support.web.site import Site
from tests.support.wheel import ROOT
from tests.web.states import pending

AT_ITS_OWN_HOST, UNDER_A_PATH = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs/how-to/run.md").read_text(), re.DOTALL)
GATEWAY = "http://127.0.0.1:8000"
OF_COMPOSE = (
    (ROOT / "deploy/nginx.conf").read_text().replace("listen 8080;", "").replace("http://gateway:8000", GATEWAY)
)
SERVERS = {
    "compose": (OF_COMPOSE, ""),
    "a host of its own": (AT_ITS_OWN_HOST, ""),
    "the path is left": (UNDER_A_PATH, "/approvals"),
    "the path is removed": (UNDER_A_PATH.replace(f"{GATEWAY};", f"{GATEWAY}/;"), "/approvals"),
    "two slashes are left": (f"server {{ location /approvals {{ proxy_pass {GATEWAY}/; }} }}", "/approvals"),
}


@pytest.fixture(params=SERVERS.values(), ids=SERVERS)
def proxied(request: pytest.FixtureRequest, site: Site, nginx: Proxied) -> Site:
    http, path = request.param
    site.be_reached_at(nginx(http.replace(GATEWAY, site.gateway.public_url)) + path)
    return site


def test_a_person_answers_through_the_proxy(proxied: Site, page: Page) -> None:
    failed: list[str] = []
    page.on("response", lambda response: _note(response, failed))
    page.goto(pending(proxied))
    assert page.evaluate("document.styleSheets[0].cssRules.length") > 50
    page.get_by_text("Not ready to answer?").click()
    page.get_by_label("Ask a question").fill("Which parcel?")
    page.get_by_role("button", name="Send my question").click()
    expect(page.get_by_role("status")).to_contain_text("Your question was sent.")
    page.get_by_label("Approve").check()
    page.get_by_role("button", name="Send my answer").click()
    expect(page.get_by_role("heading", name="You answered “Approve”.")).to_be_visible()
    assert [decision.option for decision in proxied.approval().decisions] == ["approve"]
    assert failed == []


def _note(response: Response, failed: list[str]) -> None:
    if response.status >= 400:
        failed.append(f"{response.status} {response.url}")
