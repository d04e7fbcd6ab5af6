"""Mails as they are read, and the ways in which they leave: a real SMTP server, and SES as moto plays it."""

import email
import email.policy
import re
import socket
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from botocore.stub import Stubber
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends
from playwright.sync_api import Page

from approvals.adapters.aws_clients import Clients
from approvals.adapters.mail_ses import Ses
from approvals.adapters.mail_smtp import Smtp
from approvals.adapters.mail_url import SesService, SmtpServer, parse_mail_url
from approvals.adapters.mailer import Mailer
from approvals.domain.approval import Approval, CallbackState
from approvals.domain.directory import Directory, Person
from approvals.domain.errors import Misconfigured
from approvals.domain.messages import Event, GivenUp, Notice, Result, Sent, TryAgain
from approvals.domain.policy import Escalation, Group, Policy, Stage
from approvals.domain.settling import expire
from approvals.domain.submission import Link, Option
from tests.builders import CONTEXT, NOW, a_submission, an_approval, decided
from tests.support import smtp as smtp_support
from tests.support.chromium import DARK, PHONE

LINK = "https://approvals.example.com/r/WyJhcHByb3ZhbC0xIiwwLDE3NzI0NDM4MDBd.signature"
SENDER = "Approvals <approvals@example.com>"
EVENTS: list[Event] = ["asked", "reminded", "escalated", "refreshed", "settled"]
QUESTIONS = EVENTS[:4]
SLOWLY = timedelta(minutes=5)


class Letterbox:
    """A transport that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[EmailMessage, str, str]] = []

    def send(self, message: EmailMessage, *, sender: str, to: str) -> Result:
        received = email.message_from_bytes(message.as_bytes(), _class=EmailMessage, policy=email.policy.default)
        self.sent.append((received, sender, to))
        return Sent("receipt")


def mailer(transport: Any, *, at: timedelta = timedelta(0), sender: str = SENDER) -> Mailer:
    return Mailer(transport, sender=sender, clock=lambda: NOW + at)


def a_notice(event: Event = "asked", **changes: Any) -> Notice:
    return Notice(**{"event": event, "channel": "mail", "to": "ana@example.com", "reviewer": 0, **changes})


def written(
    approval: Approval, notice: Notice | None = None, *, link: str | None = LINK, at: timedelta = timedelta(0)
) -> EmailMessage:
    """The mail as it arrives."""
    letterbox = Letterbox()
    assert mailer(letterbox, at=at).send(notice or a_notice(), approval, link=link) == Sent("receipt")
    [(message, _, _)] = letterbox.sent
    return message


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


class Seen(HTMLParser):
    """What is in some HTML: its visible text, the elements, where links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._hidden = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._hidden = tag if tag in ("style", "title") else self._hidden
        if tag in ("br", "p", "tr", "td", "h1", "h2", "h3", "li", "div"):
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = "" if tag == self._hidden else self._hidden

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words))

    @property
    def links(self) -> list[str]:
        return [attributes["href"] for tag, attributes in self.tags if tag == "a"]


def both(message: EmailMessage) -> list[str]:
    """The words of the text part and of the HTML part."""
    return [re.sub(r"\s+", " ", text_of(message)), Seen(html_of(message)).text]


S = TypeVar("S", bound=msgspec.Struct)


def change(value: S, **changes: Any) -> S:
    return msgspec.structs.replace(value, **changes)


# the envelope and the headers


def test_a_mail_says_who_writes_to_whom_and_when() -> None:
    message = written(an_approval(), at=timedelta(hours=1))
    assert message["From"] == SENDER
    assert message["To"] == "ana@example.com"
    assert message["Date"].datetime == NOW + timedelta(hours=1)
    assert (message["Auto-Submitted"], message["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_a_known_person_is_addressed_by_name() -> None:
    ana = Directory(people={"ana": Person(id="ana", name="Ana Müller", email="ana@example.com")})
    message = written(an_approval(directory=ana, reviewers=("ana",)))
    assert message["To"] == "Ana Müller <ana@example.com>"


def test_the_envelope_has_the_plain_addresses() -> None:
    letterbox = Letterbox()
    mailer(letterbox).send(a_notice(), an_approval(), link=LINK)
    assert letterbox.sent[0][1:] == ("approvals@example.com", "ana@example.com")


@pytest.mark.parametrize(
    ("risk", "subject"),
    [
        ("normal", "Approval needed: Refund order 1234 (420 €)"),
        ("high", "Approval needed (high risk): Refund order 1234 (420 €)"),
    ],
)
def test_the_subject_is_the_title_and_says_a_high_risk_in_words(risk: str, subject: str) -> None:
    assert written(an_approval(risk=risk))["Subject"] == subject


def test_every_line_of_a_mail_fits_into_what_smtp_carries() -> None:
    letterbox: list[bytes] = []

    class Raw:
        def send(self, message: EmailMessage, *, sender: str, to: str) -> Result:
            letterbox.append(message.as_bytes())
            return Sent(f"{sender}{to}")

    mailer(Raw()).send(a_notice(), an_approval(title="ü" * 200, description="x" * 4000), link=LINK)
    lines = letterbox[0].split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert letterbox[0].isascii()
    assert b"\n" not in b"".join(lines)


# threads


def test_all_mails_to_one_reviewer_are_one_thread() -> None:
    approval = an_approval()
    first = written(approval)
    others = [written(approval, a_notice("reminded", count=1)), written(approval, a_notice("refreshed", count=1))]
    others.append(written(decided(approval, reviewer=1), a_notice("settled")))
    assert first["Message-ID"] == "<approval-1.0.asked.0@example.com>"
    assert "In-Reply-To" not in first
    root = first["References"]
    for message in others:
        assert message["In-Reply-To"] == first["Message-ID"]
        assert message["References"].split() == [root, first["Message-ID"]]
        assert message["Subject"] == f"Re: {first['Subject']}"
    assert len({m["Message-ID"] for m in (first, *others)}) == 4


def test_the_same_notice_has_the_same_message_id_whenever_it_is_written() -> None:
    early, late = written(an_approval()), written(an_approval(), at=timedelta(days=1))
    assert early["Message-ID"] == late["Message-ID"]


def test_two_reviewers_have_two_threads() -> None:
    ana = written(an_approval())
    ben = written(an_approval(), a_notice(to="ben@example.com", reviewer=1))
    assert ana["Message-ID"] != ben["Message-ID"]
    assert ana["References"] != ben["References"]


def test_whoever_comes_in_by_escalation_gets_a_first_mail_and_no_answer_to_one_they_never_got() -> None:
    stage = Stage(
        groups=(Group(from_=("ana@example.com",)),),
        escalate=(Escalation(after="1h", to=("ben@example.com",)), Escalation(after="2h", to=("cleo@example.com",))),
    )
    approval = an_approval(policy=Policy(stages=(stage,)))
    reviewers = [change(r, seats=((0, 0),)) for r in approval.reviewers]  # as they sit once they have joined
    approval = change(approval, reviewers=tuple(reviewers))
    cleo = written(approval, a_notice("escalated", to="cleo@example.com", reviewer=2, count=1))
    assert "In-Reply-To" not in cleo
    assert not cleo["Subject"].startswith("Re:")
    reminder = written(approval, a_notice("reminded", to="cleo@example.com", reviewer=2, count=1))
    assert reminder["In-Reply-To"] == cleo["Message-ID"]


def test_a_reviewer_of_a_later_stage_gets_a_first_mail_when_that_begins() -> None:
    stages = (Stage(groups=(Group(from_=("ana@example.com",)),)), Stage(groups=(Group(from_=("ben@example.com",)),)))
    approval = decided(an_approval(policy=Policy(stages=stages)))
    ben = written(approval, a_notice(to="ben@example.com", reviewer=1, count=1))
    assert "In-Reply-To" not in ben


def test_a_shared_address_has_a_thread_whose_name_does_not_show_it() -> None:
    stage = Stage(groups=(Group(from_=("ana@example.com",)),), notify=("mail:team@example.com",))
    approval = an_approval(policy=Policy(stages=(stage,)))
    asked, settled = (
        written(approval, a_notice(event, to="team@example.com", reviewer=None), link=None)
        for event in ("asked", "settled")
    )
    assert settled["In-Reply-To"] == asked["Message-ID"]
    assert "team" not in asked["Message-ID"]
    other = written(approval, a_notice(to="other@example.com", reviewer=None), link=None)
    assert other["Message-ID"] != asked["Message-ID"]


# what is said


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("asked", "rhea@example.com asks for your answer"),
        ("reminded", "have not answered yet"),
        ("escalated", "you may answer as well"),
        ("refreshed", "You asked for a new link"),
    ],
)
def test_each_question_says_why_it_comes_and_leads_to_the_page(event: Event, words: str) -> None:
    message = written(an_approval(**CONTEXT), a_notice(event))
    for said in both(message):
        assert words in said
        assert "Refund order 1234 (420 €)" in said
        assert "Mon 9 Mar 2026, 09:30 UTC, in 7 days" in said
        assert "Without an answer by then it expires" in said
        assert "Approve, Reject" in said
        assert "One answer is enough." in said
        assert re.search(r"Order:? 1234 ?Amount:? 420", said)
        assert re.search(r"Workflow:? refunds ?Execution:? order-1234 ?Step:? Wait for finance", said)
        assert "Do not forward this mail: the link is yours and answers in your name." in said
        assert "Review and answer" in said
    assert LINK in text_of(message)
    assert Seen(html_of(message)).links == [LINK]


def test_an_escalation_that_replaces_says_so() -> None:
    step = Escalation(after="1h", to=("ben@example.com",), mode="replace")
    approval = an_approval(
        policy=Policy(stages=(Stage(groups=(Group(from_=("ana@example.com",)),), escalate=(step,)),))
    )
    for said in both(written(approval, a_notice("escalated", to="ben@example.com", reviewer=1))):
        assert "you are asked instead" in said


def test_the_time_left_is_counted_from_when_the_mail_is_written() -> None:
    for said in both(written(an_approval(timeout_seconds=5 * 3600), at=timedelta(minutes=105))):
        assert "in 3 hours" in said


def test_a_high_risk_is_said_at_the_top_and_a_normal_one_is_not() -> None:
    for said in both(written(an_approval(risk="high"))):
        assert re.search("high risk", said[:200], re.IGNORECASE)
    for said in both(written(an_approval())):
        assert not re.search("high risk", said, re.IGNORECASE)


def test_earlier_answers_and_progress_are_told() -> None:
    approval = decided(an_approval(need=2), reviewer=1, comment="Looks right.")
    for said in both(written(approval, a_notice("reminded", count=1))):
        assert "1 of 2 so far." in said
        assert "ben@example.com" in said
        assert "“Looks right.”" in said


def test_the_options_are_named_but_only_the_page_takes_an_answer() -> None:
    options = (Option(id="ship", label="Ship it", side="approve"), Option(id="hold", label="Hold", side="reject"))
    message = written(an_approval(options=options))
    seen = Seen(html_of(message))
    assert "Ship it, Hold" in seen.text
    assert seen.links == [LINK]
    assert not {"form", "button", "input"} & {tag for tag, _ in seen.tags}


def test_a_shared_address_gets_no_link_and_is_told_so() -> None:
    message = written(an_approval(), a_notice(to="team@example.com", reviewer=None), link=None)
    assert Seen(html_of(message)).links == []
    for said in both(message):
        assert "This mail is for information." in said
        assert "Review and answer" not in said


def test_sensitive_details_are_named_but_not_in_the_mail() -> None:
    details = {"Order": "1234", "Card": {"Number": "4111-1111", "Holder": "Jo Secret"}}
    message = written(an_approval(details=details, sensitive=("Card",)))
    for said in both(message):
        assert re.search(r"Card:? \(?on the page only", said)
    for secret in ("4111-1111", "Jo Secret", "Holder"):
        assert secret not in message.as_string() + text_of(message) + html_of(message)


def test_no_mail_holds_the_task_token() -> None:
    for event in EVENTS:
        message = written(an_approval(), a_notice(event))
        assert a_submission().task_token not in text_of(message) + html_of(message)


def test_the_description_is_markdown_as_html_and_its_source_as_text() -> None:
    message = written(an_approval(description="**Both** items, [checked](https://warehouse.example/77)"))
    assert "**Both** items, [checked](https://warehouse.example/77)" in text_of(message)
    assert "<strong>Both</strong> items" in html_of(message)
    assert "checked (warehouse.example)" in Seen(html_of(message)).text


def test_a_link_shows_its_host_beside_its_label() -> None:
    message = written(an_approval(links=(Link(label="Your bank", url="https://evil.example/bank"),)))
    seen = Seen(html_of(message))
    assert re.search(r"Your bank\s+evil\.example", seen.text)
    assert seen.links == [LINK, "https://evil.example/bank"]
    assert "Your bank <https://evil.example/bank>" in text_of(message)


def test_long_values_and_many_rows_are_cut_with_a_word_where_the_rest_is() -> None:
    details = {"Long": "x" * 50_000, **{f"Row {n}": n for n in range(60)}}
    message = written(an_approval(details=details, description="word " * 3000))
    for said in both(message):
        assert "x" * 299 + "…" in said
        assert "x" * 300 not in said
        assert "… and 21 more on the page." in said
        assert "There is more on the page." in said
        assert "Row 38" in said
        assert "Row 39" not in said


def test_the_largest_submission_makes_a_mail_that_clients_do_not_clip() -> None:
    details = {f"Row {n} " + "k" * 100: "<" * 500 for n in range(90)}
    approval = an_approval(
        details=details,
        description="[a](https://b.example)\n\n" * 600,
        links=tuple(Link(label="l" * 100, url="https://example.com/" + "p" * 1000) for _ in range(20)),
    )
    assert len(html_of(written(approval)).encode()) < 102_000  # beyond which Gmail hides the rest


# how it ended


def settled(approval: Approval, state: CallbackState, detail: str = "") -> EmailMessage:
    return written(change(approval, callback=state, callback_detail=detail), a_notice("settled"))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (CallbackState.DELIVERED, "The workflow has resumed."),
        (CallbackState.WAITING, "it has not confirmed yet"),
        (CallbackState.TOO_LATE, "The workflow no longer waited"),
        (CallbackState.FAILED, "The workflow could not be told: wrong Region."),
        (CallbackState.UNCONFIRMED, "could not be verified"),
        (CallbackState.NONE, "The workflow was not told"),
    ],
)
def test_a_settled_mail_says_who_decided_what_and_what_the_workflow_knows(state: CallbackState, words: str) -> None:
    message = settled(decided(an_approval(), comment="ok by me"), state, "wrong Region")
    for said in both(message):
        assert "Approved by ana@example.com." in said
        assert "“ok by me”" in said
        assert words in said
        assert "See the record" in said
        assert "Review and answer" not in said
        assert "Possible answers" not in said


@pytest.mark.parametrize(
    ("approval", "tone"),
    [
        (decided(an_approval()), "approved"),
        (decided(an_approval(), option="reject"), "rejected"),
        (expire(an_approval(), NOW + timedelta(days=7)).approval, "neutral"),
    ],
)
def test_an_outcome_has_its_colour(approval: Approval, tone: str) -> None:
    seen = Seen(html_of(settled(approval, CallbackState.DELIVERED)))
    tones = {attributes.get("class") for _, attributes in seen.tags} & {"approved", "rejected", "neutral"}
    assert tones == {tone}


# what others wrote


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "line\r\nBcc: everyone@example.com\r\n\r\nbody",
    "\x00\x1b[31m\x07",
    "\u202etxt.exe\u2066",
    "=?utf-8?q?encoded?=",
    "&lt;b&gt;",
    "</td></table></body></html>",
    "' onmouseover='alert(1)",
    "<!--[if mso]>",
]
ALLOWED_TAGS = {
    "html", "head", "meta", "title", "style", "body", "div", "table", "tbody", "thead", "tr", "td", "th", "p", "h1",
    "h2", "h3", "h4", "h5", "h6", "a", "strong", "em", "s", "bdi", "br", "hr", "ul", "ol", "li", "code", "pre",
    "blockquote",
}  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("event", EVENTS)
def test_hostile_text_is_inert_wherever_it_stands(hostile: str, event: Event) -> None:
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
    message = written(change(approval, content=content, reviewers=reviewers), a_notice(event))
    seen = Seen(html_of(message))
    assert {tag for tag, _ in seen.tags} <= ALLOWED_TAGS
    assert not {name for _, attributes in seen.tags for name in attributes if name.startswith("on")}
    assert all(link.startswith("https://") for link in seen.links)
    assert set(message.keys()) == set(written(an_approval(), a_notice(event)).keys())
    assert [address.addr_spec for address in message["To"].addresses] == ["ana@example.com"]
    assert not set(text_of(message) + html_of(message) + str(message["Subject"])) & set("\x00\x1b\x07\u202e\u2066")
    assert "49" not in seen.text


@pytest.mark.parametrize(
    "hostile",
    [
        "Ana, eve@evil.example",
        'Ana" <eve@evil.example>, "',
        "Ünï, <eve@evil.example>;",
        "Ruiz, Ana, Department of Finance, Second Floor, Room 211",
        "ü" * 500,
    ],
)
def test_a_name_cannot_become_an_address(hostile: str) -> None:
    approval = an_approval()
    reviewers = (change(approval.reviewers[0], name=hostile), *approval.reviewers[1:])
    message = written(change(approval, reviewers=reviewers))
    assert [address.addr_spec for address in message["To"].addresses] == ["ana@example.com"]
    shown = message["To"].addresses[0].display_name.replace(" ", "")  # Python reads a space between encoded words
    assert len(shown) <= 60
    assert not set(shown) & set('<>,;:"')


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b",
        "ana@example.com\r\nBcc: eve@evil.example",
        "ana@example.com, eve@evil.example",
        "Ana <ana@example.com>",
        "ana\x00@example.com",
        "ana\u202e@example.com",
        "ana@exa..mple.com",
        "ana@" + "x" * 70 + ".com",
    ],
)
def test_what_is_no_address_gets_no_mail(address: str) -> None:
    letterbox = Letterbox()
    result = mailer(letterbox).send(a_notice(to=address), an_approval(), link=LINK)
    assert result == GivenUp("this is no address that mail could be sent to")
    assert letterbox.sent == []


def test_a_domain_beyond_ascii_is_written_as_dns_knows_it() -> None:
    letterbox = Letterbox()
    mailer(letterbox).send(a_notice(to="ana@bücher.example"), an_approval(), link=LINK)
    assert letterbox.sent[0][2] == "ana@xn--bcher-kva.example"


@pytest.mark.parametrize("sender", ["", "Approvals", "approvals@", "A <a@b.example>, c@d.example", "jörg@example.com"])
def test_a_sender_that_is_none_is_refused_at_the_start(sender: str) -> None:
    with pytest.raises(Misconfigured, match="is no sender"):
        mailer(Letterbox(), sender=sender)


@pytest.mark.parametrize(
    "sender", ["approvals@example.com", "<approvals@example.com>", '"Approvals" <approvals@example.com>']
)
def test_a_sender_may_be_written_in_all_usual_ways(sender: str) -> None:
    letterbox = Letterbox()
    mailer(letterbox, sender=sender).send(a_notice(), an_approval(), link=LINK)
    assert letterbox.sent[0][1] == "approvals@example.com"


# how it looks


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
def test_a_mail_fits_its_window_and_can_be_read(page: Page, event: Event) -> None:
    approval = an_approval(
        **CONTEXT, need=2, risk="high", description="**Why** `code`", details={"Key" * 40: "v" * 300}
    )
    approval = change(decided(approval, confirmation="approve"), callback=CallbackState.DELIVERED)
    page.set_content(html_of(written(approval, a_notice(event))))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.querySelector('.card').getBoundingClientRect().width") <= 600
    assert page.evaluate(LOWEST_CONTRAST) >= 4.5


LOWEST_CONTRAST = """() => {
  const numbers = color => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const color = numbers(getComputedStyle(e).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const ratios = [];
  for (const element of document.body.querySelectorAll('*')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.getBoundingClientRect().height === 0) continue;
    const [a, b] = [light(numbers(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    ratios.push((a + .05) / (b + .05));
  }
  return Math.min(...ratios);
}"""


# SMTP


def smtp_url(server: smtp_support.SmtpServer, query: str = "") -> SmtpServer:
    parsed = parse_mail_url(f"smtp://{server.host}:{server.port}{query}")
    assert isinstance(parsed, SmtpServer)
    return parsed


def send_by(transport: Smtp | Ses, *, to: str = "ana@example.com") -> Result:
    return mailer(transport).send(a_notice(to=to), an_approval(), link=LINK)


def test_a_mail_arrives_by_smtp(smtp: smtp_support.SmtpServer) -> None:
    assert send_by(Smtp(smtp_url(smtp))) == Sent("<approval-1.0.asked.0@example.com>")
    [received] = smtp.received
    assert (received.sender, received.recipients) == ("approvals@example.com", ["ana@example.com"])
    assert received.message["Subject"] == "Approval needed: Refund order 1234 (420 €)"
    assert LINK in text_of(received.message)


def test_the_receipt_is_the_message_id(smtp: smtp_support.SmtpServer) -> None:
    result = send_by(Smtp(smtp_url(smtp)))
    assert isinstance(result, Sent)
    assert smtp.messages[0]["Message-ID"] == result.receipt


@pytest.mark.parametrize("smtp", [{"login": ("gateway", "s3cret/@")}], indirect=True)
def test_a_mail_leaves_encrypted_and_with_a_login(smtp: smtp_support.SmtpServer) -> None:
    server = parse_mail_url(f"smtp://gateway:s3cret%2F%40@localhost:{smtp.port}?starttls=required")
    assert isinstance(server, SmtpServer)
    trust = ssl.create_default_context(cafile=smtp.ca_file)
    assert isinstance(send_by(Smtp(server, trust=trust)), Sent)
    assert len(smtp.messages) == 1


@pytest.mark.parametrize("smtp", [{"login": ("gateway", "secret")}], indirect=True)
def test_a_wrong_password_is_tried_again_slowly_and_not_shown(smtp: smtp_support.SmtpServer) -> None:
    server = SmtpServer(host="localhost", port=smtp.port, user="gateway", password="wrong-password")
    result = send_by(Smtp(server, trust=ssl.create_default_context(cafile=smtp.ca_file)))
    assert isinstance(result, TryAgain)
    assert (result.after, result.ambiguous) == (SLOWLY, False)
    assert "does not take the user and password" in result.reason
    assert "wrong-password" not in result.reason + repr(server)


@pytest.mark.parametrize("smtp", [{"starttls": True}], indirect=True)
def test_a_certificate_that_is_not_trusted_ends_it(smtp: smtp_support.SmtpServer) -> None:
    result = send_by(Smtp(smtp_url(smtp, "?starttls=required")))
    assert isinstance(result, TryAgain)
    assert "certificate that is not trusted" in result.reason
    assert smtp.received == []


def test_nothing_leaves_without_the_encryption_that_is_required(smtp: smtp_support.SmtpServer) -> None:
    result = send_by(Smtp(smtp_url(smtp, "?starttls=required")))
    assert isinstance(result, TryAgain)
    assert (result.after, "STARTTLS" in result.reason) == (SLOWLY, True)
    assert smtp.received == []


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("550 5.1.1 nobody here", GivenUp("the mail server refuses the recipient (550)")),
        ("451 4.7.1 come back later", TryAgain("the mail server refuses the recipient for now (451)")),
    ],
)
def test_a_refused_recipient(smtp: smtp_support.SmtpServer, reply: str, expected: Result) -> None:
    smtp.refusals["ana@example.com"] = reply
    assert send_by(Smtp(smtp_url(smtp))) == expected


def test_an_address_beyond_ascii_leaves_where_the_server_takes_it(smtp: smtp_support.SmtpServer) -> None:
    assert isinstance(send_by(Smtp(smtp_url(smtp)), to="jörg@example.com"), Sent)
    assert smtp.received[0].recipients == ["jörg@example.com"]


@contextmanager
def scripted_smtp(replies: list[str], *, tls: ssl.SSLContext | None = None) -> Generator[int]:
    """A server that greets and then gives these replies, one for each command (or mail), and then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def serve() -> None:
            connection, _ = listener.accept()
            connection.settimeout(10)
            with (
                tls.wrap_socket(connection, server_side=True) if tls else connection as client,
                client.makefile("rwb") as io,
            ):
                io.write(b"220 ready\r\n")
                io.flush()
                for reply in replies:
                    line = io.readline()
                    while reply.startswith("mail:") and line != b".\r\n":
                        line = io.readline()
                    if reply.removeprefix("mail:") == "hang up":
                        return
                    io.write(reply.removeprefix("mail:").encode() + b"\r\n")
                    io.flush()

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


GREETED = ["250 hello", "250 sender ok", "250 recipient ok", "354 go on"]


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        # the answer to the mail itself was lost: it may have been taken
        ([*GREETED, "mail:hang up"], TryAgain("the mail server did not answer (SMTPServerDisconnected)", True)),
        ([*GREETED, "mail:250 taken", "hang up"], Sent("<approval-1.0.asked.0@example.com>")),  # QUIT does not matter
        ([*GREETED, "mail:554 5.7.1 spam", "221 bye"], GivenUp("the mail server refuses the mail (554)")),
        ([*GREETED, "mail:452 4.3.1 full", "221 bye"], TryAgain("the mail server refuses the mail for now (452)")),
        (
            ["250 hello", "553 5.7.1 not your address", "250 reset", "221 bye"],
            TryAgain("the mail server refuses our sender (553): allow it there, or change it", after=SLOWLY),
        ),
        (
            ["250 hello", "451 4.7.1 wait", "250 reset", "221 bye"],
            TryAgain("the mail server refuses the mail for now (451)"),
        ),
    ],
    ids=["lost answer", "lost farewell", "spam", "full", "sender", "busy"],
)
def test_what_a_server_answers_to_a_mail(replies: list[str], expected: Result) -> None:
    with scripted_smtp(replies) as port:
        assert send_by(Smtp(SmtpServer(host="127.0.0.1", port=port, encryption="no"), seconds=5)) == expected


def test_an_address_beyond_ascii_is_given_up_where_the_server_does_not_take_it() -> None:
    with scripted_smtp(["250 hello", "221 bye"]) as port:
        transport = Smtp(SmtpServer(host="127.0.0.1", port=port, encryption="no"), seconds=5)
        assert send_by(transport, to="jörg@example.com") == GivenUp("the mail server takes no addresses beyond ASCII")


def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    certificate, key = smtp_support.make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    trust = ssl.create_default_context(cafile=certificate)
    with scripted_smtp([*GREETED, "mail:250 taken", "221 bye"], tls=context) as port:
        server = parse_mail_url(f"smtps://localhost:{port}")
        assert isinstance(server, SmtpServer)
        assert isinstance(send_by(Smtp(server, trust=trust, seconds=5)), Sent)


def test_a_server_that_cannot_be_reached_is_tried_again() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        result = send_by(Smtp(SmtpServer(host="127.0.0.1", port=port)))
    assert result == TryAgain(f"127.0.0.1:{port} cannot be reached (ConnectionRefusedError)")


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        result = send_by(Smtp(SmtpServer(host="127.0.0.1", port=port), seconds=0.2))
    assert isinstance(result, TryAgain)
    assert not result.ambiguous


# the URL


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.com", SmtpServer(host="mail.example.com", port=25)),
        ("smtp://u:p%40ss@mail.example.com", SmtpServer(host="mail.example.com", port=587, user="u", password="p@ss")),
        ("smtps://u:p@m.example", SmtpServer(host="m.example", port=465, user="u", password="p", encryption="tls")),
        ("smtp://m.example:2525?starttls=optional", SmtpServer(host="m.example", port=2525, encryption="optional")),
        ("smtp://mail.example?starttls=no", SmtpServer(host="mail.example", port=25, encryption="no")),
        ("smtp://localhost:1025", SmtpServer(host="localhost", port=1025, encryption="optional")),
        ("smtp://127.0.0.1:1025?starttls=required", SmtpServer(host="127.0.0.1", port=1025)),
        ("smtp://[::1]:1025/", SmtpServer(host="::1", port=1025, encryption="optional")),
        ("ses://", SesService()),
        ("ses://eu-west-1?configuration-set=approvals", SesService(region="eu-west-1", configuration_set="approvals")),
    ],
)  # fmt: skip
def test_a_mail_url_is_read(url: str, expected: SmtpServer | SesService) -> None:
    assert parse_mail_url(url) == expected


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "must look like"),
        ("http://mail.example.com", "must look like"),
        ("smtp://", "must look like"),
        ("smtp://u:hunter2@mail.example.com/path", "must look like"),
        ("smtp://u:hunter2@mail.example.com:port", "cannot be read"),
        ("smtp://u:hunter2@[mail", "cannot be read"),
        ("smtp://u:hunter2@mail.example.com?starttls=maybe", "is one of required, optional, no"),
        ("smtp://u:hunter2@mail.example.com?startls=no", "an option “startls”; known are: starttls"),
        ("smtp://u:hunter2@mail.example.com?starttls=no", "without encryption"),
        ("smtp://u:hunter2@mail.example.com?starttls=optional", "without encryption"),
        ("smtps://mail.example.com?starttls=no", "known are: none"),
        ("ses://eu-west-1?region=x", "known are: configuration-set"),
    ],
)
def test_a_wrong_mail_url_is_refused_with_the_reason_and_without_the_password(url: str, problem: str) -> None:
    with pytest.raises(Misconfigured, match=problem) as raised:
        parse_mail_url(url)
    assert "hunter2" not in str(raised.value)


# SES


@pytest.fixture
def ses_client() -> Generator[Any]:
    with mock_aws():
        client = Clients().get("sesv2", region="eu-central-1")
        client.create_email_identity(EmailIdentity="approvals@example.com")
        yield client


def test_a_mail_arrives_by_ses_as_it_was_written(ses_client: Any) -> None:
    result = send_by(Ses(lambda: ses_client))
    [sent] = ses_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"].sent_messages
    assert result == Sent(sent.id)
    assert (sent.source, set(sent.destinations)) == ("approvals@example.com", {"ana@example.com"})
    message = email.message_from_string(sent.raw_data, _class=EmailMessage, policy=email.policy.default)
    assert message["Message-ID"] == "<approval-1.0.asked.0@example.com>"
    assert message["Subject"] == "Approval needed: Refund order 1234 (420 €)"
    assert LINK in text_of(message)
    assert Seen(html_of(message)).links == [LINK]


def refused(client: Any, code: str, status: int) -> Result:
    with Stubber(client) as stub:
        stub.add_client_error("send_email", service_error_code=code, http_status_code=status)
        return send_by(Ses(lambda: client, configuration_set="approvals"))


@pytest.mark.parametrize(
    "code", ["MessageRejected", "MailFromDomainNotVerifiedException", "NotFoundException", "BadRequestException"]
)
def test_what_ses_will_never_take_is_given_up(ses_client: Any, code: str) -> None:
    result = refused(ses_client, code, 400)
    assert isinstance(result, GivenUp)
    assert code in result.reason


@pytest.mark.parametrize(
    ("code", "status", "ambiguous", "after"),
    [
        ("TooManyRequestsException", 429, False, None),
        ("LimitExceededException", 400, False, None),
        ("ThrottlingException", 400, False, None),
        ("AccountSuspendedException", 400, False, SLOWLY),
        ("SendingPausedException", 400, False, SLOWLY),
        ("AccessDeniedException", 403, False, SLOWLY),
        ("SomethingNewException", 400, False, SLOWLY),
        ("InternalFailure", 500, True, None),
    ],
)
def test_what_ses_may_take_later_is_tried_again(
    ses_client: Any, code: str, status: int, ambiguous: bool, after: timedelta | None
) -> None:
    result = refused(ses_client, code, status)
    assert isinstance(result, TryAgain)
    assert (result.ambiguous, result.after) == (ambiguous, after)
    assert code in result.reason


def test_ses_takes_no_addresses_beyond_ascii(ses_client: Any) -> None:
    assert send_by(Ses(lambda: ses_client), to="jörg@example.com") == GivenUp("SES takes no addresses beyond ASCII")


@pytest.mark.parametrize("answers", [True, False])
def test_ses_that_cannot_be_reached_or_does_not_answer(answers: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        if not answers:
            server.close()
        client = Clients(read_timeout=0.2).get("sesv2", region="eu-central-1", endpoint_url=url)
        result = send_by(Ses(lambda: client))
    assert isinstance(result, TryAgain)
    assert result.ambiguous is answers


def test_without_credentials_ses_is_tried_again_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    client: Callable[[], Any] = lambda: Clients().get("sesv2", region="eu-central-1")  # noqa: E731
    assert send_by(Ses(client)) == TryAgain("the gateway has no AWS credentials: give it a role", after=SLOWLY)
