"""The review page in a real browser: by keyboard, without JavaScript, for scanners, and what it does by itself."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import APIResponse, Page, expect

from approvals.domain.model.messages.results import TryAgain
from approvals.domain.model.policy import Policy
from tests.support.aws.state_machines import eventually
from tests.support.web.site import FORM, FULL, IN_TURN, SHIP, Site, focus_by_tab, press


def test_one_decides_by_keyboard_alone(site: Site, page: Page) -> None:
    page.goto(site.open(risk="high", options=SHIP))
    focus_by_tab(page, "#option")
    press(page, "ArrowDown", "ArrowUp", "Tab")
    page.keyboard.type("by keyboard")
    focus_by_tab(page, "#confirmation")
    page.keyboard.type("ship it")
    focus_by_tab(page, "#answer button")
    press(page, "Enter")
    expect(page.get_by_role("heading", level=2).first).to_have_text("Approved with “Ship it” by Ana.")
    assert [d.comment for d in site.approval().decisions] == ["by keyboard"]


def test_the_skip_link_is_the_first_stop(site: Site, page: Page) -> None:
    page.goto(site.open())
    press(page, "Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    press(page, "Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True, ids=["no JavaScript"])
def test_it_works_without_javascript(site: Site, page: Page) -> None:
    page.goto(site.open(form=FORM, risk="high"))
    expect(page.get_by_text("Answer by Mon 9 Mar 2026, 09:30 UTC, in 7 days.")).to_be_visible()
    page.get_by_role("radio", name="Approve").check()
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("“Amount to refund” is required.")
    page.get_by_label("Amount to refund").fill("420")
    page.get_by_role("radio", name="Card").check()
    page.get_by_label("to confirm").fill("approve")
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", name="Approved by Ana.")).to_be_visible()
    assert site.approval().decisions[0].form == {"sum": 420, "pay": "Card", "tell": False}


def test_what_is_wrong_is_read_out_first_and_leads_to_its_field(site: Site, page: Page) -> None:
    page.goto(site.open(policy=Policy(stages=IN_TURN.stages, comment="required")))
    page.get_by_label("Comment").fill("kept")
    page.get_by_role("button", name="Send my answer").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page).to_have_title("Error: Refund order 1234 (420 €) · Your answer is needed")
    page.get_by_role("link", name="Choose an answer.").click()
    expect(page.get_by_role("radio", name="Approve")).to_be_focused()
    expect(page.get_by_label("Comment")).to_have_value("kept")
    assert not site.approval().decisions


def test_the_confirmation_is_asked_for_only_where_it_is_needed(site: Site, page: Page) -> None:
    page.goto(site.open(risk="high", options=SHIP))
    confirmation = page.get_by_label("Type “Ship it” to confirm")
    expect(confirmation).to_be_hidden()
    page.get_by_role("radio", name="Ship it").check()
    expect(confirmation).to_be_visible()
    page.get_by_role("radio", name="Hold back").check()
    expect(confirmation).to_be_hidden()


def test_the_button_takes_the_colour_of_the_answer(site: Site, page: Page) -> None:
    page.goto(site.open(options=SHIP))

    def colour() -> str:
        page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
        return str(page.locator("#answer button").evaluate("button => getComputedStyle(button).backgroundColor"))

    colours = [colour()]
    for name in ("Ship it", "Hold back"):
        page.get_by_role("radio", name=name).check()
        colours.append(colour())
    assert len(set(colours)) == 3


def test_one_may_change_ones_answer_while_others_are_asked(site: Site, page: Page) -> None:
    page.goto(site.open(policy=IN_TURN))
    page.get_by_role("radio", name="Approve").check()
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", name="You answered “Approve”.")).to_be_visible()
    expect(page.get_by_role("button")).to_be_hidden()
    page.get_by_text("Change my answer").first.click()
    expect(page.get_by_role("radio", name="Approve")).to_be_checked()
    page.get_by_role("radio", name="Reject").check()
    page.get_by_label("Comment").fill("on second thoughts")
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", name="Rejected by Ana.")).to_be_visible()


class TestScanners:
    def test_nothing_that_a_mail_scanner_does_decides(self, site: Site, page: Page) -> None:
        url = site.open(**FULL)
        before = site.approval()
        fetch: Callable[..., APIResponse] = page.request.fetch
        for method in ("HEAD", "GET", "GET"):
            assert fetch(url, method=method).status == 200
        page.goto(url)
        page.wait_for_load_state("networkidle")
        ours = [
            href
            for href in page.locator("a").evaluate_all("all => all.map(a => a.href)")
            if site.gateway.public_url in href
        ]
        for href in ours:
            fetch(href)
        page.get_by_role("button").click()  # it presses buttons, too
        expect(page.get_by_role("alert")).to_contain_text("Choose an answer.")
        page.get_by_role("button").click()
        assert site.approval() == before
        assert page.context.cookies() == []

    def test_nor_what_one_does_with_an_expired_link_but_asking_for_a_fresh_one(self, site: Site, page: Page) -> None:
        url = site.open(**FULL)
        site.world.clock.forward(days=8)
        assert page.goto(url).status == 410  # type: ignore[union-attr]
        page.get_by_label("Send a new link to that address").check()
        page.get_by_role("button", name="Send me a fresh link").click()
        expect(page.get_by_role("status")).to_contain_text("a fresh link is on its way")
        assert not site.approval().decisions


def _answered_but_not_told(site: Site, page: Page) -> None:
    site.world.callbacks.results = [TryAgain("throttled")]
    url = site.open()
    site.decide("id-0001", reviewer=0)
    page.clock.install()
    page.goto(url)


class TestComfort:
    @pytest.mark.parametrize("page", [{"timezone_id": "Asia/Tokyo", "locale": "en-GB"}], indirect=True, ids=["Tokyo"])
    def test_times_are_the_viewers_and_keep_the_absolute_one(self, site: Site, page: Page) -> None:
        page.goto(site.open())
        deadline = page.locator(".due time")
        expect(deadline).to_contain_text("18:30")  # 09:30 UTC
        expect(deadline).to_have_attribute("title", "Mon 9 Mar 2026, 09:30 UTC")
        expect(deadline).to_have_attribute("datetime", "2026-03-09T09:30:00+00:00")

    def test_the_countdown_runs_whatever_the_devices_clock_shows(self, site: Site, page: Page) -> None:
        url = site.open(timeout_seconds=600)
        site.world.clock.forward(minutes=6)
        page.clock.install(time="2001-01-01T00:00:00Z")
        page.goto(url)
        left = page.locator("[data-countdown]")
        expect(left).to_have_text(re.compile(r"in (3 minutes|2 minutes 5\d seconds)"))
        page.clock.run_for(60_000)
        expect(left).to_have_text(re.compile(r"in (2 minutes|1 minute 5\d seconds)"))
        page.clock.run_for(120_000)
        expect(left).to_have_text("time is up")

    def test_it_looks_by_itself_whether_the_workflow_has_been_told(self, site: Site, page: Page) -> None:
        _answered_but_not_told(site, page)
        expect(page.get_by_text("We cannot reach the workflow yet")).to_be_visible()
        site.world.clock.forward(seconds=10)
        site.world.deliver_all()
        page.clock.run_for(2_500)
        expect(page.get_by_text("The workflow has resumed.")).to_be_visible()

    def test_it_stops_looking_after_ten_times(self, site: Site, page: Page) -> None:
        _answered_but_not_told(site, page)
        looked: list[str] = []
        page.on("requestfinished", lambda request: looked.append(request.resource_type))

        def ten_times() -> bool:
            page.clock.run_for(3_100)
            return looked.count("fetch") >= 10

        eventually(ten_times)
        for _ in range(3):  # in which it would look again
            page.clock.run_for(3_100)
            page.wait_for_timeout(50)
        assert looked.count("fetch") == 10
