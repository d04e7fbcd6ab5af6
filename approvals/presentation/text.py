"""A sender's text made inert, and cut to a length. `plain` is applied to everything that comes from outside."""

import unicodedata

from approvals.domain.checks.content_checks import TURNING

_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})


def plain(text: str, *, lines: bool = False) -> str:
    """`text` with control characters and marks that turn the direction of text made visible; on one line or several."""
    text = text.replace("\r\n", "\n").replace("\r", "\n") if lines else " ".join(text.split())
    return "".join(c if c in "\n\t" else _visible(c) for c in text)


def cut(text: str, length: int) -> str:
    """`text`, ending in an ellipsis where it would be longer than `length`."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _visible(character: str) -> str:
    return "\ufffd" if unicodedata.category(character) in _REFUSED or character in TURNING else character
