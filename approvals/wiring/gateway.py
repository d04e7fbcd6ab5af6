"""The gateway, built from settings: its directory, its vault and what holds for every submission."""

import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

from approvals.adapters.aws.clients import Clients
from approvals.adapters.aws.step_functions.callbacks import StepFunctions
from approvals.adapters.database.clock import DatabaseClock
from approvals.adapters.database.engine import Database
from approvals.adapters.database.outbox.sql_outbox import SqlOutbox
from approvals.adapters.database.store import SqlStore
from approvals.adapters.security.signed_links import SignedLinks
from approvals.adapters.security.token_vault import KeyRing, Kms, parse_keys
from approvals.domain.directory.configuration import Configuration
from approvals.domain.directory.people import Directory
from approvals.domain.eligibility.policy_members import Reach
from approvals.domain.lifecycle.open import Deployment
from approvals.domain.model.errors import Misconfigured
from approvals.flows.gateway import Gateway
from approvals.flows.ports import Callbacks, Channel, Ports, Retention, Vault, fingerprint_of
from approvals.settings.environment import Settings, environment
from approvals.telemetry.event import Event, Name, Observe, observed_by
from approvals.telemetry.log_lines import LogLines
from approvals.wiring.channels import CONSOLE, SES, channels_of
from approvals.wiring.clock_and_ids import new_id, random_number, system_clock
from approvals.wiring.database import open_database, records_of
from approvals.wiring.threads import background, pooled

CALLBACK_WAIT = timedelta(seconds=2)
ACCOUNTS = 64
"""So many accounts of Step Functions may be slow at once before they delay others."""


def build(
    settings: Settings, *, wake: Callable[[], None] | None = None, clients: Clients | None = None,
    database: Database | None = None, sinks: Sequence[Observe] = (),
    callback_wait: timedelta | None = CALLBACK_WAIT,
) -> Gateway:  # fmt: skip
    """Build the gateway from settings, without connecting to anything. Raises Misconfigured.

    Events go to the log, and to the `sinks`.
    `callback_wait` is None for processes that serve one person at a time, or end or stand still after their answer.
    """
    _trace(environment())
    clients = clients or Clients()
    database = database or open_database(settings, clients, pool_size=settings.web_threads + 2)
    clock = system_clock if database.is_sqlite else DatabaseClock(database, system=system_clock)
    configuration, reload_directory = _directory(settings, clients)
    channels = channels_of(settings, clients, clock, configuration=configuration)
    observe = observed_by([LogLines(), *sinks], policies=lambda: configuration().directory.policies)
    tell = partial(_telling, observe)
    database.set_aside.counted_by(tell(Name.ROW_UNREADABLE))
    database.failed = tell(Name.DATABASE_FAILED)
    ports = Ports(
        store=SqlStore(database, new_id=new_id, window=settings.digest_window, observe=observe),
        outbox=SqlOutbox(database, new_id=new_id, window=settings.digest_window, observe=observe),
        callbacks=_callbacks(settings, clients, clock),
        channels=channels,
        vault=vault_of(settings, clients, failed=tell(Name.KMS_FAILED)),
        links=SignedLinks(
            settings.signing_keys, public_url=settings.public_url, lifetime=settings.link_lifetime
        ),
        configuration=configuration,
        reload_directory=reload_directory,
        deployment=_deployment(settings, channels),
        public_url=settings.public_url,
        clock=clock,
        new_id=new_id,
        jitter=random_number,
        each=pooled(settings.delivery_threads),
        # Half of the threads of the web server never wait for Step Functions: they serve pages and /healthz.
        background=background(
            ThreadPoolExecutor(settings.delivery_threads, thread_name_prefix="background"),
            waiting=max(1, settings.web_threads // 2),
        ),
        apart=background(ThreadPoolExecutor(ACCOUNTS, thread_name_prefix="account"), waiting=settings.delivery_threads),
        callback_wait=callback_wait,
        wake=wake or (lambda: None),
        records=lambda: records_of(database),
        retention=_retention(settings, clients),
        observe=observe,
    )  # fmt: skip
    return Gateway(ports)


def _trace(environ: Mapping[str, str]) -> None:
    """Make spans if something asks for them; a cold start does not pay for the rest."""
    if "opentelemetry.trace" in sys.modules or any(name.startswith("OTEL_") for name in environ):
        from approvals.wiring.traces import trace_as_set_up

        trace_as_set_up(environ)


def _callbacks(settings: Settings, clients: Clients, clock: Callable[[], datetime]) -> Callbacks:
    if settings.callbacks == CONSOLE:
        from approvals.adapters.aws.step_functions.console import ConsoleCallbacks

        return ConsoleCallbacks(print)
    return StepFunctions(clients, clock=clock, region=settings.aws_region or None, roles=settings.assume_roles)


def _directory(settings: Settings, clients: Clients) -> tuple[Callable[[], Configuration], Callable[[], bool]]:
    """Return functions that return the current directory and read it again."""
    slack_team = next(iter(settings.slack_tokens or ()), "")
    nothing = Configuration(directory=Directory(slack_team=slack_team))
    if not settings.directory:
        return lambda: nothing, lambda: True
    from approvals.adapters.directory.source import source_of
    from approvals.adapters.directory.watcher import DirectoryWatch

    try:
        source = source_of(settings.directory, clients=clients, region=settings.aws_region or None)
        watch = DirectoryWatch(source, clock=system_clock, slack_team=slack_team)
    except Misconfigured as error:
        raise Misconfigured(f"APPROVALS_DIRECTORY: {error}") from None
    return watch, watch.reload_directory


def _retention(settings: Settings, clients: Clients) -> Retention | None:
    if settings.retention is None:
        return None
    from approvals.wiring.retention import retention_of

    return retention_of(settings, kept_for=settings.retention, clients=clients)


def _telling(observe: Observe, name: Name) -> Callable[[], None]:
    """Return a function that tells that this happened, to no approval."""
    return lambda: observe(Event(name=name, at=system_clock()))


def proof_of(settings: Settings) -> Callable[[str], str | None]:
    """Return the answer to a challenge that proves that a process is of this deployment; None if it is no challenge."""

    def prove_deployment(challenge: str) -> str | None:
        from approvals.adapters.security.deployment_proof import CHALLENGE, prove

        return prove(settings.signing_keys, challenge) if CHALLENGE.fullmatch(challenge) else None

    return prove_deployment


def people_fingerprint(settings: Settings, clients: Clients) -> str | None:
    """Return the fingerprint by which a process with these settings evaluates approvals. Raises Misconfigured."""
    configuration, _ = _directory(settings, clients)
    channels = channels_of(settings, clients, system_clock, configuration=configuration)
    return fingerprint_of(configuration(), _deployment(settings, channels))


def vault_of(settings: Settings, clients: Clients, *, failed: Callable[[], None] = lambda: None) -> Vault:
    """Return what seals and opens task tokens; it calls `failed` if KMS fails. Raises Misconfigured."""
    if settings.kms_key_id:
        region = settings.aws_region or None
        return Kms(lambda: clients.get("kms", region=region), key_id=settings.kms_key_id, failed=failed)
    try:
        return KeyRing(parse_keys(settings.sealing_keys))
    except ValueError as error:
        raise Misconfigured(f"APPROVALS_SEALING_KEYS {error}") from None


def _deployment(settings: Settings, channels: Mapping[str, Channel]) -> Deployment:
    """Return what holds for every submission. Slack authenticates people; a link works for anyone who has it."""
    return Deployment(
        reach=Reach(
            channels=frozenset(channels),
            assurance="slack" if "slack" in channels else "link",
            ascii_mail=settings.mail_url.startswith(SES),
        ),
        default_timeout=settings.default_timeout,
        heartbeat=settings.heartbeat,
        least_margin=settings.least_margin,
        plain_http_links=settings.plain_http_links,
        digest_window=settings.digest_window,
    )
