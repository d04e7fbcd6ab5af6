"""A local AWS: moto's services on loopback, with a Step Functions that behaves as the real one does.

It never calls the real AWS: credentials are fake, proxies are ignored, and it listens on 127.0.0.1 only.
"""

import copy
import os
import socket
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Self

import boto3
from botocore.config import Config

from approvals.demo import stepfunctions
from approvals.demo.stepfunctions.faults import Faults

HOST = "127.0.0.1"


class LocalAws:
    """A context manager that runs the local AWS. Moto keeps its state per process, so only one can run at a time.

    It listens from its creation on, so that clients can connect early; it answers once it is entered.
    """

    _running = threading.Lock()

    def __init__(self, *, region: str = "us-east-1", port: int = 0, activity_poll_seconds: float = 60.0) -> None:
        self.region = region
        self.faults: Faults
        self._activity_poll_seconds = activity_poll_seconds
        self._cleanup = ExitStack()
        self._listener = self._cleanup.enter_context(socket.create_server((HOST, port)))
        self._port: int = self._listener.getsockname()[1]
        self._clients: dict[tuple[str, str], Any] = {}

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self._port}"

    @property
    def calls(self) -> Counter[str]:
        """The number of calls of each operation, successful or not."""
        return self.faults.calls

    def client(self, service: str, *, region: str | None = None) -> Any:
        """Return a client without retries, so that every fault is visible."""
        key = (service, region or self.region)
        if key not in self._clients:
            session: Any = boto3.session.Session()
            self._clients[key] = session.client(
                service,
                endpoint_url=self.endpoint,
                region_name=key[1],
                aws_access_key_id="local",
                aws_secret_access_key="local",
                config=Config(
                    retries={"mode": "standard", "total_max_attempts": 1}, proxies={}, max_pool_connections=50
                ),
            )
        return self._clients[key]

    def function(self, name: str, handler: Callable[[Any, Any], Any]) -> None:
        """Register a Python function that lambda:invoke tasks call by `name`."""
        from approvals.demo.stepfunctions.integrations.lambda_functions import functions

        functions[name] = handler

    def reset(self) -> None:
        """Stop all executions and delete all state: state machines, queues, functions, faults and counts."""
        from moto.moto_api._internal.models import moto_api_backend

        from approvals.demo.stepfunctions.executions import stopping
        from approvals.demo.stepfunctions.integrations import lambda_functions
        from approvals.demo.stepfunctions.tasks import activities

        stopping.stop_everything()
        activities.close_polls()
        lambda_functions.functions.clear()
        self.faults.reset()
        moto_api_backend.reset()

    def __enter__(self) -> Self:
        try:
            if not self._running.acquire(blocking=False):
                raise RuntimeError("another LocalAws runs in this process, and moto supports only one")
            self._cleanup.callback(self._running.release)
            self._start()
        except BaseException:
            self._cleanup.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    def _start(self) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        stepfunctions.apply(activity_poll_seconds=self._activity_poll_seconds)
        self._configure_moto()
        self.faults = Faults(DomainDispatcherApplication(create_backend_app))
        self._serve()
        self.reset()
        self._cleanup.callback(self._close_clients)
        self._cleanup.callback(self.reset)

    def _configure_moto(self) -> None:
        from moto.core.config import default_user_config

        before = copy.deepcopy(default_user_config)
        default_user_config["stepfunctions"] = {"execute_state_machine": True}
        default_user_config["lambda"] = {"use_docker": False}
        self._cleanup.callback(default_user_config.update, before)

    def _serve(self) -> None:
        from moto.moto_server.werkzeug_app import MotoRequestHandler
        from werkzeug.serving import make_server

        class QuietHandler(MotoRequestHandler):
            def log_request(self, *_: object) -> None:
                """Log no requests."""

        server = make_server(
            HOST, self._port, self.faults, threaded=True, request_handler=QuietHandler, fd=self._listener.fileno()
        )  # fmt: skip
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        # moto's own ThreadedMotoServer leaves its socket open when it stops
        for cleanup_step in (server.server_close, thread.join, server.shutdown):
            self._cleanup.callback(cleanup_step)
        self._set_moto_port()

    def _set_moto_port(self) -> None:
        """Set MOTO_PORT, which the interpreter uses to call other services."""
        before = os.environ.get("MOTO_PORT")
        os.environ["MOTO_PORT"] = str(self._port)
        if before is None:
            self._cleanup.callback(os.environ.pop, "MOTO_PORT")
        else:
            self._cleanup.callback(os.environ.update, MOTO_PORT=before)

    def _close_clients(self) -> None:
        from approvals.demo.stepfunctions.integrations.clients import shared_clients

        shared_clients.close()
        while self._clients:
            self._clients.popitem()[1].close()
