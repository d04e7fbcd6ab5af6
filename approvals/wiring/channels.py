"""The channels: mail and Slack. Each library is imported only where it is set up, which keeps cold starts short."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from approvals.adapters.aws.clients import Clients
from approvals.domain.directory.configuration import Configuration
from approvals.domain.model.errors import Misconfigured
from approvals.flows.ports import Channel
from approvals.settings.environment import Settings

if TYPE_CHECKING:
    from approvals.adapters.slack.client import SlackApi

CONSOLE, SES = "console:", "ses:"


def channels_of(
    settings: Settings, clients: Clients, clock: Callable[[], datetime], *, configuration: Callable[[], Configuration]
) -> Mapping[str, Channel]:
    return {**_mail(settings, clients, clock, configuration), **_slack(settings, clock)}


def _mail(
    settings: Settings, clients: Clients, clock: Callable[[], datetime], configuration: Callable[[], Configuration]
) -> dict[str, Channel]:
    if not settings.mail_url:
        return {}
    from approvals.adapters.mail.channel import Mailer

    def timezone_of(address: str) -> str | None:
        person = configuration().directory.person(address)
        return person.timezone if person else None

    try:
        transport, sender, reply_to = _transport(settings, clients), settings.mail_from, settings.mail_reply_to
        return {"mail": Mailer(transport, sender=sender, reply_to=reply_to, clock=clock, timezone_of=timezone_of)}
    except (ValueError, Misconfigured) as error:
        raise Misconfigured(f"APPROVALS_MAIL_URL, APPROVALS_MAIL_FROM or APPROVALS_MAIL_REPLY_TO: {error}") from None


def _transport(settings: Settings, clients: Clients) -> Any:
    """Return the mail transport; each is imported only when it is used, to keep cold starts short."""
    if settings.mail_url == CONSOLE:
        from approvals.adapters.mail.console import Console

        return Console(print)
    from approvals.adapters.mail.url import SesService, parse_mail_url

    place = parse_mail_url(settings.mail_url)
    if isinstance(place, SesService):
        from approvals.adapters.mail.ses import Ses

        region = place.region or settings.aws_region or None
        return Ses(lambda: clients.get("sesv2", region=region), configuration_set=place.configuration_set)
    from approvals.adapters.mail.smtp import Smtp

    return Smtp(place)


def _slack(settings: Settings, clock: Callable[[], datetime]) -> dict[str, Channel]:
    api = slack_api(settings, clock=clock)
    if api is None:
        return {}
    from approvals.adapters.slack.channel import SlackChannel
    from approvals.adapters.slack.conversations import SlackConversations
    from approvals.adapters.slack.users import SlackPeople

    people = SlackPeople(api) if settings.slack_match_email else None
    return {"slack": SlackChannel(api, conversations=SlackConversations(api, people=people), clock=clock)}


def slack_api(settings: Settings, *, clock: Callable[[], datetime]) -> "SlackApi | None":
    """Return Slack's Web API with a client for each workspace, or None if no workspace is set up."""
    if not settings.slack_tokens:
        return None
    from approvals.adapters.slack.client import SlackApi

    return SlackApi(settings.slack_tokens, url=settings.slack_api_url, clock=clock)
