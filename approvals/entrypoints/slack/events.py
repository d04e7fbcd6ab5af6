"""Events of Slack: a person opens the Home tab, or the app was removed. A repeated event has no further effect."""

from functools import partial

from approvals.entrypoints.slack import pending_list as slack_inbox
from approvals.entrypoints.slack.context import Ack, Slack, log
from approvals.entrypoints.slack.payloads import EventCallback, Member

_GONE = {"app_uninstalled", "tokens_revoked"}


def handle_event(slack: Slack, sent: EventCallback) -> Ack:
    """Handle an event. Raises Forbidden."""
    if sent.type == "url_verification":
        return Ack({"challenge": sent.challenge})
    team = slack.admit(sent.team_id, organisation=False)
    what = sent.event
    if what.type == "app_home_opened" and what.tab == "home" and isinstance(what.user, str):
        return Ack(later=(partial(slack_inbox.publish, slack, Member(team, what.user), team=team),))
    if what.type in _GONE:
        _log_gone(team, what.type)
    return Ack()


def _log_gone(team: str, kind: str) -> None:
    """Log the removal of the app. No state is kept: a message that Slack then refuses goes to its reviewer by mail."""
    log.error(
        "workspace %s has removed the app or revoked its token; reviewers there are written to by mail",
        team, extra={"event": f"slack.{kind}", "team": team},
    )  # fmt: skip
