"""`approvals serve` and `approvals worker` as real processes, each the leader of a group that is killed as a whole."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from approvals.domain.api_keys import SCOPES, entry
from approvals.entrypoints.server.local_setup import new_api_key, new_sealing_key, new_signing_key
from tests.support.processes.ports import unused_port
from tests.support.wheel import ROOT

NAMES = ("serve", "worker")
REGION = "eu-central-1"


class Processes:
    """The gateway's processes on one database. What kills them gives them no time to clean up."""

    def __init__(self, folder: Path, *, database_url: str, endpoint: str, smtp: str) -> None:
        self.port, self.api_key, self.kills = unused_port(), new_api_key(), Counter[str]()
        self.died = list[str]()
        self._folder, self._running = folder, dict[str, subprocess.Popen[bytes]]()
        self._environment = _without_ours(os.environ) | {
            "PYTHONPATH": str(ROOT),
            "AWS_ENDPOINT_URL_SFN": endpoint,
            "AWS_ACCESS_KEY_ID": "chaos",
            "AWS_SECRET_ACCESS_KEY": "chaos",
            "AWS_EC2_METADATA_DISABLED": "true",
            "APPROVALS_DATABASE_URL": database_url,
            "APPROVALS_LISTEN": f"127.0.0.1:{self.port}",
            "APPROVALS_SIGNING_KEYS": new_signing_key(),
            "APPROVALS_SEALING_KEYS": new_sealing_key(),
            "APPROVALS_API_KEYS": entry("chaos", SCOPES, self.api_key),
            "APPROVALS_MAIL_URL": f"smtp://{smtp}?starttls=no",
            "APPROVALS_MAIL_FROM": "approvals@example.com",
            "APPROVALS_DIGEST_WINDOW": "1s",
            "APPROVALS_HEARTBEAT": "3s",
            "APPROVALS_AWS_REGION": REGION,
        }  # fmt: skip

    def start(self, name: str) -> None:
        with (self._folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", "approvals", name], cwd=self._folder, env=self._environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def start_all(self) -> None:
        for name in NAMES:
            self.start(name)

    def kill(self, name: str) -> None:
        """Kill a process and its children with SIGKILL, wherever they are. One that ended by itself has `died`."""
        process = self._running.pop(name)
        if process.poll() is not None:
            self.died.append(f"{name} ended by itself with {process.returncode}")
            return
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.kills[name] += 1

    def kill_all(self) -> None:
        for name in list(self._running):
            self.kill(name)


def _without_ours(environ: "os._Environ[str]") -> dict[str, str]:
    foreign = {n for n in environ if n.startswith(("AWS_", "APPROVALS_")) or n.lower().endswith("_proxy")}
    return {name: value for name, value in environ.items() if name not in foreign}
