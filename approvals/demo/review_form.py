"""Answering an approval without a browser: follow the link of a mail and submit the form of its page."""

import re
import urllib.error
import urllib.request
from html.parser import HTMLParser
from typing import Self
from urllib.parse import urlencode, urljoin, urlsplit

LINK = re.compile(r"https?://\S+/r/\S+")
TIMEOUT_SECONDS = 30
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class CheckFailed(Exception):
    """An expected message, page or form did not appear."""


class HtmlForm(HTMLParser):
    """The first POST form of a page: its action, its fields and the choices of its radio buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self.choices: dict[str, list[str]] = {}
        self._inside = False

    @classmethod
    def of(cls, html: str) -> Self:
        form = cls()
        form.feed(html)
        if form.action is None:
            raise CheckFailed("the page has no form")
        return form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form" and attributes.get("method", "").lower() == "post" and self.action is None:
            self.action, self._inside = attributes.get("action", ""), True
        elif self._inside and (name := attributes.get("name")):
            self._add_field(name, tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False

    def _add_field(self, name: str, tag: str, attributes: dict[str, str]) -> None:
        if attributes.get("type") == "radio":
            self.choices.setdefault(name, []).append(attributes.get("value", ""))
        elif tag in ("input", "textarea", "select"):
            self.fields[name] = attributes.get("value", "")


def answer(mail_text: str, *, option: str, comment: str) -> None:
    """Answer through the link of a mail. Raise CheckFailed if the page does not offer the option."""
    link = LINK.search(mail_text)
    if link is None:
        raise CheckFailed("the mail has no link to the review page")
    form = HtmlForm.of(_fetch(link[0]))
    if option not in form.choices.get("option", ()):
        raise CheckFailed(f"the page does not offer “{option}”, only {form.choices.get('option')}")
    confirmation = {"confirmation": option} if "confirmation" in form.fields else {}
    _fetch(urljoin(link[0], form.action), {**form.fields, "option": option, "comment": comment, **confirmation})


def _fetch(url: str, fields: dict[str, str] | None = None) -> str:
    """Fetch a page, or submit the fields to it, with the headers a browser sends."""
    parts = urlsplit(url)
    body = urlencode(fields).encode() if fields is not None else None
    headers = {"Origin": f"{parts.scheme}://{parts.netloc}"} if body else {}
    try:
        with _direct.open(urllib.request.Request(url, body, headers), timeout=TIMEOUT_SECONDS) as response:
            return str(response.read().decode())
    except urllib.error.HTTPError as error:
        raise CheckFailed(f"the page answered {error.code} {error.reason}") from None
    except OSError as error:
        raise CheckFailed(f"the page did not answer: {error}") from None
