"""Parse Slack's mrkdwn into runs of text: emphasis, code, links, mentions, dates and emoji.

Pure. A run holds text and never HTML; only http and https addresses become links.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

EMOJI = frozenset({"warning", "white_check_mark", "no_entry", "information_source"})
"""The emoji that the gateway uses, which have a picture; others stay as text."""
_ANGLED = re.compile(r"<([^<>\n]+)>")
_NAMED = re.compile(rf":({'|'.join(sorted(EMOJI))}):")
_CODE = re.compile(r"`([^`\n]+)`")
_STYLED = re.compile(r"(?<![\w*_~])([*_~])(?=\S)(.+?)(?<=\S)\1(?![\w*_~])")
_STYLES = {"*": "bold", "_": "italic", "~": "struck"}
_DATE = re.compile(r"!date\^(-?\d{1,12})\^([^^|]+)(?:\^([^|]+))?\|(.*)")
_WEB = ("http://", "https://")

Names = Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Run:
    """Text with one style."""

    text: str
    styles: frozenset[str] = frozenset()
    href: str = ""
    emoji: str = ""
    """The emoji's name; `text` holds it as written, between colons."""


def runs(text: str, *, now: datetime, name_of: Names = str) -> list[Run]:
    """Parse mrkdwn. `name_of` returns the name for an ID; `now` is in the viewer's time zone."""
    return list(_code(text, lambda piece: _styled(piece, frozenset(), now, name_of)))


def plain(text: str, *, emoji: bool = True) -> list[Run]:
    """Parse plain_text, in which only emoji have a meaning."""
    return list(_with_emoji(text, frozenset())) if emoji else [Run(text=text)]


def _code(text: str, rest: Callable[[str], Iterator[Run]]) -> Iterator[Run]:
    at = 0
    for found in _CODE.finditer(text):
        yield from rest(text[at : found.start()])
        yield Run(text=_unescaped(found[1]), styles=frozenset({"code"}))
        at = found.end()
    yield from rest(text[at:])


def _styled(text: str, styles: frozenset[str], now: datetime, name_of: Names) -> Iterator[Run]:
    at = 0
    for found in _STYLED.finditer(text):
        yield from _with_references(text[at : found.start()], styles, now, name_of)
        yield from _styled(found[2], styles | {_STYLES[found[1]]}, now, name_of)
        at = found.end()
    yield from _with_references(text[at:], styles, now, name_of)


def _with_references(text: str, styles: frozenset[str], now: datetime, name_of: Names) -> Iterator[Run]:
    at = 0
    for found in _ANGLED.finditer(text):
        yield from _unescaped_runs(text[at : found.start()], styles)
        run = _reference(found[1], now, name_of)
        yield replace(run, styles=run.styles | styles)
        at = found.end()
    yield from _unescaped_runs(text[at:], styles)


def _unescaped_runs(text: str, styles: frozenset[str]) -> Iterator[Run]:
    yield from _with_emoji(_unescaped(text), styles)


def _with_emoji(text: str, styles: frozenset[str]) -> Iterator[Run]:
    at = 0
    for found in _NAMED.finditer(text):
        if at < found.start():
            yield Run(text=text[at : found.start()], styles=styles)
        yield Run(text=found[0], styles=styles, emoji=found[1])
        at = found.end()
    if at < len(text):
        yield Run(text=text[at:], styles=styles)


def _reference(inside: str, now: datetime, name_of: Names) -> Run:
    """Return the run for the text between < and >."""
    if dated := _DATE.fullmatch(inside):
        return _date(dated, now)
    target, _, label = inside.partition("|")
    if target[0] in "@#!":
        return Run(text=target[0].replace("!", "@") + name_of(target[1:]), styles=frozenset({"mention"}))
    address = _unescaped(target)
    words = _unescaped(label) or address
    return Run(text=words, href=address) if address.startswith(_WEB) else Run(text=words)


def _date(found: re.Match[str], now: datetime) -> Run:
    at, tokens, href, fallback = found.groups()
    try:
        moment = datetime.fromtimestamp(int(at), now.tzinfo)
    except (ValueError, OverflowError, OSError):
        return Run(text=_unescaped(fallback))
    text = re.sub(r"\{(\w+)\}", lambda token: _token(token[1], moment, now), tokens)
    return Run(text=text, href=href if href and href.startswith(_WEB) else "")


def _token(name: str, at: datetime, now: datetime) -> str:
    """Return the text for one date placeholder; an unknown one stays as written."""
    if name in ("time", "time_secs"):
        return clock_time(at, seconds=name == "time_secs")
    day = "" if not name.endswith("_pretty") else _relative_day(at, now)
    match name.removesuffix("_pretty"):
        case "date_num":
            return f"{at:%Y-%m-%d}"
        case "date_short":
            return day or f"{at:%b} {at.day}, {at.year}"
        case "date":
            return day or f"{at:%B} {_ordinal(at.day)}, {at.year}"
        case "date_long":
            return day or f"{at:%A}, {at:%B} {_ordinal(at.day)}, {at.year}"
    return f"{{{name}}}"


def clock_time(at: datetime, *, seconds: bool = False) -> str:
    """Return the time in Slack's default format: 9:41 AM."""
    return f"{at.hour % 12 or 12}:{at:%M}{f':{at:%S}' if seconds else ''} {at:%p}"


def _relative_day(at: datetime, now: datetime) -> str:
    return {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((at.date() - now.date()).days, "")


def _ordinal(day: int) -> str:
    suffix = "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{suffix}"


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
