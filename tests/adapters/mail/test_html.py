"""The HTML of a mail: text from outside is harmless, it loads nothing, and it fits every window."""

import re

import pytest
from playwright.sync_api import Page

from approvals.domain.model.approval import CallbackState
from approvals.domain.model.messages.topics import EventName
from approvals.domain.model.submission import Link
from tests.builders import CONTEXT, a_submission, an_approval, decided
from tests.support.domain.topics import TOPICS
from tests.support.mail.messages import (
    ALLOWED_TAGS,
    EVENTS,
    HOSTILE,
    LOWEST_CONTRAST,
    Seen,
    a_notice,
    change,
    html_of,
    text_of,
    written,
)
from tests.support.web.chromium import DARK, PHONE


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("event", EVENTS)
def test_hostile_text_is_inert_wherever_it_is(hostile: str, event: EventName) -> None:
    approval = decided(an_approval(), comment="ok") if event == "settled" else an_approval()
    content = change(
        a_submission(**CONTEXT).content(),
        title=hostile,
        requester=hostile,
        description=hostile,
        details={hostile: hostile, "nested": {hostile: [hostile, {"x": hostile}]}},
        sensitive=(hostile,),
        links=(Link(label=hostile, url=f"https://example.com/{hostile}"),),
    )
    reviewers = tuple(change(reviewer, name=hostile) for reviewer in approval.reviewers)
    approval = change(approval, decisions=tuple(change(said, comment=hostile) for said in approval.decisions))
    message = written(change(approval, content=content, reviewers=reviewers), a_notice(TOPICS[event]))
    seen = Seen(html_of(message))
    assert {tag for tag, _ in seen.tags} <= ALLOWED_TAGS
    assert not {name for _, attributes in seen.tags for name in attributes if name.startswith("on")}
    assert all(link.startswith("https://") for link in seen.links)
    assert set(message.keys()) == set(written(an_approval(), a_notice(TOPICS[event])).keys())
    assert [address.addr_spec for address in message["To"].addresses] == ["ana@example.com"]
    assert not set(text_of(message) + html_of(message) + str(message["Subject"])) & set("\x00\x1b\x07\u202e\u2066")
    assert "62615533" not in seen.text


def test_a_mail_loads_nothing_and_runs_nothing() -> None:
    html = html_of(written(an_approval(description="![x](https://tracker.example/p.png)")))
    seen = Seen(html)
    assert {tag for tag, _ in seen.tags} <= ALLOWED_TAGS
    assert not re.search(r"url\(|@import|src=", html)
    assert all(attributes.get("role") == "presentation" for tag, attributes in seen.tags if tag == "table")
    assert seen.tags[0] == ("html", {"lang": "en"})
    assert any(attributes.get("content") == "light dark" for tag, attributes in seen.tags if tag == "meta")


@pytest.mark.parametrize("page", [{}, DARK, PHONE], indirect=True, ids=["light", "dark", "phone"])
@pytest.mark.parametrize("event", ["asked", "settled"])
def test_a_mail_fits_its_window_and_can_be_read(page: Page, event: EventName) -> None:
    approval = an_approval(
        **CONTEXT, need=2, risk="high", description="**Why** `code`", details={"Key" * 40: "v" * 300}
    )
    approval = change(decided(approval, confirmation="approve"), callback=CallbackState.DELIVERED)
    page.set_content(html_of(written(approval, a_notice(TOPICS[event]))))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.querySelector('.card').getBoundingClientRect().width") <= 600
    assert page.evaluate(LOWEST_CONTRAST) >= 4.5


@pytest.mark.parametrize("page", [{}, PHONE], indirect=True, ids=["wide", "phone"])
def test_the_button_is_seen_without_scrolling(page: Page) -> None:
    page.set_content(html_of(written(an_approval(**CONTEXT, need=2, risk="high"))))
    assert page.get_by_role("link", name="Review and answer").evaluate("a => a.getBoundingClientRect().bottom") <= 500
