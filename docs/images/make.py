"""Take the screenshots of the documentation from a running demo (`make pictures`), at double resolution."""

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))

from palette import shrink  # noqa: E402
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright  # noqa: E402

from tests.support.processes.demo import run_demo  # noqa: E402
from tests.support.web.chromium import ARGUMENTS, find_chromium  # noqa: E402

MOST_BYTES = 200 * 1024
SECONDS = 30
ONE_PROCESS = "--disable-features=IsolateSandboxedIframes"  # otherwise the mail's frame is drawn at half its size


def main() -> None:
    executable = find_chromium()
    if executable is None:
        sys.exit("no Chromium here: run scripts/test-machine")
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*ARGUMENTS, ONE_PROCESS])
        with new_demo() as address:
            picture_review(browser, picture_demo(browser, address))
        with new_demo() as address:
            picture_slack(browser, address)
        browser.close()


@contextmanager
def new_demo() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, run_demo(Path(folder)) as address:
        yield address


def picture_demo(browser: Browser, address: str) -> str:
    """Take the demo with a waiting refund and its mail. Return the review link of another refund."""
    page = new_page(browser, width=1360, height=860)
    page.goto(address)
    start(page, "Boots come back")
    mail(page, "ana").click()
    expect(page.frame_locator("iframe").get_by_role("link", name="Review and answer")).to_be_visible()
    page.mouse.move(0, 0)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(2000)
    save(page, "demo.png")
    start(page, "A large refund")
    mail(page, "ana").click()
    page.get_by_role("link", name="Plain text").click()
    return str(page.locator("pre.letter a").filter(has_text="/r/").first.get_attribute("href"))


def picture_review(browser: Browser, link: str) -> None:
    """Take the review page of the large refund with an option chosen."""
    page = new_page(browser, width=820, height=1240)
    page.goto(link)
    page.get_by_text("Approve", exact=True).first.click()
    page.locator("#comment").fill("Sales confirmed the promise by mail.")
    page.locator("#comment").blur()
    page.evaluate("scrollTo(0, 0)")
    save(page, "review-page.png", full_page=True)


def picture_slack(browser: Browser, address: str) -> None:
    """Take the Slack pane: Ben's direct messages after one of two has approved in the channel."""
    page = new_page(browser, width=1360, height=1190)
    page.goto(address)
    start(page, "A large refund")
    press(page, "Approve")
    page.get_by_label("Type “Approve” to confirm").fill("approve")
    page.get_by_role("button", name="Send my answer").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator("#slack-ben").click()
    expect(page.locator("#slack-ben")).to_have_attribute("aria-current", "true")
    page.locator("#place-dm").click()
    expect(page.locator(".said").last).to_contain_text("1 of 2 needed answers so far.")
    page.mouse.move(0, 0)
    save(page.locator("#slack .window"), "slack.png")


def press(page: Page, label: str) -> None:
    page.locator(".said").last.get_by_role("button", name=label, exact=True).click()


def new_page(browser: Browser, *, width: int, height: int) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=2, reduced_motion="reduce", timezone_id="UTC"
    )
    return context.new_page()


def start(page: Page, title: str) -> None:
    page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=title)).get_by_role("button").click()
    expect(page.locator("#flow h2")).to_contain_text(title)
    expect(page.locator(".node.current")).to_be_visible()


def mail(page: Page, to: str) -> Any:
    """Return the mail to a person about the order that is shown."""
    found = re.search(r"order=(\d+)", page.url)
    return page.locator(".mail").filter(has_text=f"order {found[1] if found else ''}").filter(has_text=f"{to}@").first


def save(shown: Page | Locator, name: str, **options: Any) -> None:
    """Take and shrink a screenshot. Exit if it is too large for a README."""
    path = HERE / name
    shown.screenshot(path=path, **options)
    shrink(path)
    size = path.stat().st_size
    if size > MOST_BYTES:
        sys.exit(f"{name} has {size // 1024} kB, and {MOST_BYTES // 1024} are allowed: choose a smaller view")
    sys.stdout.write(
        f"{path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}: {size // 1024} kB\n"
    )


if __name__ == "__main__":
    main()
