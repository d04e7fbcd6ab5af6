"""The page of a channel's link: a member names their address, and gets a link of their own by mail.

The response to an address is always the same, so that it does not reveal who may answer.
"""

from contextlib import suppress

from flask import Blueprint, make_response, render_template
from werkzeug.wrappers import Response as AnyResponse

from approvals.domain.mail_addresses import is_mail_address
from approvals.domain.model.approval import Approval
from approvals.domain.model.errors import BadLink, NotFound, Stale
from approvals.domain.model.messages.audience import ForChannel
from approvals.domain.model.records import Rendering
from approvals.domain.problems import Problem
from approvals.entrypoints.pages.form_security import (
    by_link,
    from_our_page,
    handle_errors,
    here,
    sent_fields,
)
from approvals.entrypoints.pages.review.renderer import ReviewRenderer
from approvals.flows.gateway import Gateway
from approvals.presentation.messages.pages import OPEN_FOR_LONG
from approvals.presentation.problems import problem_sentence
from approvals.presentation.text import plain

NO_ADDRESS = Problem("address", "write your e-mail address, such as ana@example.com")


def blueprint(gateway: Gateway) -> Blueprint:
    """Return the blueprint of the page of a channel's link, to be registered at the root."""
    channel, views = Blueprint("channel", __name__), ChannelViews(gateway)
    channel.add_url_rule("/l/<link:token>", "show", by_link(views.show), methods=["GET"])
    channel.add_url_rule("/l/<link:token>", "send", by_link(views.send), methods=["POST"])
    handle_errors(channel, expired=_expired)
    return channel


class ChannelViews:
    """The views of the page."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway, self._forms = gateway, ReviewRenderer(gateway)

    def show(self, token: str) -> AnyResponse:
        return self._shown(self._opened(token))

    def send(self, token: str) -> AnyResponse:
        """Send the reviewer who has this address a link of their own."""
        from_our_page(self._gateway.public_url)
        approval = self._opened(token)
        sent = sent_fields()
        address, of = sent.get("address", "").strip(), {"approval_id": approval.id, "content_sha256": ""}
        if self._over(approval):
            return self._shown(approval, status=409)
        if self._forms.seconds_on_page(sent.get("nonce", ""), holder=ForChannel(), **of) is None:
            return self._shown(approval, address=address, notice=OPEN_FOR_LONG, status=409)
        if not is_mail_address(address):
            return self._shown(approval, address=address, notice=problem_sentence(NO_ADDRESS), status=422)
        with suppress(NotFound, Stale):
            self._gateway.send_own_link(approval.id, address=address)
        return make_response(render_template("links/channel.html", situation="sent"))

    def _opened(self, token: str) -> Approval:
        """Return the approval of the link. Raises BadLink, NotFound, LinkExpired."""
        approval_id, holder = self._gateway.open_link(token)
        if not isinstance(holder, ForChannel):
            raise BadLink("this is the link of a person")
        return self._gateway.approval(approval_id)

    def _over(self, approval: Approval) -> bool:
        return not approval.pending or self._gateway.now() >= approval.deadline

    def _shown(self, approval: Approval, *, address: str = "", notice: str = "", status: int = 200) -> AnyResponse:
        nonce = self._gateway.nonce(Rendering(approval.id, ForChannel(), self._gateway.now(), ""))
        situation, title = "over" if self._over(approval) else "open", plain(approval.content.title)
        page = render_template(
            "links/channel.html", situation=situation, title=title, locale=approval.content.locale, nonce=nonce,
            address=address, notice=notice, action=here(),
        )  # fmt: skip
        return make_response(page, status)


def _expired(_: Exception) -> AnyResponse:
    return make_response(render_template("links/channel.html", situation="expired"), 410)
