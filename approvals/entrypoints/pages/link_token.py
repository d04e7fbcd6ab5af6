"""The token in the address of a link, read from what arrives: mail programs and people add to it and break it."""

import re

from werkzeug.routing import BaseConverter

_TOKEN = re.compile(r"\.?[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9])")
"""A signature has 43 characters, so that `-` or `_` after it is not part of it. A letter could be: that is no token."""
_BEFORE = re.compile(r"[^A-Za-z0-9_.-]+")
_BREAK = re.compile(r"=?\s+|[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
"""A line break, also that of quoted-printable, and characters that nobody sees."""


def link_token(text: str) -> str:
    """Return the longest part of the text that can be a token; the text itself if there is none."""
    for tried in (text, _BREAK.sub("", text)):
        before = _BEFORE.match(tried)
        if found := _TOKEN.match(tried, before.end() if before else 0):
            return found[0]
    return text


class LinkConverter(BaseConverter):
    """The token of a link in a route, also before a slash or an end tag of HTML."""

    regex = "[^/]+/?|[^/]+</.*"
    part_isolating = False

    def to_python(self, value: str) -> str:
        return link_token(value)
