"""Security of the pages with forms: access by link, the origin of a POST, and the shape of its fields."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from urllib.parse import parse_qsl

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.exceptions import BadRequest, Forbidden, UnsupportedMediaType
from werkzeug.wrappers import Response as AnyResponse

from approvals.domain.model.errors import BadLink, LinkExpired, LinkFromFuture, NotFound, UnknownKey
from approvals.domain.web_addresses import read_web_address

MOST_FIELDS = 100
NONCE_AGE = timedelta(hours=24)
_WHY: dict[type[Exception], str] = {UnknownKey: "key", LinkFromFuture: "future"}
SURE = "sure"
"""The box that is ticked by people, and not by programs that open mails and send every form as it is."""
NOT_SURE = "tick the box, then press the button"
LinkView = Callable[[str], AnyResponse]


def by_link(view: LinkView) -> LinkView:
    """Declare that a view knows its caller by the link."""

    @wraps(view)
    def guarded(token: str) -> AnyResponse:
        return view(token)

    guarded.authentication = "link"  # type: ignore[attr-defined]
    return guarded


def bad_link(error: Exception) -> AnyResponse:
    """Return the page for a link that does not work, which says why if that is known."""
    return make_response(render_template("links/bad.html", why=_WHY.get(type(error), "")), 404)


def here() -> str:
    """Return the path of the page that the link of this request opens."""
    return url_for(".show", token=(request.view_args or {})["token"])


def handle_errors(blueprint: Blueprint, *, expired: Callable[[LinkExpired], AnyResponse]) -> None:
    """Let a blueprint of pages with links answer links that do not work, and forms of other sites."""
    blueprint.register_error_handler(LinkExpired, expired)
    blueprint.register_error_handler(BadLink, bad_link)
    blueprint.register_error_handler(NotFound, bad_link)
    blueprint.register_error_handler(Forbidden, _refused)


def _refused(_: Exception) -> AnyResponse:
    return make_response(render_template("errors/refused.html", back=here()), 403)


def from_our_page(public_url: str) -> None:
    """Raise Forbidden for a POST from another site, by Sec-Fetch-Site or, if that is missing, by Origin."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is None:
        sent = request.headers.get("Origin", "")
        site = "same-origin" if _origin(sent) == read_web_address(public_url).origin else "unknown"
    if site != "same-origin":
        raise Forbidden


def _origin(sent: str) -> str | None:
    """Return the origin that a browser names, or None for anything else, such as `null`."""
    try:
        address = read_web_address(sent)
    except ValueError:
        return None
    return address.origin if address.rest in ("", "/") else None


def is_sure(fields: Mapping[str, str]) -> bool:
    """Return whether somebody ticked the box of a form that has nothing else to choose or to write."""
    return fields.get(SURE) == "true"


def sent_fields() -> dict[str, str]:
    """Return the form's fields. Refuse what no browser sends: other media types, repeated fields, NUL, broken UTF-8."""
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
