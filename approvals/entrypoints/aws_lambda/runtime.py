"""State that a Lambda environment keeps between invocations: settings, engine, clients and gateway.

Secrets are read again every five minutes; if one has changed, everything is rebuilt without a restart.
"""

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from botocore.exceptions import BotoCoreError

from approvals import wiring
from approvals.adapters.aws.clients import Clients
from approvals.adapters.aws.secrets import Secrets
from approvals.adapters.database.engine import Database
from approvals.entrypoints.server import logs
from approvals.flows.gateway import Gateway
from approvals.settings.environment import Settings, environment
from approvals.telemetry import tracing
from approvals.telemetry.emf import Emf
from approvals.telemetry.meter import Meter

REFRESH = timedelta(minutes=5)
POOL_SIZE = (
    1  # an environment handles one event at a time; overflow of the pool covers code that needs a second connection
)

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class HandlerContext:
    """The objects that every handler is built from."""

    settings: Settings
    gateway: Gateway
    database: Database
    clients: Clients
    metrics: Emf
    meter: Meter


class Warm(Generic[T]):
    """A handler's state, built at once, and again when a secret has changed. Raises Misconfigured."""

    def __init__(
        self, make: Callable[[HandlerContext], T], *, environ: Mapping[str, str] | None = None,
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
        """Return the state for this invocation, and add its request id to the log lines."""
        self._facts["aws_request_id"] = context.aws_request_id
        if self._clock() - self._checked >= REFRESH:
            self._refresh()
        return self._made

    def _read(self) -> Settings:
        self._checked = self._clock()
        return Settings.from_env(self._environ, fetch=Secrets(self._clients).text)

    def _refresh(self) -> None:
        """Read the secrets again; if that fails, keep the old ones for another five minutes."""
        try:
            settings = self._read()
            if settings == self._kept.settings:
                return
            before = self._kept
            self._build(settings)
        except Exception:
            log.exception("the secrets could not be refreshed", extra={"event": "secrets.unreadable"})
            return
        before.database.engine.dispose()
        log.info("a secret has changed; the new value is used from now on", extra={"event": "secrets.changed"})

    def _build(self, settings: Settings) -> None:
        """Build the state; an error leaves the old state in use."""
        # A frozen environment cannot measure its idle time, so every connection is checked before use.
        database = wiring.open_database(settings, self._clients, pool_size=POOL_SIZE, idle_seconds=0)
        metrics = Emf(_out, namespace=settings.metrics_namespace, clock=wiring.system_clock)
        meter = Meter(metrics.record)
        # A frozen environment sends nothing in the background, and its next request would find the response lost.
        gateway = wiring.build(settings, clients=self._clients, database=database, sinks=[meter], callback_wait=None)
        kept = HandlerContext(
            settings=settings, gateway=gateway, database=database, clients=self._clients, metrics=metrics, meter=meter
        )
        self._made, self._kept = self._make(kept), kept


def make_step_functions_client(kept: HandlerContext) -> None:
    """Create the Step Functions client in the INIT phase, because the first client is slow to create."""
    region = kept.settings.aws_region or kept.clients.region
    if not region:
        return
    try:
        kept.clients.get("stepfunctions", region=region)
    except BotoCoreError:  # the function must start: the first callback reports it
        log.exception("the client of Step Functions could not be made", extra={"event": "client.error"})


def _trace_of_lambda() -> str:
    if not tracing.on():
        return ""
    from approvals.telemetry.traces.headers import from_xray

    return from_xray(environment().get("_X_AMZN_TRACE_ID", ""))


@contextmanager
def traced_invocation() -> Iterator[None]:
    """Continue the trace of Lambda, and send the spans before the environment is frozen."""
    try:
        with tracing.within(_trace_of_lambda()):
            yield
    finally:
        tracing.flush()


def time_left(context: Any, *, margin: timedelta) -> bool:
    """Return whether the invocation has at least `margin` left."""
    return bool(context.get_remaining_time_in_millis() > margin.total_seconds() * 1000)


def _out(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()
