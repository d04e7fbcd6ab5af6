"""Checks of what reviewers are shown that the schema cannot express: sizes, links, options, deceptive characters."""

import unicodedata
from collections.abc import Iterator
from typing import Any

import msgspec

from approvals.domain.model.forms import form_problems
from approvals.domain.model.replies import REPLIES_BYTES, Replies, reply_problems, work_problems
from approvals.domain.model.submission import DEFAULT_OPTIONS, Content, Submission
from approvals.domain.problems import Problem
from approvals.domain.web_addresses import read_web_address

DESCRIPTION_BYTES = 16 * 1024
DETAILS_BYTES = 256 * 1024
"""Step Functions and SQS take no more of a payload."""
DETAILS_DEPTH = 20
_CONTAINERS = (dict, list)
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of all text that follows, so that it reads as something else.

The marks U+061C, U+200E and U+200F are not among them: they are invisible letters, which Arabic and Hebrew text needs.
"""


def as_read(text: str) -> str:
    """Return text as a reader would type it: without invisible characters, in one case, with single spaces."""
    text = unicodedata.normalize("NFKC", text)
    if not text.isprintable():  # printable text has no invisible characters: most text is read at once
        text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return " ".join(text.split()).casefold()


def submission_problems(submission: Submission, *, plain_http_links: bool) -> Iterator[Problem]:
    """Yield the problems of the content and of the replies to the workflow."""
    yield from content_problems(submission, plain_http_links=plain_http_links)
    if submission.answers:
        yield from _reply_problems(submission.answers, submission.details)


def content_problems(content: Content, *, plain_http_links: bool) -> Iterator[Problem]:
    if not as_read(content.title):
        yield Problem("title", "is empty")
    if unprintable(content.title):
        yield Problem("title", "holds control characters or marks that turn the direction of text; leave them out")
    if len(content.description.encode()) > DESCRIPTION_BYTES:
        yield Problem("description", "has more than 16 KiB")
    size = len(msgspec.json.encode(content.details))
    if size > DETAILS_BYTES:
        yield Problem("details", f"has {size} bytes; at most {DETAILS_BYTES} are allowed")
    if depth(content.details) > DETAILS_DEPTH:
        yield Problem("details", f"is nested more than {DETAILS_DEPTH} deep")
    for name in content.sensitive:
        if name not in content.details:
            yield Problem("sensitive", f"“{name}” is not among the details")
    yield from _link_problems(content, plain_http_links)
    if content.options is not DEFAULT_OPTIONS:  # most submissions have these, which have no problems
        yield from _option_problems(content)
    if content.form:
        yield from form_problems(content.form)


def _link_problems(content: Content, plain_http_links: bool) -> Iterator[Problem]:
    schemes = {"https", "http"} if plain_http_links else {"https"}
    for n, link in enumerate(content.links):
        try:
            scheme = read_web_address(link.url).scheme
        except ValueError as error:
            yield Problem(f"links[{n}].url", str(error))
            continue
        if scheme not in schemes:
            yield Problem(f"links[{n}].url", f"must begin with {' or '.join(sorted(schemes))}://")


def _option_problems(content: Content) -> Iterator[Problem]:
    ids = [option.id for option in content.options]
    for n, option in enumerate(content.options):
        if ids.index(option.id) != n:
            yield Problem(f"options[{n}].id", f"“{option.id}” is there twice")
        if not as_read(option.label):
            yield Problem(f"options[{n}].label", "is empty")
        if unprintable(option.label):
            yield Problem(f"options[{n}].label", "holds control characters or marks that turn the direction of text")
        yield from _output_problems(option.output, f"options[{n}].output")
    if not any(option.side == "approve" for option in content.options):
        yield Problem("options", "none is on the approving side, so nothing could ever be approved")


def _output_problems(output: object, path: str) -> Iterator[Problem]:
    if depth(output) > DETAILS_DEPTH:
        yield Problem(path, f"is nested more than {DETAILS_DEPTH} deep")
    elif len(msgspec.json.encode(output)) > REPLIES_BYTES:
        yield Problem(path, f"has more than {REPLIES_BYTES} bytes")


def _reply_problems(replies: Replies, details: dict[str, Any]) -> Iterator[Problem]:
    """Check the depth first: a value that is too deep is not walked. Then what the replies cost with these details."""
    if depth(msgspec.to_builtins(replies)) > DETAILS_DEPTH:
        yield Problem("answers", f"is nested more than {DETAILS_DEPTH} deep")
        return
    found = list(reply_problems(replies, "answers"))
    yield from found or work_problems(replies, details, "answers")


def unprintable(text: str) -> bool:
    """Return control and bidirectional characters: they forge headers and disguise text."""
    return not text.isprintable() and any(map(is_unprintable, text))


def is_unprintable(character: str) -> bool:
    """Return whether a character is a control character, a line separator or a mark that turns the direction."""
    return unicodedata.category(character) in ("Cc", "Zl", "Zp") or character in TURNING


def depth(value: object, *, most: int = DETAILS_DEPTH) -> int:
    """Return how deep a JSON value is nested, at least where that is more than `most`.

    It does not recurse, since the sender chooses the depth.
    """
    deepest, level = 1, [value] if value and isinstance(value, _CONTAINERS) else []
    while level and deepest <= most:
        deepest += 1
        parts = [here.values() if isinstance(here, dict) else here for here in level]
        level = [child for part in parts for child in part if child and isinstance(child, _CONTAINERS)]
    return deepest
