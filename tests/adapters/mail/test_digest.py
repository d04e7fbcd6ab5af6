"""The mail of a digest: its lines and their order, its size, and harmless text."""

from typing import Any

import pytest
from playwright.sync_api import Page

from approvals.domain.lifecycle.digest import MOST_LINES, Digest, DigestLine, urgency
from approvals.domain.model.approval import Approval
from approvals.domain.model.messages.results import GivenUp, Sent
from tests.builders import CONTEXT, an_approval
from tests.support.mail.messages import LINK, Letterbox, mailer, text_of
from tests.support.web.axe import accessibility_violations
from tests.support.web.chromium import DARK, PHONE

INBOX = LINK.replace("/r/", "/i/")


def digest(*approvals: Approval, to: str = "ana@example.com", count: int | None = None) -> Digest:
    lines = sorted((DigestLine(approval, 0) for approval in approvals), key=urgency)[:MOST_LINES]
    high = sum(approval.content.risk == "high" for approval in approvals)
    return Digest(to=to, lines=tuple(lines), count=count or len(approvals), high_risk=high, key="abc123")


def written(found: Digest) -> Any:
    letterbox = Letterbox()
    assert mailer(letterbox).send_digest(found, link=INBOX) == Sent("receipt")
    [(message, _, to)] = letterbox.sent
    assert to == found.to
    return message


def html_of(message: Any) -> str:
    return str(message.get_body(("html",)).get_content())


def several(count: int = 3) -> list[Approval]:
    return [an_approval(id=f"a{n}", title=f"Refund {n}", timeout_seconds=7200 - n, **CONTEXT) for n in range(count)]


def test_it_lists_what_waits_with_one_link_for_all() -> None:
    message = written(digest(*several(), an_approval(id="b", title="Drop the table", risk="high", requester=None)))
    text = text_of(message)
    assert message["Subject"] == "4 approvals wait for your answer (1 high risk)"
    assert text.count("https://") == text.count(INBOX) == 1
    for part in (
        "HIGH RISK: Drop the table",
        "Refund 0",
        "Asked by rhea@example.com; answer by Mon 2 Mar 2026, 11:25 UTC",
    ):
        assert part in text
    assert text.index("Drop the table") < text.index("Refund 2") < text.index("Refund 1") < text.index("Refund 0")
    assert html_of(message).count("href=") == 1
    assert f'href="{INBOX}"' in html_of(message)
    assert "HIGH RISK. One of them: it is answered on a page of its own." in text
    assert "Do not forward this mail" in text


def test_it_is_a_thread_of_its_own_and_the_same_when_it_is_sent_again() -> None:
    first, again = written(digest(*several())), written(digest(*several()))
    assert first["Message-ID"] == again["Message-ID"] == "<digest.abc123@example.com>"
    assert first["References"] is None
    assert first["Auto-Submitted"] == "auto-generated"


def test_of_hundreds_some_are_listed_and_it_stays_small() -> None:
    """Gmail hides what is beyond 102 kB of a mail."""
    long = [an_approval(id=f"a{n}", title="T" * 200, requester="r" * 300) for n in range(60)]
    message = written(digest(*long, count=1200))
    assert "… and 1150 more on the page." in text_of(message)
    assert "… and 1150 more on the page." in html_of(message)
    assert len(html_of(message).encode()) < 100_000


def test_what_a_title_holds_stays_text() -> None:
    message = written(digest(an_approval(title='<img src=x onerror="alert(1)">'), *several(1)))
    assert "<img" not in html_of(message)
    assert '<img src=x onerror="alert(1)">' in text_of(message)


def test_it_goes_to_no_address_that_is_none() -> None:
    assert isinstance(mailer(Letterbox()).send_digest(digest(*several(), to="nobody"), link=INBOX), GivenUp)


@pytest.mark.parametrize("page", [{}, DARK, PHONE], indirect=True, ids=["light", "dark", "phone"])
def test_everybody_can_read_it(page: Page) -> None:
    page.set_content(html_of(written(digest(*several(), an_approval(id="b", risk="high")))))
    assert accessibility_violations(page) == []
    width, wide = page.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollWidth]")
    assert wide <= width
