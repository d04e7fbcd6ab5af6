"""The image as a container engine runs it: by unshare and nsenter, with a root, processes and a network of its own.

The command, the environment, the user, the health check and the stop signal are read from the image. Unlike an engine
this sets no limits and filters no system calls.
"""

import json
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.aws.state_machines import eventually

_ENTER = """
mount --bind "$ROOT" "$ROOT" && mount -o remount,bind,ro "$ROOT" && mount -t tmpfs tmpfs "$ROOT/tmp" &&
mount -t proc proc "$ROOT/proc" && mount --rbind /dev "$ROOT/dev" && ip link set lo up &&
exec chroot --userspec="$USER" --groups= "$ROOT" /usr/bin/env --ignore-environment --chdir="$FOLDER" "$@"
"""


@dataclass(frozen=True)
class Image:
    """The root of an image and its configuration, as scripts/build-image leaves them."""

    root: Path
    config: Mapping[str, Any]

    @classmethod
    def built(cls, folder: Path) -> "Image":
        described = json.loads((folder / "image.json").read_text())
        return cls(Path((folder / "root.txt").read_text().strip()), described["Docker"]["config"])


class Container:
    """One container, running from its creation until it is stopped. Empty arguments run the image's own command."""

    def __init__(self, image: Image, *arguments: str, log: Path, **environment: str) -> None:
        self._image, self.log = image, log
        self._environ = [*image.config["Env"], *(f"{name}={value}" for name, value in environment.items())]
        command = [*image.config["Entrypoint"], *(arguments or image.config["Cmd"])]
        spaces = ["--mount", "--propagation=private", "--pid", "--net", "--fork", "--kill-child"]
        given = {"ROOT": str(image.root), "USER": image.config["User"], "FOLDER": image.config["WorkingDir"]}
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                ["unshare", *spaces, "sh", "-c", _ENTER, "sh", *self._environ, *command],
                env={"PATH": os.environ["PATH"], **given}, stdout=out, stderr=out,
            )  # fmt: skip

    def wait(self, seconds: float = 30) -> int:
        """Return the exit code of the first process."""
        return self._process.wait(timeout=seconds)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the container, as its user and with its environment."""
        user, _, group = self._image.config["User"].partition(":")
        inside = ["--mount", "--pid", "--net", "--root", f"--setuid={user}", f"--setgid={group}"]
        clean = ["/usr/bin/env", "--ignore-environment", f"--chdir={self._image.config['WorkingDir']}", *self._environ]
        return subprocess.run(
            ["nsenter", f"--target={self._first()}", *inside, *clean, *command],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip

    def health(self) -> subprocess.CompletedProcess[str]:
        kind, command = self._image.config["Healthcheck"]["Test"]
        assert kind == "CMD-SHELL"
        return self.run("/bin/sh", "-c", command)

    def until_healthy(self) -> None:
        eventually(lambda: self._process.poll() is None and self.health().returncode == 0, seconds=30)

    def stop(self) -> int:
        """Send the image's stop signal to the first process, and return its exit code."""
        os.kill(self._first(), signal.Signals[self._image.config["StopSignal"]])
        return self.wait()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def _first(self) -> int:
        """Return the first process, once it is in its root: before, a command would run in that of this machine."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return int(eventually(lambda: self._in_its_root(children.read_text().strip()), seconds=10))

    def _in_its_root(self, process: str) -> str:
        return process if process and Path(f"/proc/{process}/root").readlink() == self._image.root else ""
