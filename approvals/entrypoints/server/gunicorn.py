"""The server: gunicorn with the web application and a worker in each of its processes."""

import logging
import socket
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger as GunicornLogger

from approvals import wiring
from approvals.adapters.aws.activity import READ_SECONDS, ActivityQueue, region_of
from approvals.adapters.aws.clients import Clients
from approvals.adapters.aws.sqs import SqsQueue
from approvals.entrypoints.intake.batch import Queue, QueueMessage
from approvals.entrypoints.server.metrics import metrics_of
from approvals.entrypoints.server.sockets import opened
from approvals.entrypoints.server.whole_requests import worker_class
from approvals.entrypoints.server.worker import Bell, Listener, Worker
from approvals.flows.gateway import Gateway
from approvals.settings.environment import Settings
from approvals.telemetry import tracing
from approvals.telemetry.instruments import LAST_SWEEP
from approvals.telemetry.meter import Meter

GRACE_SECONDS = 30

log = logging.getLogger(__name__)


class ServerLog(GunicornLogger):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's own lines, through the handler and format of all others, and without what a request said."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if msg.startswith("Invalid request"):  # quotes the first line of the request, with its path
            msg, args = "an invalid request was refused", ()
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if msg.startswith("Error handling request"):
            msg, args = "a request failed in the server", ()
        super().exception(msg, *args, **kwargs)


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """The gunicorn application. Only the listening socket exists before the fork: no connection or thread is shared.

    Raises Misconfigured if it cannot listen.
    """

    def __init__(self, settings: Settings, *, work: bool = True) -> None:
        self._settings, self._work = settings, work
        self._listen = opened(settings.listen)
        self._metrics = metrics_of(settings)
        self._bell = Bell()
        self._worker: Worker | None = None
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": self._listen,
            "workers": self._settings.web_processes,
            "threads": self._settings.web_threads,
            "worker_class": worker_class(request_seconds=self._settings.request_timeout.total_seconds()),
            "graceful_timeout": GRACE_SECONDS,
            "timeout": 60,
            "keepalive": 5,
            "sendfile": False,  # a response is sent in one piece
            "accesslog": None,  # access logs would contain review links, which are secrets
            "loglevel": "warning",
            "logger_class": ServerLog,
            "proc_name": "approvals",
            "control_socket_disable": True,
            "worker_exit": self._stop_worker,
            "child_exit": self._retire,
            "on_exit": self._clean_up,
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        from approvals.entrypoints.app import app_of

        meter = self._metrics.meter() if self._metrics else None
        gateway = wiring.build(self._settings, wake=self._bell.ring, sinks=[meter] if meter else [])
        if self._metrics:
            self._metrics.start(gateway.backlog)
        if self._work:
            self._worker = make_worker(self._settings, gateway, self._bell, meter=meter)
            self._worker.start()
        return _behind(app_of(self._settings, gateway, meter=meter), proxies=self._settings.trusted_proxies)

    def _stop_worker(self, _arbiter: Any, _web_worker: Any) -> None:
        if self._worker:
            self._worker.stop()
        tracing.shut_down()

    def _retire(self, _arbiter: Any, web_worker: Any) -> None:
        """Keep what a process counted that has ended."""
        if self._metrics:
            self._metrics.retire(web_worker.pid)

    def _clean_up(self, _arbiter: Any) -> None:
        if self._metrics:
            self._metrics.remove()


def make_worker(settings: Settings, gateway: Gateway, bell: Bell, *, meter: Meter | None = None) -> Worker:
    queues: list[Queue] = [_activity(arn) for arn in dict.fromkeys(settings.activities)]
    if settings.queue_url:
        clients = Clients(read_timeout=30)
        region = settings.aws_region or None
        queues.append(SqsQueue(lambda: clients.get("sqs", region=region), url=settings.queue_url, make=QueueMessage))
    return Worker(
        gateway, bell=bell, pause_seconds=settings.sweep_seconds, retention=settings.token_retention, queues=queues,
        listeners=[_socket_mode(settings, gateway)] if settings.slack_app_token else [],
        swept=_sweeps(meter) if meter else None,
    )  # fmt: skip


def _sweeps(meter: Meter) -> Callable[[], None]:
    return lambda: meter.record(LAST_SWEEP, wiring.system_clock().timestamp())


def _socket_mode(settings: Settings, gateway: Gateway) -> Listener:
    from approvals.entrypoints.slack.context import slack_of
    from approvals.entrypoints.slack.socket_mode import SocketMode

    slack = slack_of(settings, gateway)
    return SocketMode(slack, app_token=settings.slack_app_token, api_url=settings.slack_api_url)


def _activity(arn: str) -> ActivityQueue:
    clients = Clients(read_timeout=READ_SECONDS)
    return ActivityQueue(
        lambda: clients.get("stepfunctions", region=region_of(arn)), arn=arn,
        worker_name=f"approvals-{socket.gethostname()}", make=QueueMessage,
    )  # fmt: skip


def _behind(app: Any, *, proxies: int) -> Any:
    """Trust exactly the configured number of proxies."""
    if not proxies:
        return app
    from werkzeug.middleware.proxy_fix import ProxyFix

    return ProxyFix(app, x_for=proxies, x_proto=proxies)
