"""Makes the pictures of the README from a running demo: `make pictures`. Chromium draws them at twice their size."""

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))

from palette import shrink  # noqa: E402
from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402

from tests.support.chromium import ARGUMENTS, find_chromium  # noqa: E402
from tests.support.demo import run_demo  # noqa: E402

MOST_BYTES = 300 * 1024
SECONDS = 30
ONE_PROCESS = "--disable-features=IsolateSandboxedIframes"  # else the frame of the mail is drawn at half its size


def main() -> None:
    executable = find_chromium()
    if executable is None:
        sys.exit("no Chromium here: run scripts/test-machine")
    expect.set_options(timeout=SECONDS * 1000)
    with tempfile.TemporaryDirectory() as folder, run_demo(Path(folder)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*ARGUMENTS, ONE_PROCESS])
        link = picture_demo(browser, address)
        picture_review(browser, link)
        browser.close()


def picture_demo(browser: Browser, address: str) -> str:
    """The demo while a refund waits and its mail is open. Returns where the mail of another one leads."""
    page = new_page(browser, width=1360, height=900)
    page.goto(address)
    start(page, "Boots come back")
    mail(page, "ana").click()
    expect(page.frame_locator("iframe").get_by_role("link", name="Review and answer")).to_be_visible()
    page.mouse.move(0, 0)
    page.wait_for_timeout(2000)
    save(page, "demo.png")
    start(page, "A large refund")
    mail(page, "ana").click()
    page.get_by_role("link", name="Plain text").click()
    return str(page.locator("pre.letter a").filter(has_text="/r/").first.get_attribute("href"))


def picture_review(browser: Browser, link: str) -> None:
    """The review page of the large refund, its answer half given."""
    page = new_page(browser, width=820, height=1240)
    page.goto(link)
    page.get_by_text("Approve", exact=True).first.click()
    page.locator("#comment").fill("Sales confirmed the promise by mail.")
    page.locator("#comment").blur()
    page.evaluate("scrollTo(0, 0)")
    save(page, "review-page.png", full_page=True)


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
    """The mail to them about the order that is shown."""
    found = re.search(r"order=(\d+)", page.url)
    return page.locator(".mail").filter(has_text=f"order {found[1] if found else ''}").filter(has_text=f"{to}@").first


def save(page: Page, name: str, **options: Any) -> None:
    """Refuses a picture that is too heavy for a README."""
    path = HERE / name
    page.screenshot(path=path, **options)
    shrink(path)
    size = path.stat().st_size
    if size > MOST_BYTES:
        sys.exit(f"{name} has {size // 1024} kB, and {MOST_BYTES // 1024} are allowed: choose a smaller view")
    sys.stdout.write(
        f"{path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}: {size // 1024} kB\n"
    )


if __name__ == "__main__":
    main()
