"""What the pages that people answer on have in common: who asks by their link, and what of a POST is believed."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from urllib.parse import parse_qsl, urlsplit

from flask import request
from werkzeug.exceptions import BadRequest, Forbidden, UnsupportedMediaType
from werkzeug.wrappers import Response as AnyResponse

MOST_FIELDS = 100
NONCE_AGE = timedelta(hours=24)
OPEN_FOR_LONG = "This page had been open for long; please check and send once more."
View = Callable[[str], AnyResponse]


def by_link(view: View) -> View:
    """Says how a view knows who asks."""

    @wraps(view)
    def guarded(token: str) -> AnyResponse:
        return view(token)

    guarded.authentication = "link"  # type: ignore[attr-defined]
    return guarded


def from_our_page(public_url: str) -> None:
    """Raises Forbidden for what another site's page sends: by Sec-Fetch-Site, or Origin where that is lacking."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is None:
        parts = urlsplit(public_url)
        site = "same-origin" if request.headers.get("Origin") == f"{parts.scheme}://{parts.netloc}" else "unknown"
    if site != "same-origin":
        raise Forbidden


def sent_fields() -> dict[str, str]:
    """The fields of the form. What no browser sends is refused: other shapes, fields twice, NUL, broken UTF-8."""
    if request.mimetype != "application/x-www-form-urlencoded":
        raise UnsupportedMediaType
    try:
        body = request.get_data(cache=False).decode()
        pairs = parse_qsl(body, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise BadRequest from None
    fields = {name: value.replace("\r\n", "\n") for name, value in pairs}
    if len(fields) != len(pairs) or any("\0" in text for pair in pairs for text in pair):
        raise BadRequest
    return fields
