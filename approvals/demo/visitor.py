"""A person without a browser: reads a mail, follows its link, fills in the form that is there and sends it."""

import re
import urllib.error
import urllib.request
from html.parser import HTMLParser
from typing import Self
from urllib.parse import urlencode, urljoin, urlsplit

LINK = re.compile(r"https?://\S+/r/\S+")
PATIENCE_SECONDS = 30
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Stuck(Exception):
    """What was awaited and did not happen, or what was looked for and was not there."""


class Form(HTMLParser):
    """The first form of a page that is sent by POST: where it goes, the fields it has, and the choices for each."""

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
            raise Stuck("the page had no form to answer with")
        return form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post" and self.action is None:
            self.action, self._inside = given.get("action", ""), True
        elif self._inside and (name := given.get("name")):
            self._take(name, tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False

    def _take(self, name: str, tag: str, given: dict[str, str]) -> None:
        if given.get("type") == "radio":
            self.choices.setdefault(name, []).append(given.get("value", ""))
        elif tag in ("input", "textarea", "select"):
            self.fields[name] = given.get("value", "")


def answer(letter: str, *, option: str, comment: str) -> None:
    """Does as the mail says. Raises Stuck."""
    link = LINK.search(letter)
    if link is None:
        raise Stuck("the mail had no link to the review page")
    form = Form.of(_fetch(link[0]))
    if option not in form.choices.get("option", ()):
        raise Stuck(f"the page did not offer “{option}”, only {form.choices.get('option')}")
    typed = {"confirmation": option} if "confirmation" in form.fields else {}
    _fetch(urljoin(link[0], form.action), {**form.fields, "option": option, "comment": comment, **typed})


def _fetch(url: str, fields: dict[str, str] | None = None) -> str:
    """The page there, or with fields the one that answers them, as a browser would ask for it."""
    parts = urlsplit(url)
    body = urlencode(fields).encode() if fields is not None else None
    headers = {"Origin": f"{parts.scheme}://{parts.netloc}"} if body else {}
    try:
        with _direct.open(urllib.request.Request(url, body, headers), timeout=PATIENCE_SECONDS) as answered:
            return str(answered.read().decode())
    except urllib.error.HTTPError as refused:
        raise Stuck(f"the page answered {refused.code} {refused.reason}") from None
    except OSError as error:
        raise Stuck(f"the page did not answer: {error}") from None
