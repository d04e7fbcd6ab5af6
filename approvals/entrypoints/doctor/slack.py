"""Slack checks: tokens, scopes, and the people and channels of the directory file. Nothing is posted."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from approvals import wiring
from approvals.adapters.slack.client import SlackApi
from approvals.adapters.slack.conversations import KINDS, SlackConversations
from approvals.adapters.slack.errors import INVITE, NotDone
from approvals.adapters.slack.scopes import bot_scopes
from approvals.domain.directory.people import Directory
from approvals.domain.model.errors import Misconfigured
from approvals.domain.model.messages.results import GivenUp
from approvals.entrypoints.doctor.result import CheckLine, fail, ok, warn
from approvals.presentation.lists import listed
from approvals.presentation.text import plain
from approvals.settings.environment import Settings

MOST_PEOPLE = 100
"""Slack allows about a hundred look-ups of people a minute."""
_SECRET = re.compile(r"[0-9a-f]{32}")
_ANEW = "paste the manifest of `approvals slack manifest` at App Manifest, and install the app again"


def check(settings: Settings, clock: Callable[[], datetime]) -> Iterator[CheckLine]:
    api = wiring.slack_api(settings, clock=clock)
    if api is None:
        return
    yield from _ways_back(settings, clock)
    named = _named(settings, SlackConversations(api))
    for team in api.teams:
        yield from _workspace(api, team, settings, [rest for where, rest in named if where == team])
    for team in sorted({team for team, _ in named} - set(api.teams)):
        yield fail(f"Slack {team}: the directory file names it", f"add {team}=xoxb-… to APPROVALS_SLACK_TOKENS")


def _ways_back(settings: Settings, clock: Callable[[], datetime]) -> Iterator[CheckLine]:
    """Check how answers reach the gateway: by signed requests, or by Socket Mode."""
    if any(not _SECRET.fullmatch(secret) for secret in settings.slack_signing_secrets):
        yield warn("Slack: a signing secret is not 32 hex digits", "copy it from Basic Information, App Credentials")
    elif settings.slack_signing_secrets:
        yield ok("Slack: the signing secrets have the right form")
    if settings.slack_app_token:
        yield _socket(settings, clock)


def _socket(settings: Settings, clock: Callable[[], datetime]) -> CheckLine:
    """Check Socket Mode; apps.connections.open returns an address and opens no connection."""
    app = SlackApi({"the app": settings.slack_app_token}, url=settings.slack_api_url, clock=clock)
    try:
        app.call("apps.connections.open", team="the app")
    except NotDone as error:
        fix = "switch Socket Mode on, and create an App-Level Token with the scope connections:write"
        return fail(f"Slack: Socket Mode is refused ({error.code})", fix)
    return ok("Slack: Socket Mode may be used")


def _named(settings: Settings, places: SlackConversations) -> list[tuple[str, str]]:
    """Return (workspace, address) of all people and channels that the directory file names in Slack."""
    if not settings.directory:
        return []
    from approvals.adapters.aws.clients import Clients
    from approvals.adapters.directory.source import read_directory

    try:
        place, region = settings.directory, settings.aws_region or None
        directory = read_directory(place, clients=Clients(), region=region).directory
    except Misconfigured:
        return []  # the directory check reports it
    return [places.split(address) for address in dict.fromkeys(_addresses(directory))]


def _addresses(directory: Directory) -> Iterator[str]:
    yield from (one.removeprefix("slack:") for one in _references(directory) if one.startswith("slack:"))
    for person in directory.people.values():
        yield from (address for channel, address in person.addresses if channel == "slack")


def _references(directory: Directory) -> Iterator[str]:
    """Yield every reference in policies, groups and aliases."""
    for stage in (stage for policy in directory.policies.values() for stage in policy.stages):
        yield from stage.notify
        yield from (one for group in stage.groups for one in group.from_)
        yield from (one for step in stage.escalate for one in step.to)
    yield from (one for members in directory.groups.values() for one in members)
    yield from (alias for person in directory.people.values() for alias in person.aliases)


def _workspace(api: SlackApi, team: str, settings: Settings, named: list[str]) -> Iterator[CheckLine]:
    """Check a workspace; without a valid token no further check makes sense."""
    try:
        found = api.call("auth.test", team=team)
    except NotDone as error:
        yield _refused(team, error)
        return
    if found.get("team_id") != team:
        real = plain(str(found.get("team_id")))
        yield fail(f"Slack {team}: this token belongs to {real}", f"write {real}=xoxb-… in APPROVALS_SLACK_TOKENS")
        return
    yield ok(f"Slack {team}: “{plain(str(found.get('team', '')))}”, as {plain(str(found.get('user', '')))}")
    yield from _scopes(team, set(filter(None, found["_scopes"].split(","))), match_email=settings.slack_match_email)
    yield from _looked(team, lambda: _channels(api, team, [one for one in named if one[0] in "#CG"]))
    yield from _looked(team, lambda: _people(api, team, [one for one in named if one[0] in "UW"]))


def _refused(team: str, error: NotDone) -> CheckLine:
    if isinstance(error.result, GivenUp):
        return fail(f"Slack {team}: {error.code}", error.result.reason)
    return fail(
        f"Slack {team}: {error.result.reason}", "check the network between this machine and slack.com, and try again"
    )


def _scopes(team: str, granted: set[str], *, match_email: bool) -> Iterator[CheckLine]:
    missing = [scope for scope in bot_scopes(match_email=match_email) if scope not in granted]
    if not granted:
        yield warn(f"Slack {team}: Slack does not report the granted scopes", "check OAuth & Permissions")
    elif missing:
        yield fail(f"Slack {team}: lacks {listed(missing, cut=99)}", _ANEW)
    else:
        yield ok(f"Slack {team}: has all required scopes")


def _looked(team: str, look: Callable[[], Iterable[CheckLine]]) -> Iterator[CheckLine]:
    try:
        yield from look()
    except NotDone as error:
        yield warn(f"Slack {team}: the look-up failed ({error.code})", error.result.reason)


def _channels(api: SlackApi, team: str, named: list[str]) -> Iterator[CheckLine]:
    if not named:
        return
    mine: dict[str, dict[str, Any]] = {}
    for channel in api.pages("users.conversations", team=team, of="channels", types=KINDS):
        mine[str(channel["id"])] = mine["#" + str(channel.get("name", "")).casefold()] = channel
    problems = list(filter(None, (_unusable(team, one, mine) for one in named)))
    yield from problems
    if not problems:
        yield ok(f"Slack {team}: in all {len(named)} channels that policies notify")


def _unusable(team: str, name: str, mine: dict[str, dict[str, Any]]) -> CheckLine | None:
    found = mine.get(name) or mine.get(name.casefold())
    if found is None:
        return fail(f"Slack {team}: the app is not in {plain(name)}", INVITE)
    if found.get("is_archived"):
        return fail(f"Slack {team}: {plain(name)} is archived", "unarchive it, or name another in the policy")
    return None


def _people(api: SlackApi, team: str, named: list[str]) -> Iterator[CheckLine]:
    looked_at = named[:MOST_PEOPLE]
    gone = [user for user in looked_at if not _active(api, team, user)]
    for user in gone:
        yield fail(f"Slack {team}: {user} is not an active account", "fix the directory file")
    if looked_at and not gone:
        rest = len(named) - len(looked_at)
        others = f"; {rest} more were not checked" if rest else ""
        yield ok(f"Slack {team}: knows all {len(looked_at)} people{others}")


def _active(api: SlackApi, team: str, user: str) -> bool:
    try:
        found = api.call("users.info", team=team, user=user).get("user") or {}
    except NotDone as error:
        if error.code in ("user_not_found", "user_not_visible"):
            return False
        raise
    return not (found.get("deleted") or found.get("is_bot"))
