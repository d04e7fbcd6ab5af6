"""Accessibility checks of a page by axe-core's rules."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def accessibility_violations(page: Page, *, tags: list[str] = WCAG) -> list[str]:
    """Return one line per violation, to be compared with []: the rule, its help text and the elements."""
    if not AXE.exists():
        pytest.skip("no axe-core here: run scripts/test-machine")
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("tags => axe.run({runOnly: tags})", tags)
    return [f"{rule['id']}: {rule['help']}: {[node['html'] for node in rule['nodes']]}" for rule in found["violations"]]
