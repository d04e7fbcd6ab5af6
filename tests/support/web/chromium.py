"""The system's Chromium, driven by Playwright, without downloads and without access beyond this machine.

`page` is a page in a context of its own, `new_page` creates more of them (another reviewer or device):

    @pytest.mark.parametrize("page", [DARK, PHONE], indirect=True, ids=["dark", "phone"])
"""

import shutil
from collections.abc import Callable, Generator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

NAMES = ["chromium", "chromium-browser", "google-chrome"]
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
MILLISECONDS_TO_WAIT = 10_000

DARK = {"color_scheme": "dark"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    executable = find_chromium()
    if executable is None:
        pytest.skip(f"no Chromium here ({', '.join(NAMES)}): run scripts/test-machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser) -> Generator[Callable[..., Page]]:
    """Yield a function that opens a page with the options of Playwright's `new_context`."""
    contexts: list[BrowserContext] = []

    def new_page(**options: Any) -> Page:
        context = browser.new_context(**options)
        context.set_default_timeout(MILLISECONDS_TO_WAIT)
        contexts.append(context)
        return context.new_page()

    yield new_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(request: pytest.FixtureRequest, new_page: Callable[..., Page]) -> Page:
    return new_page(**getattr(request, "param", {}))
