"""Text for Slack. Whatever comes from outside goes through `inert` and into plain_text, where Slack reads no mark-up;
mrkdwn holds our own words and moments alone. Only the fallback of a message has to be mrkdwn: `escaped` is for it."""

import unicodedata
from datetime import datetime

from approvals.presentation.details import NOTHING
from approvals.presentation.moments import moment
from approvals.presentation.text import cut, plain

TITLE_LENGTH, NAME_LENGTH, LABEL_LENGTH, VALUE_LENGTH, DESCRIPTION_LENGTH = 200, 80, 80, 160, 700
FALLBACK_LENGTH = 500
ELSEWHERE = ", see the page"
_LOOKED_AT = 6000
"""Characters of a long text that are looked at, to show some hundred of them."""
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that show nothing, beside those of the category “format”."""


def inert(text: str, length: int = VALUE_LENGTH, *, lines: bool = False) -> str:
    """Return `text` made `plain`, without invisible characters, within `length`; a dash if nothing visible is left."""
    shown = plain(text[:_LOOKED_AT], lines=lines)
    seen = "".join(c for c in shown if c not in _UNSEEN and unicodedata.category(c) != "Cf").strip()
    return fitted(seen + "…" * (len(text) > _LOOKED_AT), length) or NOTHING


def shortened(text: str, length: int, *, lines: bool = True) -> str:
    """Return the same, with a hint that the page has the rest."""
    whole = inert(text, len(text) * 3 + 1, lines=lines)
    return whole if units(whole) <= length else fitted(whole, length - len(ELSEWHERE)) + ELSEWHERE


def fitted(text: str, length: int) -> str:
    """Cut text by its length in UTF-16, like JavaScript: Slack's unit is not documented, and this is the largest."""
    while (over := units(text) - length) > 0:
        if len(text) == 1:  # one character that counts as two
            return "…"
        text = cut(text, max(1, len(text) - -(-over // 2)))
    return text


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def escaped(text: str) -> str:
    """Escape the three characters with which mrkdwn writes mentions, channels, links and dates."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def date(at: datetime) -> str:
    """Return a moment as markup that Slack shows in the reader's own time zone."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{moment(at)}>"
