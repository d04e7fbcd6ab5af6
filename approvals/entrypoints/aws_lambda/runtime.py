"""What an environment of Lambda keeps between invocations: settings, engine, clients, gateway, and the handler's own.

Secrets are looked at again every five minutes; where one has changed everything is made anew, without a restart.
"""

import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from approvals import wiring
from approvals.adapters.aws.clients import Clients
from approvals.adapters.aws.emf_metrics import Emf, Metrics
from approvals.adapters.aws.secrets import Secrets
from approvals.adapters.database.engine import Database
from approvals.entrypoints.server import logs
from approvals.flows.gateway import Gateway
from approvals.settings.environment import Settings, environment

REFRESH = timedelta(minutes=5)
POOL_SIZE = 1  # an environment handles one event at a time; the pool lends one more to who needs two at once

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What every handler is made of."""

    settings: Settings
    gateway: Gateway
    database: Database
    clients: Clients
    metrics: Metrics


class Warm(Generic[T]):
    """Makes the handler's own of what is kept, at once, and again when a secret has changed. Raises Misconfigured."""

    def __init__(
        self, make: Callable[[Kept], T], *, environ: Mapping[str, str] | None = None,
        clock: Callable[[], datetime] = wiring.system_clock,
    ) -> None:  # fmt: skip
        self._make, self._clock = make, clock
        self._environ = environment() if environ is None else environ
        self._clients = Clients()
        self._facts: dict[str, object] = {}
        settings = self._read()
        logs.configure(form="json", level=settings.log_level, facts=self._facts)
        self._build(settings)

    def __call__(self, context: Any) -> T:
        """For this invocation, whose log lines bear its request id."""
        self._facts["aws_request_id"] = context.aws_request_id
        if self._clock() - self._checked >= REFRESH:
            self._refresh()
        return self._made

    def _read(self) -> Settings:
        self._checked = self._clock()
        return Settings.from_env(self._environ, fetch=Secrets(self._clients).text)

    def _refresh(self) -> None:
        """What cannot be read now may be read in five minutes; until then the old ones hold."""
        try:
            settings = self._read()
            if settings == self._kept.settings:
                return
            before = self._kept
            self._build(settings)
        except Exception:
            log.exception("the secrets could not be read again", extra={"event": "secrets.unreadable"})
            return
        before.database.engine.dispose()
        log.info("a secret has changed; the new one is used from now on", extra={"event": "secrets.changed"})

    def _build(self, settings: Settings) -> None:
        """What cannot be made leaves everything as it was."""
        # A frozen environment does not notice how long it lay idle: the connection is asked each time.
        database = wiring.open_database(settings, self._clients, pool_size=POOL_SIZE, idle_seconds=0)
        metrics = Emf(_out, namespace=settings.metrics_namespace, clock=wiring.system_clock)
        gateway = wiring.build(settings, clients=self._clients, database=database, metrics=metrics)
        kept = Kept(settings=settings, gateway=gateway, database=database, clients=self._clients, metrics=metrics)
        self._made, self._kept = self._make(kept), kept


def make_step_functions_client(kept: Kept) -> None:
    """In INIT, for the Region whose workflows are told: making the first client is dear."""
    region = kept.settings.aws_region or kept.clients.region
    if region:
        kept.clients.get("stepfunctions", region=region)


def time_left(context: Any, *, margin: timedelta) -> bool:
    """Whether there is time to begin something that may take as long as `margin`."""
    return bool(context.get_remaining_time_in_millis() > margin.total_seconds() * 1000)


def _out(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()
