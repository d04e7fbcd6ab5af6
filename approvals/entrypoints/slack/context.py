"""The context of every action in Slack: gateway, client, acknowledgement, and private replies to one person."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from approvals.adapters.slack.blocks import elements as kit
from approvals.adapters.slack.blocks.buttons import OPEN
from approvals.adapters.slack.blocks.text import FALLBACK_LENGTH, escaped, inert
from approvals.adapters.slack.client import SlackApi
from approvals.adapters.slack.errors import NotDone
from approvals.adapters.slack.response_url import SlackResponses
from approvals.adapters.slack.users import SlackPeople
from approvals.domain.model.approval import Approval
from approvals.domain.model.errors import Forbidden, NotFound
from approvals.entrypoints.slack.members import Members
from approvals.flows.gateway import Gateway
from approvals.presentation.messages import slack as texts
from approvals.settings.environment import Settings

SECONDS = 2
"""Seconds for one call while a person waits: Slack shows an error after three."""
SOON, BEFORE_STANDING_STILL = timedelta(milliseconds=100), timedelta(seconds=1)
"""How long Slack waits for the callback to Step Functions; longer on Lambda, which is frozen after its response."""
Later = Callable[[], None]
_ID = re.compile(r"[!-~]{1,64}")

log = logging.getLogger(__name__)


class Ack(NamedTuple):
    """The acknowledgement that Slack gets at once, and the work that follows it."""

    body: dict[str, Any] | None = None
    later: tuple[Later, ...] = ()


class PrivateTarget(NamedTuple):
    """The place for messages that only one person sees; `team` is the workspace whose app was used."""

    team: str
    user: str
    channel: str = ""
    response_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Slack:
    """The gateway, and the gateway's connections to Slack."""

    gateway: Gateway
    api: SlackApi
    responses: SlackResponses
    members: Members
    within: timedelta = SOON

    def approval(self, approval_id: str) -> Approval:
        """Return the approval. Raises NotFound, also for text that cannot be an id."""
        if not _ID.fullmatch(approval_id):
            raise NotFound(approval_id)
        return self.gateway.approval(approval_id)

    def link(self, approval_id: str, reviewer: int) -> str:
        """Return the reviewer's link to the page. It is a bearer secret: show it to that person only."""
        return self.gateway.link(approval_id, reviewer)

    def admit(self, team: str | None, *, organisation: bool) -> str:
        """Return the workspace, if the gateway has a token for it. Raises Forbidden."""
        if organisation or team is None:
            raise Forbidden("an app installed for a whole organisation is not supported: install it in each workspace")
        if team not in self.api.teams:
            log.warning("workspace %s is not ours", team, extra={"event": "slack.foreign"})
            raise Forbidden("this workspace is not among APPROVALS_SLACK_TOKENS")
        return team

    def tell(self, target: PrivateTarget, words: str, *, link: str | None = None) -> None:
        """Send a private text: by the response URL, else as an ephemeral message, else as a direct message."""
        button = [kit.actions([kit.button(texts.OPEN_PAGE, OPEN, url=link)])] if link else []
        blocks = [kit.section(kit.text(words, lines=True)), *button]
        self.show(target, {"text": escaped(inert(words, FALLBACK_LENGTH)), "blocks": kit.written(blocks)})

    def show(self, target: PrivateTarget, message: dict[str, Any]) -> None:
        """Send a private message. A failure is only logged, because the answer is recorded already."""
        if target.response_url and self.responses.send(target.response_url, message):
            return
        quiet = {"unfurl_links": False, "unfurl_media": False}
        ways: list[tuple[str, dict[str, Any]]] = [("chat.postMessage", {"channel": target.user, **quiet})]
        if target.channel:
            ways.insert(0, ("chat.postEphemeral", {"channel": target.channel, "user": target.user}))
        for method, where in ways:
            try:
                self.api.call(method, team=target.team, **where, **message)
                return
            except NotDone as error:
                log.warning("%s", error, extra={"event": "slack.untold", "method": method})


def slack_of(settings: Settings, gateway: Gateway, *, within: timedelta = SOON) -> Slack:
    """Return the context for these settings, without calling Slack."""
    api = SlackApi(settings.slack_tokens or {}, url=settings.slack_api_url, clock=gateway.now, seconds=SECONDS)
    email_of = SlackPeople(api).email_of if settings.slack_match_email else None
    return Slack(
        gateway=gateway,
        api=api,
        responses=SlackResponses(api_url=settings.slack_api_url, seconds=SECONDS),
        members=Members(lambda: gateway.directory, teams=api.teams, email_of=email_of),
        within=within,
    )
