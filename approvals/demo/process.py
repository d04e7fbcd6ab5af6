"""The gateway as in production: `approvals serve` in its own process."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

HOST = "127.0.0.1"
LOG = "gateway.log"
TAIL_LINES = 25
START_SECONDS = 60
GRACE_SECONDS = 1.5
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class GatewayDied(Exception):
    """The gateway exited by itself or did not become ready. The message holds the end of its log."""


class GatewayProcess:
    """A context manager that runs the gateway in `folder`, so that no `.env` of the current directory reaches it.

    The gateway inherits a listening socket, so that no other process can take the port before it is ready.
    """

    def __init__(self, settings: Mapping[str, str], *, folder: Path) -> None:
        self._listener = socket.create_server((HOST, 0))
        self.url = f"http://{HOST}:{self._listener.getsockname()[1]}"
        self._settings, self._folder = settings, folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        number = self._listener.fileno()
        own = {"APPROVALS_LISTEN": f"fd://{number}", "APPROVALS_PUBLIC_URL": self.url}
        with self._listener, (self._folder / LOG).open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "approvals", "serve"],
                cwd=self._folder,
                env={**os.environ, **self._settings, **own},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[number],
                start_new_session=True,
            )
        return self

    def __exit__(self, *_: object) -> None:
        """Terminate the process, then kill it with all its children after GRACE_SECONDS."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_SECONDS)
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def wait_until_ready(self) -> None:
        """Wait until the gateway answers. Raise GatewayDied if it exits or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            self.check()
            if time.monotonic() > deadline:
                raise GatewayDied(f"The gateway was not ready after {START_SECONDS} s. {self.log_tail()}")
            time.sleep(0.05)

    def check(self) -> None:
        """Raise GatewayDied if the process has exited."""
        code = self._process.poll() if self._process else None
        if code is not None:
            raise GatewayDied(f"The gateway stopped by itself, with exit code {code}. {self.log_tail()}")

    def _answers(self) -> bool:
        try:
            with _direct.open(f"{self.url}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def log_tail(self) -> str:
        """Return the end of the log, introduced by a sentence."""
        lines = (self._folder / LOG).read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "The end of its log:\n\n" + "\n".join(f"  {line}" for line in lines) if lines else "Its log is empty."
