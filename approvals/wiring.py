"""Wiring: build the gateway from settings. Only here are the clock read, ids created and random numbers drawn."""

import random
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from approvals.adapters.aws.clients import Clients
from approvals.adapters.aws.emf_metrics import Metrics
from approvals.adapters.aws.step_functions import StepFunctions
from approvals.adapters.database.clock import DatabaseClock
from approvals.adapters.database.engine import Database
from approvals.adapters.database.outbox.sql_outbox import SqlOutbox
from approvals.adapters.database.store import SqlStore
from approvals.adapters.security.signed_links import SignedLinks
from approvals.adapters.security.token_vault import KeyRing, Kms, parse_keys
from approvals.domain.directory.configuration import Known
from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.lifecycle.open import Terms
from approvals.domain.model.errors import Misconfigured
from approvals.flows.gateway import Gateway
from approvals.flows.ports import Background, Channel, Each, Ports, Vault
from approvals.settings.environment import Settings

if TYPE_CHECKING:
    from approvals.adapters.aws.sns_signature import SnsSignatures
    from approvals.adapters.slack.client import SlackApi

CONSOLE = "console:"
T = TypeVar("T")
R = TypeVar("R")


def build(
    settings: Settings, *, wake: Callable[[], None] | None = None, clients: Clients | None = None,
    database: Database | None = None, metrics: Metrics | None = None,
) -> Gateway:  # fmt: skip
    """Build the gateway from settings, without connecting to anything. Raises Misconfigured."""
    clients = clients or Clients()
    database = database or open_database(settings, clients, pool_size=settings.web_threads + 2)
    clock = system_clock if database.is_sqlite else DatabaseClock(database, system=system_clock)
    channels = _channels(settings, clients, clock)
    known, look_again = _directory(settings, clients)
    ports = Ports(
        store=_store(database, metrics, window=settings.digest_window),
        outbox=_outbox(database, metrics, window=settings.digest_window),
        callbacks=StepFunctions(
            clients, clock=clock, region=settings.aws_region or None, roles=settings.assume_roles
        ),
        channels=channels,
        vault=_vault(settings, clients),
        links=SignedLinks(
            settings.signing_keys, public_url=settings.public_url, lifetime=settings.link_lifetime
        ),
        known=known,
        look_again=look_again,
        terms=_terms(settings, channels),
        public_url=settings.public_url,
        clock=clock,
        new_id=new_id,
        chance=random.random,
        each=pooled(settings.delivery_threads),
        background=background(ThreadPoolExecutor(settings.delivery_threads, thread_name_prefix="background")),
        wake=wake or (lambda: None),
    )  # fmt: skip
    return Gateway(ports)


def open_database(settings: Settings, clients: Clients, *, pool_size: int, **more: Any) -> Database:
    """Create the database without connecting. `more` is passed to Database."""
    password = None
    if settings.database_iam:
        from approvals.adapters.aws.rds_iam_auth import RdsLogin

        password = RdsLogin(clients, url=settings.database_url, region=settings.aws_region or None).password
    return Database(settings.database_url, pool_size=pool_size, password=password, **more)


def database_url(settings: Settings) -> str:
    """Return the URL with a password that is valid now, for callers that connect at once, such as migrations."""
    if not settings.database_iam:
        return settings.database_url
    from approvals.adapters.aws.rds_iam_auth import RdsLogin

    return RdsLogin(Clients(), url=settings.database_url, region=settings.aws_region or None).signed_url()


def fetch_secret(arn: str) -> str:
    """Return the text of a secret of AWS, for `Settings.from_env`. Raises ValueError."""
    from approvals.adapters.aws.secrets import Secrets

    return Secrets(Clients()).text(arn)


def _store(database: Database, metrics: Metrics | None, *, window: timedelta) -> SqlStore:
    if metrics is None:
        return SqlStore(database, new_id=new_id, window=window)
    from approvals.adapters.database.metered import MeteredStore

    return MeteredStore(database, new_id=new_id, metrics=metrics, window=window)


def _outbox(database: Database, metrics: Metrics | None, *, window: timedelta) -> SqlOutbox:
    if metrics is None:
        return SqlOutbox(database, new_id=new_id, window=window)
    from approvals.adapters.database.metered import MeteredOutbox

    return MeteredOutbox(database, new_id=new_id, metrics=metrics, window=window)


def _directory(settings: Settings, clients: Clients) -> tuple[Callable[[], Known], Callable[[], bool]]:
    """Return functions that return the current directory and read it again."""
    slack_team = next(iter(settings.slack_tokens or ()), "")
    nothing = Known(directory=Directory(slack_team=slack_team))
    if not settings.directory:
        return lambda: nothing, lambda: True
    from approvals.adapters.directory.source import source_of
    from approvals.adapters.directory.watcher import DirectoryWatch

    try:
        source = source_of(settings.directory, clients=clients, region=settings.aws_region or None)
        watch = DirectoryWatch(source, clock=system_clock, slack_team=slack_team)
    except Misconfigured as error:
        raise Misconfigured(f"APPROVALS_DIRECTORY: {error}") from None
    return watch, watch.look_again


def system_clock() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    """Return an id: 25 hex digits that sort by time, 11 of milliseconds and 14 random. Not a secret."""
    return f"{int(system_clock().timestamp() * 1000):011x}{secrets.token_hex(7)}"


def pooled(threads: int) -> Each:
    """Return a map that runs several calls at once, because a callback mostly waits for AWS.

    Each calling thread has its own pool, so that slow mails in one loop delay no callbacks in another.
    """
    own = threading.local()

    def each(function: Callable[[T], R], items: Iterable[T], /) -> Iterator[R]:
        found = list(items)
        if len(found) < 2 or threads < 2:
            return map(function, found)
        if not hasattr(own, "pool"):
            own.pool = ThreadPoolExecutor(threads, thread_name_prefix="delivery")
        results: Iterator[R] = own.pool.map(function, found)
        return results

    return each


def background(pool: Executor) -> Background:
    """Return a call with a time limit; slow calls continue in the pool, and are retried when their lease ends."""

    def call(function: Callable[[], T], within: timedelta, /) -> T | None:
        with suppress(TimeoutError):
            return pool.submit(function).result(within.total_seconds())
        return None

    return call


def sns_signatures(settings: Settings) -> "SnsSignatures | None":
    """Return the verifier of SNS messages over HTTPS, or None if no topic is allowed."""
    if not settings.sns_topics:
        return None
    from approvals.adapters.aws.https_fetch import Fetching
    from approvals.adapters.aws.sns_signature import SnsSignatures

    return SnsSignatures(Fetching(), clock=system_clock)


def _vault(settings: Settings, clients: Clients) -> Vault:
    if settings.kms_key_id:
        region = settings.aws_region or None
        return Kms(lambda: clients.get("kms", region=region), key_id=settings.kms_key_id)
    try:
        return KeyRing(parse_keys(settings.sealing_keys))
    except ValueError as error:
        raise Misconfigured(f"APPROVALS_SEALING_KEYS {error}") from None


def _channels(settings: Settings, clients: Clients, clock: Callable[[], datetime]) -> Mapping[str, Channel]:
    return {**_mail(settings, clients, clock), **_slack(settings, clock)}


def _mail(settings: Settings, clients: Clients, clock: Callable[[], datetime]) -> dict[str, Channel]:
    if not settings.mail_url:
        return {}
    from approvals.adapters.mail.channel import Mailer

    try:
        return {"mail": Mailer(_transport(settings, clients), sender=settings.mail_from, clock=clock)}
    except (ValueError, Misconfigured) as error:
        raise Misconfigured(f"APPROVALS_MAIL_URL or APPROVALS_MAIL_FROM: {error}") from None


def _slack(settings: Settings, clock: Callable[[], datetime]) -> dict[str, Channel]:
    api = slack_api(settings, clock=clock)
    if api is None:
        return {}
    from approvals.adapters.slack.channel import SlackChannel
    from approvals.adapters.slack.conversations import SlackPlaces
    from approvals.adapters.slack.users import SlackPeople

    people = SlackPeople(api) if settings.slack_match_email else None
    return {"slack": SlackChannel(api, places=SlackPlaces(api, people=people), clock=clock)}


def slack_api(settings: Settings, *, clock: Callable[[], datetime]) -> "SlackApi | None":
    """Return Slack's Web API with a client for each workspace, or None if no workspace is set up."""
    if not settings.slack_tokens:
        return None
    from approvals.adapters.slack.client import SlackApi

    return SlackApi(settings.slack_tokens, url=settings.slack_api_url, clock=clock)


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


def _terms(settings: Settings, channels: Mapping[str, Channel]) -> Terms:
    """Return the terms of opening. Slack authenticates people; a link works for anyone who has it."""
    return Terms(
        reach=Reach(channels=frozenset(channels), assurance="slack" if "slack" in channels else "link"),
        default_timeout=settings.default_timeout,
        heartbeat=settings.heartbeat,
        least_margin=settings.least_margin,
        plain_http_links=settings.plain_http_links,
        digest_window=settings.digest_window,
    )
