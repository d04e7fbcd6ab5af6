"""The demo's page in a real browser: a newcomer's way through it, by axe-core's rules, light, dark and on a phone."""

import re
from collections.abc import Callable, Generator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.processes.demo import run_demo
from tests.support.web.axe import accessibility_violations
from tests.support.web.chromium import DARK, PHONE

PATIENCE = 20_000


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    with run_demo(tmp_path_factory.mktemp("demo")) as address:
        yield address


@pytest.fixture(autouse=True)
def _patience() -> None:
    expect.set_options(timeout=PATIENCE)


def start(page: Page, address: str, title: str) -> None:
    page.goto(address)
    page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=title)).get_by_role("button").click()
    expect(page).to_have_url(re.compile("order="))
    expect(page.locator(".node.current")).to_have_attribute("data-state", "Ask finance", timeout=PATIENCE)


def order_of(page: Page) -> str:
    """The number of the order that is shown."""
    number = re.search(r"order=(\d+)", page.url)
    assert number is not None
    return number[1]


def open_mail(page: Page, number: str, to: str) -> None:
    mail = page.locator(".mail").filter(has_text=f"order {number}").filter(has_text=f"{to}@").last
    mail.click(timeout=PATIENCE)


def test_a_newcomer_starts_reads_decides_and_sees_the_end(page: Page, address: str) -> None:
    start(page, address, "Boots come back")
    open_mail(page, order_of(page), "ana")
    expect(page.locator(".steps .done")).to_have_count(2)
    with page.context.expect_page() as opened:
        page.frame_locator("iframe").get_by_role("link", name="Review and answer").click()
    review = opened.value
    review.get_by_text("Approve", exact=True).click()
    review.get_by_role("button", name="Send my answer").click()
    expect(review.get_by_role("heading", name="Approved by Ana.")).to_be_visible()
    expect(page.locator(".node.last")).to_have_attribute("data-state", "Refunded")
    expect(page.locator(".verdict")).to_have_text("Ana approved, and the workflow refunded the customer.")
    expect(page.locator(".steps .done")).to_have_count(3)


def asked(page: Page, number: str) -> Locator:
    """The message in Slack that asks about the order."""
    about = page.locator(".kit-header").filter(has_text=f"order {number}")
    return page.locator(".said").filter(has=about)


def test_one_agrees_by_a_button_in_slack_the_other_by_mail_and_no_button_is_left(page: Page, address: str) -> None:
    start(page, address, "A large refund")
    number = order_of(page)
    page.locator("#slack-ben").click()
    expect(page.locator("#slack-ben")).to_have_attribute("aria-current", "true")
    expect(page.locator("#place-dm .badge")).to_be_visible()
    assert page.locator(".side").evaluate("side => side.scrollWidth <= side.clientWidth")
    page.locator("#place-dm").click()
    asked(page, number).get_by_role("button", name="Approve", exact=True).click(timeout=PATIENCE)
    window = page.get_by_role("dialog", name="Your answer")
    expect(window.get_by_label("Comment")).to_be_focused()
    window.get_by_role("button", name="Send my answer").click()
    expect(window.get_by_text("Please complete this required field.")).to_be_visible()
    confirmation = window.get_by_label("Type “Approve” to confirm")
    expect(confirmation).to_be_focused()
    confirmation.fill("approve")
    confirmation.press("Enter")
    expect(window).to_have_count(0)
    recorded = "Your answer “Approve” is recorded. 1 of 2 needed answers so far."
    expect(page.locator(".said.private").last).to_contain_text(recorded)
    open_mail(page, number, "ana")
    with page.context.expect_page() as opened:
        page.frame_locator("iframe").get_by_role("link", name="Review and answer").click()
    review = opened.value
    review.get_by_text("Approve", exact=True).first.click()
    review.locator("#confirmation").fill("approve")
    review.get_by_role("button", name="Send my answer").click()
    expect(page.locator(".verdict")).to_have_text("Ben and Ana approved, and the workflow refunded the customer.")
    for place in ("#place-dm", "#place-channel"):
        page.locator(place).click()
        expect(asked(page, number)).to_contain_text("The workflow has resumed.")
        expect(asked(page, number).get_by_role("button", name="Approve")).to_have_count(0)


def test_a_window_in_slack_is_left_by_escape_and_gives_the_focus_back(page: Page, address: str) -> None:
    start(page, address, "Arrived damaged")
    button = asked(page, order_of(page)).get_by_role("button", name="Approve", exact=True)
    button.focus(timeout=PATIENCE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("radio").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


def test_silence_is_reminded_escalated_and_times_out(page: Page, address: str) -> None:
    start(page, address, "Nobody answers")
    number = order_of(page)
    mails = page.locator(".mail").filter(has_text=f"order {number}")
    expect(mails.filter(has_text="Your answer is still needed")).to_have_count(1)
    expect(mails.filter(has_text="clara@shop.example").filter(has_text="Now your answer is needed")).to_have_count(1)
    expect(page.locator(".node.last")).to_have_attribute("data-state", "Ask again tomorrow", timeout=2 * PATIENCE)
    expect(page.locator(".node.caught")).to_have_attribute("data-state", "Ask finance")


def test_the_frame_of_a_mail_runs_no_script(page: Page, address: str) -> None:
    start(page, address, "Arrived damaged")
    open_mail(page, order_of(page), "ana")
    frame = page.locator("iframe")
    expect(frame).to_have_attribute("sandbox", "allow-popups allow-popups-to-escape-sandbox")
    expect(page.frame_locator("iframe").get_by_role("heading", name="Refund order")).to_be_visible()


def test_it_is_driven_by_keyboard_and_keeps_the_focus(page: Page, address: str) -> None:
    page.goto(address)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the workflow")).to_be_focused()
    page.get_by_role("button").nth(2).focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("order="))
    expect(page.locator(".node.current")).to_be_visible()
    order = page.locator(f"#order-{order_of(page)}")
    order.focus()
    with page.expect_response("**/live*"):
        expect(page.locator(".mail").first).to_be_visible()
    expect(order).to_be_focused()


def test_without_javascript_links_and_forms_do_the_same(new_page: Callable[..., Page], address: str) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(address)
    page.get_by_role("button").nth(2).click()
    expect(page).to_have_url(re.compile(r"\?order=\d+$"))
    number = order_of(page)
    expect(page.get_by_role("heading", name=f"Order {number}")).to_be_visible()


@pytest.mark.parametrize("page", [{}, DARK, PHONE], indirect=True, ids=["light", "dark", "phone"])
def test_nothing_is_in_the_way_of_people_who_cannot_see_it(page: Page, address: str) -> None:
    page.goto(address)
    assert accessibility_violations(page) == []
    start(page, address, "Arrived damaged")
    open_mail(page, order_of(page), "ana")
    page.get_by_text("The state that asks finance").click()
    page.get_by_role("link", name="Plain text").click()
    expect(page.locator("pre.letter")).to_be_visible()
    asked(page, order_of(page)).get_by_role("button", name="Approve", exact=True).click(timeout=PATIENCE)
    expect(page.get_by_role("dialog")).to_be_visible()
    assert accessibility_violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
def test_a_phone_never_scrolls_sideways(page: Page, address: str) -> None:
    start(page, address, "Arrived damaged")
    open_mail(page, order_of(page), "ana")
    expect(page.locator("iframe")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
