"""Shared clients for the interpreter's calls to other services, one per service and Region, without a proxy.

Moto creates a new client for each task (50 ms), from several threads through one session, which boto3 does not allow,
and sends calls to localhost through the proxies of the environment.
"""

import threading
from typing import Any

import boto3
from botocore.config import Config
from moto.core.models import botocore_stubber
from moto.stepfunctions.parser.asl.utils import boto_client

from approvals.demo.stepfunctions.patching import replace


class SharedClients:
    """A replacement for the module boto3 in the interpreter."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: dict[tuple[Any, ...], Any] = {}

    def client(self, *, service_name: str, region_name: str, config: Config, **options: Any) -> Any:
        key = (service_name, region_name, options.get("endpoint_url"), botocore_stubber.enabled)
        with self._lock:
            if key not in self._clients:
                direct = config.merge(Config(proxies={}, max_pool_connections=50))
                session: Any = boto3.session.Session()
                self._clients[key] = session.client(service_name, region_name=region_name, config=direct, **options)
            return self._clients[key]

    def close(self) -> None:
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()


shared_clients = SharedClients()


def apply() -> None:
    replace(boto_client, boto3=shared_clients)
