"""The renderer of the review page: opens a link, and renders the parts of the approval that its holder may see."""

import logging

from flask import Response, make_response, render_template, request

from approvals.domain.model.approval import TRIED_AGAIN, Approval
from approvals.domain.model.errors import BadLink
from approvals.domain.model.messages.audience import ForChannel, ForRequester, ForReviewer, Holder
from approvals.domain.model.records import Rendering
from approvals.entrypoints.pages.actions.model import Actions, actions_of
from approvals.entrypoints.pages.form_security import NONCE_AGE
from approvals.entrypoints.pages.review.model import Page, look
from approvals.entrypoints.pages.review.timeline import Timeline, timeline
from approvals.flows.gateway import Gateway
from approvals.presentation.explain.approval_explanation import timeline_of
from approvals.presentation.markdown import markdown

log = logging.getLogger(__name__)


class ReviewRenderer:
    """Opens links and renders pages for one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway

    def opened(self, token: str) -> tuple[Approval, Holder]:
        """Return the approval and the holder of the link. Raises BadLink, NotFound, LinkExpired."""
        approval_id, holder = self.gateway.open_link(token)
        approval = self.gateway.approval(approval_id)
        if not _known(holder, approval):
            raise BadLink("there is no such reviewer")
        return approval, holder

    def look(self, approval: Approval, viewer: Holder) -> Page:
        unreached = self.gateway.undeliverable(approval.id)
        failing = self.gateway.failing_of(approval.id).callback if approval.callback in TRIED_AGAIN else None
        return look(approval, viewer=viewer, now=self.gateway.now(), unreached=unreached, failing=failing)

    def shown(self, page: Page, *, status: int = 200, actions: Actions | None = None) -> Response:
        """Render the page. `actions` holds the input of an action's form that has to be corrected."""
        rendering = Rendering(page.approval.id, page.viewer, page.now, page.approval.content_sha256)
        nonce = self.gateway.nonce(rendering) if page.takes_posts else ""
        html = render_template(
            "review/page.html", page=page, nonce=nonce, markdown=markdown,
            actions=actions or self.actions(page), token=(request.view_args or {})["token"], line=self._line(page),
        )  # fmt: skip
        return make_response(html, status)

    def seconds_on_page(self, nonce: str, *, approval_id: str, holder: Holder, content_sha256: str) -> int | None:
        """Return how long ago this gateway rendered the form with this content; None if it did not, or too long ago."""
        rendering = self.rendering(nonce, approval_id=approval_id, holder=holder)
        return self.age(rendering) if rendering and rendering.content_sha256 == content_sha256 else None

    def rendering(self, nonce: str, *, approval_id: str, holder: Holder) -> Rendering | None:
        """Return how this gateway rendered the form for this reviewer; None if it did not, or too long ago."""
        try:
            rendering = self.gateway.rendering(nonce)
        except BadLink:
            return None
        ours = (rendering.approval_id, rendering.holder) == (approval_id, holder)
        return rendering if ours and self.gateway.now() - rendering.at <= NONCE_AGE else None

    def age(self, rendering: Rendering) -> int:
        """Return the seconds since the form was rendered."""
        return max(0, int((self.gateway.now() - rendering.at).total_seconds()))

    def _line(self, page: Page) -> Timeline | None:
        """Return the timeline, or None after an error, which must not keep people from answering."""
        approval, now = page.approval, page.now
        try:
            notes = self.gateway.audit(approval.id)
            return timeline(approval.status, timeline_of(approval, notes, people=self.gateway.people, now=now), now=now)
        except Exception:
            log.exception("no timeline could be made", extra={"event": "page.timeline", "approval_id": approval.id})
            return None

    def actions(self, page: Page) -> Actions:
        return actions_of(page, people=self.gateway.people)


def _known(holder: Holder, approval: Approval) -> bool:
    match holder:
        case ForReviewer(number):
            return number < len(approval.reviewers)
        case ForRequester():
            return bool(approval.content.requester)
        case ForChannel():
            return False  # its link has a page of its own
