"""What every action in Slack is given, what it answers with, and how one person is told something privately."""

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
from approvals.settings.environment import Settings

SECONDS = 2
"""For one call while a person waits: Slack shows them an error after three."""
SOON, BEFORE_STANDING_STILL = timedelta(milliseconds=100), timedelta(seconds=1)
"""How long the callback to Step Functions may hold up Slack; on Lambda, which stands still after its answer, longer."""
Later = Callable[[], None]
_ID = re.compile(r"[!-~]{1,64}")

log = logging.getLogger(__name__)


class Ack(NamedTuple):
    """What Slack gets at once, and what is done when it has got it."""

    body: dict[str, Any] | None = None
    later: tuple[Later, ...] = ()


class Corner(NamedTuple):
    """Where one person can be told something that nobody else sees: `team` is the workspace whose app was used."""

    team: str
    user: str
    channel: str = ""
    response_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Slack:
    """The gateway, and our side of Slack."""

    gateway: Gateway
    api: SlackApi
    responses: SlackResponses
    members: Members
    within: timedelta = SOON

    def approval(self, approval_id: str) -> Approval:
        """Raises NotFound, also for what could not be an id."""
        if not _ID.fullmatch(approval_id):
            raise NotFound(approval_id)
        return self.gateway.approval(approval_id)

    def link(self, approval_id: str, reviewer: int) -> str:
        """A bearer link: only ever for that person's eyes."""
        return self.gateway.link(approval_id, reviewer)

    def admit(self, team: str | None, *, organisation: bool) -> str:
        """The workspace, where it is one of ours. Raises Forbidden."""
        if organisation or team is None:
            raise Forbidden("an app installed for a whole organisation is not supported: install it in each workspace")
        if team not in self.api.teams:
            log.warning("workspace %s is not ours", team, extra={"event": "slack.foreign"})
            raise Forbidden("this workspace is not among APPROVALS_SLACK_TOKENS")
        return team

    def tell(self, corner: Corner, words: str, *, link: str | None = None) -> None:
        """By the response URL, else in the channel for their eyes only, else by direct message."""
        button = [kit.actions([kit.button("Open the page", OPEN, url=link)])] if link else []
        blocks = [kit.section(kit.text(words, lines=True)), *button]
        self.show(corner, {"text": escaped(inert(words, FALLBACK_LENGTH)), "blocks": kit.written(blocks)})

    def show(self, corner: Corner, message: dict[str, Any]) -> None:
        """The same with a whole message. What cannot be said is logged: the answer itself stands."""
        if corner.response_url and self.responses.send(corner.response_url, message):
            return
        quiet = {"unfurl_links": False, "unfurl_media": False}
        ways: list[tuple[str, dict[str, Any]]] = [("chat.postMessage", {"channel": corner.user, **quiet})]
        if corner.channel:
            ways.insert(0, ("chat.postEphemeral", {"channel": corner.channel, "user": corner.user}))
        for method, where in ways:
            try:
                self.api.call(method, team=corner.team, **where, **message)
                return
            except NotDone as error:
                log.warning("%s", error, extra={"event": "slack.untold", "method": method})


def slack_of(settings: Settings, gateway: Gateway, *, within: timedelta = SOON) -> Slack:
    """Our side of Slack by these settings. Calls nothing yet."""
    api = SlackApi(settings.slack_tokens or {}, url=settings.slack_api_url, clock=gateway.now, seconds=SECONDS)
    email_of = SlackPeople(api).email_of if settings.slack_match_email else None
    return Slack(
        gateway=gateway,
        api=api,
        responses=SlackResponses(api_url=settings.slack_api_url, seconds=SECONDS),
        members=Members(lambda: gateway.directory, teams=api.teams, email_of=email_of),
        within=within,
    )
