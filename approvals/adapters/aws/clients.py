"""botocore clients: one session; each client is created once, on first use, for all threads.

Clients do not retry by default, because the outbox alone decides what is sent again and when.
"""

import socket
import time
from collections.abc import Callable
from threading import Lock
from typing import Any, NamedTuple

import botocore
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.endpoint import EndpointCreator
from botocore.exceptions import BotoCoreError, NoCredentialsError
from botocore.httpsession import URLLib3Session
from botocore.session import Session

from approvals.telemetry import tracing

CONNECT_SECONDS, READ_SECONDS = 3.0, 10.0
LOOK_AGAIN_SECONDS = 30.0
"""Without a Region or credentials, AWS's settings are read again after this time. A look costs up to two seconds."""
# Without a fixed one botocore builds it for each call, which takes a seventh of the call. CloudTrail records it.
USER_AGENT = f"approvals-gateway Botocore/{botocore.__version__}"


class _Key(NamedTuple):
    service: str
    region: str | None
    role: str | None
    endpoint_url: str | None
    attempts: int


class Clients:
    """A cache of clients by service, Region and role. The credentials of a role are renewed automatically.

    A Region or credentials that appear after the start, such as a file or a login, are found without a restart.
    """

    def __init__(
        self, *, connect_timeout: float = CONNECT_SECONDS, read_timeout: float = READ_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._timeouts = {"connect_timeout": connect_timeout, "read_timeout": read_timeout}
        self._session = _new_session()
        self._lock = Lock()
        self._made: dict[_Key, Any] = {}
        self._assumed: dict[tuple[str, str | None], Session] = {}
        self._clock = clock
        self._look_again_at: float | None = None

    def get(
        self, service: str, *, region: str | None = None, role: str | None = None, endpoint_url: str | None = None,
        attempts: int = 1,
    ) -> Any:  # fmt: skip
        """Return the client of a service. Raises botocore's errors without a Region or credentials."""
        key = _Key(service, region, role, endpoint_url, attempts)
        self._forget_incomplete()
        client = self._made.get(key)
        if client is None:
            with self._lock:  # unlike clients, a botocore session is not thread-safe
                client = self._made.get(key) or self._made.setdefault(key, self._checked(key))
        return client

    @property
    def region(self) -> str | None:
        """Return the Region of this process, from AWS's own settings."""
        found: str | None = self._session.get_config_variable("region")
        return found

    def credentials(self, *, region: str | None = None, role: str | None = None) -> Any:
        """Return the credentials of the gateway, or of a role, which botocore renews; None if there are none."""
        self._forget_incomplete()
        with self._lock:
            found = self._acting_as(role, region=region).get_credentials()
            self._note(complete=found is not None)
            return found

    def http_session(self, client: Any) -> URLLib3Session:
        """Return an HTTP session with the time-outs, proxies and certificates that botocore gives this client."""
        config = client.meta.config
        options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]  # otherwise each body waits 40 ms for Nagle's algorithm
        if self._session.get_config_variable("tcp_keepalive"):
            options.append((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1))
        creator: Any = EndpointCreator(client.meta.events)  # typed for a single time-out, though botocore gives two
        session: URLLib3Session = creator.create_endpoint(
            client.meta.service_model,
            client.meta.region_name,
            client.meta.endpoint_url,
            verify=self._session.get_config_variable("ca_bundle"),
            timeout=(config.connect_timeout, config.read_timeout),
            max_pool_connections=config.max_pool_connections,
            socket_options=options,
        ).http_session
        return session

    def _forget_incomplete(self) -> None:
        """Forget what was made without a Region or credentials: botocore would never look for them again."""
        if self._look_again_at is None or self._clock() < self._look_again_at:
            return
        with self._lock:
            self._session, self._look_again_at = _new_session(), None
            self._made.clear()
            self._assumed.clear()

    def _checked(self, key: _Key) -> Any:
        try:
            client = self._make(key)
            complete = self._acting_as(key.role, region=key.region).get_credentials() is not None
        except BotoCoreError:
            self._note(complete=False)
            raise
        self._note(complete=complete)
        return client

    def _note(self, *, complete: bool) -> None:
        if not complete and self._look_again_at is None:
            self._look_again_at = self._clock() + LOOK_AGAIN_SECONDS

    def _make(self, key: _Key) -> Any:
        session = self._acting_as(key.role, region=key.region)
        return session.create_client(
            key.service, region_name=key.region, endpoint_url=key.endpoint_url, config=self._config(key.attempts)
        )

    def _config(self, attempts: int) -> Config:
        return Config(
            connect_timeout=self._timeouts["connect_timeout"],
            read_timeout=self._timeouts["read_timeout"],
            retries={"mode": "standard", "total_max_attempts": attempts},
            max_pool_connections=32,
            user_agent=USER_AGENT,
        )

    def _acting_as(self, role: str | None, *, region: str | None) -> Session:
        """Return the session of a role, which has the credentials of the role only, or the gateway's own."""
        if role is None:
            return self._session
        if (role, region) not in self._assumed:
            self._assumed[role, region] = self._session_of(role, region=region)
        return self._assumed[role, region]

    def _session_of(self, role: str, *, region: str | None) -> Session:
        source = self._session.get_credentials()
        if source is None:
            raise NoCredentialsError

        def create_client(service: str, **options: Any) -> Any:
            return self._session.create_client(service, region_name=region, config=self._config(1), **options)

        fetcher = AssumeRoleCredentialFetcher(create_client, source, role, extra_args={"RoleSessionName": "approvals"})
        session = _new_session()
        session.register_component("credential_provider", CredentialResolver([_Assumed(fetcher.fetch_credentials)]))
        session.register_component("data_loader", self._session.get_component("data_loader"))
        return session


def _new_session() -> Session:
    """Return a session whose calls have spans."""
    session = Session()
    for moment in ("before-call", "after-call", "after-call-error"):
        session.register(moment, _traced)
    return session


def _traced(**call: Any) -> None:
    """Begin or end the span of a call, if this process makes spans."""
    if tracing.on():
        from approvals.adapters.aws import call_spans

        call_spans.note(call.pop("event_name").partition(".")[0], **call)


class _Assumed(CredentialProvider):
    METHOD = "approvals-assumed-role"

    def __init__(self, fetch: Callable[[], Any]) -> None:
        super().__init__()
        self._fetch = fetch

    def load(self) -> DeferredRefreshableCredentials:
        return DeferredRefreshableCredentials(method=self.METHOD, refresh_using=self._fetch)
