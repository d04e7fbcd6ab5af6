"""The system's nginx as a reverse proxy on loopback, with the configuration of docs/how-to/run.md."""

import shutil
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.support.aws.state_machines import eventually
from tests.support.processes.ports import listens, unused_port

NAMES = ["nginx", "/usr/sbin/nginx"]
CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  {http}
}}
"""
Proxied = Callable[..., str]


@pytest.fixture
def nginx(tmp_path: Path) -> Generator[Proxied]:
    """Yield a function that starts nginx with a server, and returns its address."""
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    if executable is None:
        pytest.skip("no nginx here: run scripts/test-machine")
    processes = []

    def start(http: str) -> str:
        port, file = unused_port(), tmp_path / "nginx.conf"
        listening = http.replace("server {", f"server {{ listen 127.0.0.1:{port};")
        file.write_text(CONFIGURATION.format(folder=tmp_path, http=listening), encoding="utf-8")
        command = [executable, "-p", str(tmp_path), "-e", str(tmp_path / "error.log"), "-c", str(file)]
        processes.append(subprocess.Popen(command))
        eventually(lambda: listens(port), seconds=10)
        return f"http://127.0.0.1:{port}"

    yield start
    for process in processes:
        process.terminate()
        process.wait(timeout=10)
