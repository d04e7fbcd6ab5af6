"""The inbox in a real browser: by keyboard, without JavaScript, on a phone, by axe-core's rules; and its mail."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from approvals.domain.model.approval import Status
from approvals.domain.model.forms import Form, Question
from tests.builders import CONTEXT
from tests.support.web.axe import accessibility_violations
from tests.support.web.chromium import DARK, PHONE
from tests.support.web.site import SHIP, Site, focus_by_tab, press

VIEWS: list[dict[str, Any]] = [{}, DARK, PHONE]
HOSTILE: dict[str, Any] = {
    "title": "W" * 200, "requester": "r" * 300 + "@example.com",
    "details": {"k" * 300: "v" * 700, "سلام": "שלום " * 60},
}  # fmt: skip


def fill(site: Site, **changes: Any) -> str:
    """A few of each kind; gives Ana's inbox."""
    for n in range(4):
        details = {"Order": str(1234 + n), "Amount": 420.0 + n, "Reason": "Arrived cracked"}
        first = site.submit(
            task_token=f"token-{n}",
            title=f"Refund order {1234 + n} ({420 + n} €)",
            details=details,
            **CONTEXT,
            **changes,
        )
    site.submit(task_token="high", title="Delete the customer database in production", risk="high")
    site.submit(
        task_token="form", title="Refund with questions", form=Form(properties={"sum": Question(type="number")})
    )
    site.submit(task_token="other", title="Ship release 4.2", options=SHIP)
    return site.gateway.ports.links.inbox_url(first, 0, now=site.world.clock())


def settled(site: Site) -> list[bool]:
    return [site.approval(f"id-{n:04d}").status is Status.APPROVED for n in range(1, 2 * 7, 2)]


@pytest.mark.parametrize("page", VIEWS, indirect=True, ids=["light", "dark", "phone"])
def test_nobody_is_shut_out(site: Site, page: Page) -> None:
    page.goto(fill(site))
    assert accessibility_violations(page) == []
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert accessibility_violations(page) == []
    page.get_by_label("Select all").check()
    page.get_by_role("radio", name="Approve").check()
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("4 answers recorded")
    assert accessibility_violations(page) == []


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True, ids=["no JavaScript"])
def test_it_works_without_javascript(site: Site, page: Page) -> None:
    page.goto(fill(site))
    page.get_by_label("Refund order 1235").check()
    page.get_by_label("Refund order 1237").check()
    page.get_by_role("radio", name="Approve").check()
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 answers recorded")
    page.get_by_role("link", name="See what still waits").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("5 approvals wait for your answer")
    page.get_by_role("link", name="Open to answer “Delete the customer database").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete the customer database in production")


def test_several_are_answered_by_keyboard_alone(site: Site, page: Page) -> None:
    page.goto(fill(site))
    focus_by_tab(page, "#pick-2")
    press(page, "Space")
    focus_by_tab(page, "#option")
    press(page, "Space")
    focus_by_tab(page, "button")
    press(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("1 answer recorded")


def test_what_is_selected_by_all_needs_no_ticks_of_its_own(site: Site, page: Page) -> None:
    page.goto(fill(site))
    page.get_by_label("Select all").check()
    expect(page.locator("#pick-1")).to_be_hidden()
    page.get_by_label("Select all").uncheck()
    expect(page.locator("#pick-1")).to_be_visible()


@pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
def test_nothing_runs_out_of_a_phone(site: Site, page: Page) -> None:
    first = site.submit(**HOSTILE)
    page.goto(site.gateway.ports.links.inbox_url(first, 0, now=site.world.clock()))
    width, wide = page.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollWidth]")
    assert wide <= width
    box = page.get_by_role("button").bounding_box()
    assert box is not None
    assert box["height"] >= 44
