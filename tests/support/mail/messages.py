"""Mails of the gateway, parsed into their visible parts."""

import email
import email.policy
import re
from datetime import timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any, TypeVar

import msgspec

from approvals.adapters.mail.channel import Mailer
from approvals.adapters.mail.ses import Ses
from approvals.adapters.mail.smtp import Smtp
from approvals.domain.model.approval import Approval
from approvals.domain.model.messages.audience import ForReviewer
from approvals.domain.model.messages.outgoing import Notice
from approvals.domain.model.messages.results import Result, Sent
from approvals.domain.model.messages.topics import Asked, EventName, Topic
from tests.builders import NOW, an_approval

LINK = "https://approvals.example.com/r/WyJhcHByb3ZhbC0xIiwwLDE3NzI0NDM4MDBd.signature"
SENDER = "Approvals <approvals@example.com>"
FIRST = Asked(0)
EVENTS: list[EventName] = ["asked", "reminded", "escalated", "refreshed", "settled"]

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7919 * 7907 }}{% raw %}",
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


class Letterbox:
    """A transport that keeps its messages."""

    def __init__(self) -> None:
        self.sent: list[tuple[EmailMessage, str, str]] = []

    def send(self, message: EmailMessage, *, sender: str, to: str) -> Result:
        received = email.message_from_bytes(message.as_bytes(), _class=EmailMessage, policy=email.policy.default)
        self.sent.append((received, sender, to))
        return Sent("receipt")

    def message_id(self, receipt: str) -> str:
        return receipt


def mailer(transport: Any, *, at: timedelta = timedelta(0), sender: str = SENDER) -> Mailer:
    return Mailer(transport, sender=sender, clock=lambda: NOW + at)


def a_notice(about: Topic = FIRST, **changes: Any) -> Notice:
    return Notice(**{"about": about, "channel": "mail", "to": "ana@example.com", "audience": ForReviewer(0), **changes})


def written(
    approval: Approval, notice: Notice | None = None, *, link: str | None = LINK, at: timedelta = timedelta(0)
) -> EmailMessage:
    """Write a mail and return it as it arrives."""
    letterbox = Letterbox()
    assert mailer(letterbox, at=at).send(notice or a_notice(), approval, link=link) == Sent("receipt")
    [(message, _, _)] = letterbox.sent
    return message


def send_by(transport: Smtp | Ses, *, to: str = "ana@example.com") -> Result:
    return mailer(transport).send(a_notice(to=to), an_approval(), link=LINK)


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


class Seen(HTMLParser):
    """The visible text, the elements and the link targets of some HTML."""

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
    """Return the text of the plain part and of the HTML part."""
    return [re.sub(r"\s+", " ", text_of(message)), Seen(html_of(message)).text]


S = TypeVar("S", bound=msgspec.Struct)


def change(value: S, **changes: Any) -> S:
    return msgspec.structs.replace(value, **changes)
