"""Whether HTML keeps text as text: a page of hostile text has the elements of the same page with harmless text.

A fixture writes `HARMLESS` wherever a submission, a person or an answer has text. `with_text` puts another text there,
and `parsed` reads the HTML as a browser does.
"""

from html.parser import HTMLParser
from typing import Any, TypeVar

import msgspec
from hypothesis import strategies as st

from approvals.presentation.text import plain

LENGTH = 56
"""Of each text, so that all of them are cut at the same place."""
HARMLESS = "qzq".ljust(LENGTH, "z")
WORST = "q\"'></textarea></title>-->&lt;&copy<script>q".ljust(LENGTH, "z")
_PARTS = [
    "<", ">", '"', "'", "&", "<b>", "</b>", "</p>", "</textarea>", "</title>", "<!--", "-->", "<script>", "&lt;",
    "&amp", "&quot;", "&copy", "&#39;", " onclick=", "javascript:", "/", "=", "{{ 79 }}", "{% raw %}", "`", "é",
]  # fmt: skip
HOSTILE = (
    st.lists(st.sampled_from(_PARTS), min_size=1, max_size=6)
    .map(lambda parts: f"q{''.join(parts)}q".ljust(LENGTH, "z"))
    .filter(lambda text: plain(text) == text and len(text) == LENGTH)
)
T = TypeVar("T", bound=msgspec.Struct)


def with_text(value: T, text: str) -> T:
    """Return the value with `text` in place of each HARMLESS, in keys too."""
    return msgspec.convert(_replaced(msgspec.to_builtins(value), text), type(value))


def _replaced(value: Any, text: str) -> Any:
    if isinstance(value, str):
        return value.replace(HARMLESS, text)
    if isinstance(value, dict):
        return {_replaced(name, text): _replaced(inner, text) for name, inner in value.items()}
    return [_replaced(inner, text) for inner in value] if isinstance(value, list | tuple) else value


def parsed(html: str, text: str = HARMLESS) -> list[Any]:
    """Return the elements with their attributes, and the words between them, with HARMLESS in place of `text`."""
    parser = _Parser(text)
    parser.feed(html)
    parser.close()
    return parser.found


class _Parser(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[Any] = []
        self._text = text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, [(name, self._harmless(value or "")) for name, value in attrs]))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(f"</{tag}>")

    def handle_comment(self, data: str) -> None:
        self.found.append(f"<!--{self._harmless(data)}-->")

    def handle_data(self, data: str) -> None:
        self.found.append(self._harmless(data))

    def _harmless(self, text: str) -> str:
        return text.replace(self._text, HARMLESS)
