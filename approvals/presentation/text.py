"""Make a sender's text harmless, and cut it to a length. `plain` is applied to all text from outside."""

import unicodedata

from approvals.domain.checks.content_checks import TURNING

_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})


def plain(text: str, *, lines: bool = False) -> str:
    """Return `text` on one line or several; control characters and marks that change its direction become visible."""
    text = text.replace("\r\n", "\n").replace("\r", "\n") if lines else " ".join(text.split())
    return "".join(c if c in "\n\t" else _visible(c) for c in text)


def cut(text: str, length: int) -> str:
    """Return `text`, shortened with an ellipsis if it is longer than `length`."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _visible(character: str) -> str:
    return "\ufffd" if unicodedata.category(character) in _REFUSED or character in TURNING else character
