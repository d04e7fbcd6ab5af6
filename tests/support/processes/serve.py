"""`approvals serve` as a separate process in its own folder."""

import json
import os
import re
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

from tests.support.aws.state_machines import eventually
from tests.support.processes.ports import unused_port


class Served:
    """A gateway process, running from its creation until it is terminated."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self.port, self.log = unused_port(), folder / "serve.log"
        self.url = f"http://127.0.0.1:{self.port}"
        environ = {
            **os.environ, "APPROVALS_LISTEN": f"127.0.0.1:{self.port}", "APPROVALS_PUBLIC_URL": self.url,
            "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        with self.log.open("w") as out:
            self.process = subprocess.Popen(command, cwd=folder, env=environ, stdout=out, stderr=out)
        eventually(lambda: self.get("/readyz"), seconds=30)
        found = re.search(r"apk_\S+", self.log.read_text())
        assert found
        self.api_key = found[0]

    def get(self, path: str) -> str:
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""

    def submit(self, **changes: Any) -> dict[str, Any]:
        body = {"taskToken": "token", "title": "Ship it?", "reviewers": ["ana@example.com"], **changes}
        headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/v1/approvals", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return dict(json.load(answer))

    def link(self) -> str:
        found = re.search(rf"{re.escape(self.url)}(/r/\S+)", self.log.read_text())
        return found[1] if found else ""
