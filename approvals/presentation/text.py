"""Make a sender's text harmless, and cut it to a length. `plain` is applied to all text from outside."""

import re

from approvals.domain.checks.content_checks import TURNING

_REFUSED = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{''.join(TURNING)}]")
"""Control characters but tab and line feed, line separators, half characters, and marks that turn the direction."""


def plain(text: str, *, lines: bool = False) -> str:
    """Return `text` on one line or several; control characters and marks that change its direction become visible."""
    text = text.replace("\r\n", "\n").replace("\r", "\n") if lines else " ".join(text.split())
    return text if text.isprintable() else _REFUSED.sub("\ufffd", text)


def cut(text: str, length: int) -> str:
    """Return `text`, shortened with an ellipsis if it is longer than `length`."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def capital(text: str) -> str:
    """Return the text with its first letter in upper case, for the beginning of a sentence."""
    return text[:1].upper() + text[1:]
