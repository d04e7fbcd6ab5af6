"""The mail about several outcomes as it is read: a line for each, in the thread of the digest, small and inert."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from approvals.domain.lifecycle.digest import MOST_LINES, OutcomeDigest, OutcomeLine, importance
from approvals.domain.lifecycle.settle import cancel, expire
from approvals.domain.model.approval import Approval, CallbackState
from approvals.domain.model.messages.results import GivenUp, Sent
from tests.builders import NOW, an_approval, decided
from tests.support.mail.messages import LINK, Letterbox, change, html_of, mailer, text_of
from tests.support.web.axe import accessibility_violations
from tests.support.web.chromium import DARK, PHONE


def digest(*approvals: Approval, to: str = "ana@example.com", count: int = 0, thread: str | None = None) -> Any:
    lines = sorted((OutcomeLine(one, f"{LINK}-{n}") for n, one in enumerate(approvals)), key=importance)
    by_status = Counter(one.status for one in approvals)
    return OutcomeDigest(
        to=to, lines=tuple(lines[:MOST_LINES]), count=count or len(lines), key="abc123",
        by_status=tuple(sorted(by_status.items())), thread=thread,
    )  # fmt: skip


def written(found: OutcomeDigest) -> Any:
    letterbox = Letterbox()
    assert mailer(letterbox).send_outcomes(found) == Sent("receipt")
    [(message, _, to)] = letterbox.sent
    assert to == found.to
    return message


def approved(**changes: Any) -> Approval:
    return change(decided(an_approval(**changes), comment="Fine by me."), callback=CallbackState.DELIVERED)


def rejected(**changes: Any) -> Approval:
    said = decided(an_approval(**changes), option="reject", comment="Too dear.")
    return change(said, callback=CallbackState.TOO_LATE)


def expired(**changes: Any) -> Approval:
    return expire(an_approval(**changes), NOW + timedelta(days=7)).approval


def some() -> list[Approval]:
    return [approved(id="a", title="Refund 1"), rejected(id="b", title="Refund 2"), expired(id="c", title="Refund 3")]


def test_it_has_a_line_for_each_with_its_outcome_comments_callback_and_link() -> None:
    message = written(digest(*some()))
    text = text_of(message).replace("\r\n", "\n")
    assert message["Subject"] == "3 approvals are settled"
    assert "1 approved, 1 expired and 1 rejected." in text
    for part in (
        "Refund 1\n    Approved by ana@example.com.\n    ana@example.com: “Fine by me.”\n    The workflow has resumed.",
        "Refund 2\n    Rejected by ana@example.com.\n    ana@example.com: “Too dear.”\n    The workflow no longer ",
        "Refund 3\n    Expired: nobody answered in time.\n",
    ):
        assert part in text
    assert text.index("Refund 2") < text.index("Refund 3") < text.index("Refund 1")
    for number in range(3):
        assert f"{LINK}-{number}\n" in text
        assert f'href="{LINK}-{number}"' in html_of(message)


def test_it_is_in_the_thread_of_the_digest_that_asked() -> None:
    message = written(digest(*some(), thread="<digest.1@example.com>"))
    assert message["In-Reply-To"] == message["References"] == "<digest.1@example.com>"
    assert message["Message-ID"] == "<outcomes.abc123@example.com>"
    assert written(digest(*some()))["In-Reply-To"] is None


def test_of_hundreds_some_are_listed_and_it_stays_small() -> None:
    """Gmail hides what is beyond 102 kB of a mail."""
    long = [rejected(id=f"a{n}", title="<" * 200) for n in range(60)]
    message = written(digest(*long, count=300))
    shown = text_of(message).count("Too dear.")
    assert 10 < shown <= MOST_LINES
    for text in (text_of(message), html_of(message)):
        assert f"… and {300 - shown} more outcomes that are not listed here." in text
    assert len(html_of(message).encode()) < 100_000


def test_what_is_written_in_a_title_or_comment_stays_text() -> None:
    hostile = '<img src=x onerror="alert(1)">'
    message = written(digest(change(decided(an_approval(title=hostile), comment=hostile)), *some()))
    assert "<img" not in html_of(message)
    assert text_of(message).count(hostile) == 2


def test_it_goes_to_no_address_that_is_none() -> None:
    assert isinstance(mailer(Letterbox()).send_outcomes(digest(*some(), to="nobody")), GivenUp)


@pytest.mark.parametrize("page", [{}, DARK, PHONE], indirect=True, ids=["light", "dark", "phone"])
def test_everybody_can_read_it(page: Page) -> None:
    cancelled = cancel(an_approval(id="d"), actor="ops", reason="The order was withdrawn.", now=NOW).approval
    page.set_content(html_of(written(digest(*some(), cancelled))))
    assert accessibility_violations(page) == []
    width, wide = page.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollWidth]")
    assert wide <= width
