"""The review page on small screens, and by axe-core's rules in whatever state it is."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.web.axe import accessibility_violations
from tests.support.web.chromium import PHONE
from tests.support.web.site import FORM, FULL, HOSTILE, SHIP, Site
from tests.web.states import STATES, pending


class TestSmallScreens:
    @pytest.mark.parametrize(
        "page",
        [PHONE, {"viewport": {"width": 320, "height": 640}}, {"viewport": {"width": 640, "height": 400}}],
        indirect=True,
        ids=["phone", "320 pixels", "1280 pixels at 200 %"],
    )
    @pytest.mark.parametrize("content", [FULL, HOSTILE], ids=["usual", "hostile"])
    def test_nothing_scrolls_sideways(self, content: dict[str, Any], site: Site, page: Page) -> None:
        page.goto(site.open(**content))
        page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        wide = """all => all.filter(one => one.getBoundingClientRect().right > window.innerWidth + 1
            && !one.closest('.wide, .unseen, .skip')).map(one => one.outerHTML.slice(0, 200))"""
        assert page.locator("main *").evaluate_all(wide) == []

    @pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
    def test_what_a_thumb_must_hit_is_large_enough(self, site: Site, page: Page) -> None:
        page.goto(site.open(**FULL, form=FORM))
        for target in page.locator(".option, .choice, button, form input[type=number], form textarea, select").all():
            box = target.bounding_box()
            assert box is not None
            assert box["height"] >= 44


@pytest.mark.parametrize("scheme", ["light", "dark"])
class TestAccessibility:
    @pytest.mark.parametrize("url_of", STATES, ids=lambda state: state.__name__)
    def test_axe_finds_nothing(
        self, url_of: Callable[[Site], str], scheme: str, site: Site, new_page: Callable[..., Page]
    ) -> None:
        page = new_page(color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
        page.goto(url_of(site))
        page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
        assert accessibility_violations(page) == []

    @pytest.mark.parametrize("option", [None, "Ship it", "Hold back"])
    def test_nor_with_something_to_correct(
        self, option: str | None, scheme: str, site: Site, new_page: Callable[..., Page]
    ) -> None:
        page = new_page(color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
        page.goto(site.open(**FULL, form=FORM, risk="high", options=SHIP))
        if option:
            page.get_by_role("radio", name=option).check()
        page.get_by_role("button").click()
        expect(page.get_by_role("alert")).to_be_visible()
        assert accessibility_violations(page) == []

    def test_nor_beside_the_answer(self, scheme: str, site: Site, new_page: Callable[..., Page]) -> None:
        page = new_page(color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
        page.goto(pending(site))
        page.get_by_text("Not ready to answer?").click()
        page.get_by_label("Reassign it to somebody else").fill("zoe")
        page.get_by_role("button", name="Reassign it").click()
        expect(page.get_by_role("alert")).to_be_focused()
        assert accessibility_violations(page) == []
