"""Adjust what the author of a workflow could not know, so that one run's data does not refuse its whole submission.

Only what reviewers are shown is adjusted, and the fields that describe the run. Policies, options and forms, which the
author wrote, are refused with their problems. The same submission is always adjusted in the same way.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from approvals.domain.checks.content_checks import DESCRIPTION_BYTES, DETAILS_DEPTH, depth, is_unprintable, unprintable
from approvals.domain.model.submission import LOCALE, MOST_LINKS, Adjustment
from approvals.domain.problems import PATH_LENGTH

TITLE_LENGTH, LABEL_LENGTH, TAG_LENGTH, QUOTED_LENGTH = 200, 100, 256, 80
MOST = 100
_BREAKS = re.compile(r"[ \t]*[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+[ \t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]*")
_HIDDEN = "holds control characters or marks that turn the direction of text, which are shown as “\ufffd”"
_OPTIONAL = frozenset({
    "requester", "locale", "timeoutSeconds", "heartbeatSeconds", "mapItem", "details", "sensitive", "links", "tags",
    "execution", "state", "stateMachine",
})  # fmt: skip
_RUN = ("execution", "state", "stateMachine")
_LEFT_OUT: Any = object()


class _Notes(list[Adjustment]):
    """The adjustments made so far."""

    def add(self, field: str, reason: str) -> None:
        if len(self) < MOST:
            self.append(Adjustment(field=field[:PATH_LENGTH], reason=reason))


def adjusted(fields: dict[str, Any]) -> tuple[dict[str, Any], tuple[Adjustment, ...]]:
    """Return the fields of a submission, adjusted where that is needed, and what was adjusted."""
    notes, fields = _Notes(), dict(fields)
    for name in [name for name, value in fields.items() if name in _OPTIONAL and _is_blank(value)]:
        notes.add(name, "is blank; it was ignored")
        del fields[name]
    for name, adjust in _ADJUST.items():
        if name in fields:
            fields[name] = adjust(fields[name], name, notes)
    if isinstance(fields.get("sensitive"), list):
        fields["sensitive"] = _sensitive(fields["sensitive"], fields.get("details", {}), notes)
    return {name: value for name, value in fields.items() if value is not _LEFT_OUT}, tuple(notes)


def _text(text: Any, field: str, notes: _Notes, *, longest: int) -> Any:
    """Return text on one line, without what disguises it, and cut."""
    if not isinstance(text, str) or (text.isprintable() and text.strip() == text and len(text) <= longest):
        return text  # as nearly every text is: printable text is one line, and hides nothing
    line = _BREAKS.sub(" ", stripped := _stripped(text, field, notes)).strip()
    if line != stripped:
        notes.add(field, "has several lines; it was made one line")
    visible = "".join("\ufffd" if is_unprintable(c) else c for c in line) if unprintable(line) else line
    if visible != line:
        notes.add(field, _HIDDEN)
    if len(visible) > longest:
        notes.add(field, f"has {len(visible)} characters; it was cut to {longest}")
        visible = visible[: longest - 1].rstrip() + "…"
    return visible


def _stripped(text: str, field: str, notes: _Notes) -> str:
    if (stripped := text.strip()) != text:
        notes.add(field, "has blanks or line breaks around it; they were left out")
    return stripped


def _title(title: Any, field: str, notes: _Notes) -> Any:
    return _text(title, field, notes, longest=TITLE_LENGTH)


def _description(text: Any, field: str, notes: _Notes) -> Any:
    if not isinstance(text, str) or len(raw := text.encode()) <= DESCRIPTION_BYTES:
        return text
    notes.add(field, f"has {len(raw)} bytes; it was cut to {DESCRIPTION_BYTES}")
    return raw[: DESCRIPTION_BYTES - len("…".encode())].decode(errors="ignore") + "…"


def _details(details: Any, field: str, notes: _Notes) -> Any:
    if not isinstance(details, dict) or depth(details) <= DETAILS_DEPTH:
        return details
    notes.add(field, f"is nested more than {DETAILS_DEPTH} deep; what is deeper is shown as JSON text")
    return _shallow(details, 1)


def _shallow(value: Any, level: int) -> Any:
    if level == DETAILS_DEPTH and isinstance(value, dict | list) and value:
        return msgspec.json.encode(value).decode()
    match value:
        case dict():
            return {key: _shallow(item, level + 1) for key, item in value.items()}
        case list():
            return [_shallow(item, level + 1) for item in value]
    return value


def _sensitive(names: list[Any], details: Any, notes: _Notes) -> list[Any]:
    """Return the names without those of absent details, which would be listed as if they were there."""
    known = details if isinstance(details, dict) else {}
    kept: list[Any] = []
    for name in names:
        if isinstance(name, str) and name not in known:
            notes.add("sensitive", f"“{name[:QUOTED_LENGTH]}” is not among the details; it was ignored")
        elif name is not None and name not in kept:
            kept.append(name)
    return kept


def _links(links: Any, field: str, notes: _Notes) -> Any:
    if not isinstance(links, list):
        return links
    read = [_link(link, f"{field}[{n}]", notes) for n, link in enumerate(links)]
    kept = [link for link in read if link is not _LEFT_OUT]
    if len(kept) > MOST_LINKS:
        notes.add(field, f"has {len(kept)} entries; the first {MOST_LINKS} were kept")
    return kept[:MOST_LINKS]


def _link(link: Any, field: str, notes: _Notes) -> Any:
    """Return a link with a label, or leave out one without an address."""
    if link is None or (isinstance(link, dict) and _is_blank(link.get("url"), or_null="url" in link)):
        notes.add(field, "has no address; it was left out")
        return _LEFT_OUT
    if not isinstance(link, dict):
        return link
    url = link.get("url")
    url = _stripped(url, f"{field}.url", notes) if isinstance(url, str) else url
    label = _text(link.get("label"), f"{field}.label", notes, longest=LABEL_LENGTH)
    if isinstance(url, str) and (label is None or label == ""):
        notes.add(f"{field}.label", "is blank; the address is shown")
        label = _text(url, f"{field}.label", _Notes(), longest=LABEL_LENGTH)
    return {**link, **{name: value for name, value in (("label", label), ("url", url)) if value is not None}}


def _tags(tags: Any, field: str, notes: _Notes) -> Any:
    if not isinstance(tags, dict):
        return tags
    for name in [name for name, value in tags.items() if value is None]:
        notes.add(f"{field}.{name}", "is null; it was ignored")
    given = {name: value for name, value in tags.items() if value is not None}
    return {name: _text(value, f"{field}.{name}", notes, longest=TAG_LENGTH) for name, value in given.items()}


def _requester(requester: Any, field: str, notes: _Notes) -> Any:
    return _stripped(requester, field, notes) if isinstance(requester, str) else requester


def _locale(locale: Any, field: str, notes: _Notes) -> Any:
    if not isinstance(locale, str) or re.match(LOCALE, locale):
        return locale
    notes.add(field, "is not a language tag such as en or pt-BR; it was ignored")
    return _LEFT_OUT


def _run(described: Any, field: str, notes: _Notes) -> Any:
    """Return an execution, state or state machine without its blank times and its nulls."""
    if not isinstance(described, dict):
        return described
    for name in ("startTime", "enteredTime"):
        if _is_blank(described.get(name)):
            notes.add(f"{field}.{name}", "is blank; it was ignored")
            described = {**described, name: None}
    return {name: value for name, value in described.items() if value is not None}


def _is_blank(value: Any, *, or_null: bool = False) -> bool:
    return (isinstance(value, str) and not value.strip()) or (or_null and value is None)


_ADJUST: dict[str, Callable[[Any, str, _Notes], Any]] = {
    "title": _title, "description": _description, "details": _details, "links": _links, "tags": _tags,
    "requester": _requester, "locale": _locale, **dict.fromkeys(_RUN, _run),
}  # fmt: skip
