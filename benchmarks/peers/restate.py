"""Restate: its server, a service in Node.js, and two ways to wait for a decision."""

import itertools
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

import msgspec

from benchmarks.data.samples import a_submission
from benchmarks.load import request
from benchmarks.peers.contestants import Result, batch
from benchmarks.peers.installation import FOLDER, RESTATE_SERVICE, install_restate, restate_server
from benchmarks.processes import cpu_seconds, family, running, wait_for
from benchmarks.servers import Web
from benchmarks.world import World
from tests.support.processes.ports import unused_port

DECISION = b'"approve"'


@dataclass(frozen=True)
class Restate:
    """The running server, with the service that it calls."""

    web: Web
    service: int
    counts_url: str

    def counted(self, what: str) -> int:
        return int(_got(self.counts_url)[what])

    def ids(self) -> list[str]:
        """Return the ids of all awakeables, in the order in which they were published."""
        return list(_got(f"{self.counts_url}ids"))

    def cpu(self) -> float:
        return cpu_seconds(family(self.web.pid)) + cpu_seconds(family(self.service))

    def until(self, what: str, count: int) -> Callable[[], bool]:
        """Return a function that tells whether so many more are waiting or have seen their decision than now."""
        wanted = self.counted(what) + count
        return lambda: self.counted(what) >= wanted

    def batch(self, requests: Sequence[bytes], *, expect: int, what: str) -> Result:
        is_over = self.until(what, len(requests))
        return batch(self.web, requests, expect=expect, cpu=self.cpu, is_over=is_over)


@dataclass(frozen=True)
class Awakeables:
    """A handler that has published the id of its awakeable and waits. A decision resolves the awakeable."""

    restate: Restate

    def create(self, count: int) -> Result:
        return self.restate.batch(
            [_post("/approvals/wait/send", _submission()) for _ in range(count)], expect=202, what="waiting"
        )

    def decide(self, count: int) -> Result:
        ids = self.restate.ids()[-count:]
        requests = [_post(f"/restate/awakeables/{awakeable}/resolve", DECISION) for awakeable in ids]
        return self.restate.batch(requests, expect=202, what="seen")


class Workflows:
    """A workflow that waits at a durable promise. A decision calls its other handler, which resolves the promise."""

    def __init__(self, restate: Restate) -> None:
        self._restate, self._numbers = restate, itertools.count(1)
        self._keys: list[str] = []

    def create(self, count: int) -> Result:
        self._keys = [f"approval-{next(self._numbers)}" for _ in range(count)]
        requests = [_post(f"/approval/{key}/run/send", _submission()) for key in self._keys]
        return self._restate.batch(requests, expect=202, what="waiting")

    def decide(self, count: int) -> Result:
        requests = [_post(f"/approval/{key}/decide", DECISION) for key in self._keys[:count]]
        return self._restate.batch(requests, expect=200, what="seen")


def start(world: World) -> Restate:
    """Install and start Restate as it comes: only its addresses, its folder and its telemetry are set."""
    install_restate()
    node, ingress, admin, service, counts = (unused_port() for _ in range(5))
    environment = {
        **os.environ,
        "RESTATE_DISABLE_TELEMETRY": "true",
        "RESTATE_INGRESS__BIND_ADDRESS": f"127.0.0.1:{ingress}",
        "RESTATE_ADMIN__BIND_ADDRESS": f"127.0.0.1:{admin}",
    }
    server = _start(
        world, [str(restate_server()), "--no-logo", "--listen-mode=tcp", "--bind-ip=127.0.0.1", f"--bind-port={node}",
                "--node-name=peer", f"--base-dir={world.folder / 'restate'}"],
        environment, name="restate", url=f"http://127.0.0.1:{admin}/health",
    )  # fmt: skip
    command = ["node", str(FOLDER / RESTATE_SERVICE), str(service), str(counts)]
    counts_url = f"http://127.0.0.1:{counts}/"
    waiting = _start(world, command, environment, name="restate-service", url=counts_url)
    _register(f"http://127.0.0.1:{admin}/deployments", service_url=f"http://127.0.0.1:{service}")
    return Restate(Web(ingress, server, ""), waiting, counts_url)


def _start(world: World, command: Sequence[str], environment: dict[str, str], *, name: str, url: str) -> int:
    process = world.stack.enter_context(
        running(command, environment=environment, folder=world.folder, name=name)
    )  # fmt: skip
    wait_for(url, process=process)
    return process.pid


def _got(url: str) -> Any:
    with urlopen(url, timeout=5) as answer:
        return json.load(answer)


def _register(url: str, *, service_url: str) -> None:
    body = json.dumps({"uri": service_url}).encode()
    urlopen(Request(url, data=body, headers={"Content-Type": "application/json"}), timeout=30).close()


def _submission() -> bytes:
    return msgspec.json.encode(a_submission())


def _post(path: str, body: bytes) -> bytes:
    return request("POST", path, body=body, content_type="application/json")
