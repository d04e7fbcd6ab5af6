"""Installs the peers on demand into `build/peers`, which git ignores: Restate by npm, DBOS by pip.

Our part of each is copied there: Node.js looks for packages beside a file, and Python would import our modules as
theirs.
"""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path("build/peers").absolute()
RESTATE = ("@restatedev/restate-server@1.7.12", "@restatedev/restate-sdk@1.17.2")
DBOS = ("dbos==3.4.0", "flask>=3.1", "gunicorn>=27,<28")
RESTATE_SERVICE, DBOS_APP = "restate_service.mjs", "dbos_app.py"


def install_restate() -> None:
    """Install the server, the SDK and the service."""
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("Restate needs Node.js with npm")
    _copy(RESTATE_SERVICE)
    stamp = FOLDER / "restate.txt"
    if not _is_installed(stamp, RESTATE):
        options = ["--prefix", str(FOLDER), "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run([npm, "install", *options, *RESTATE], check=True, stdout=sys.stderr)
        stamp.write_text(_list_of(RESTATE))


def restate_server() -> Path:
    """Return the program itself, without the script of npm that starts it."""
    [program] = FOLDER.glob("node_modules/@restatedev/restate-server-*/bin/restate-server")
    return program


def install_dbos() -> Path:
    """Install the application, and DBOS into an environment of its own. Return its gunicorn."""
    _copy(DBOS_APP)
    environment = FOLDER / "environment"
    stamp = environment / "installed.txt"
    if not _is_installed(stamp, DBOS):
        venv.create(environment, with_pip=True, clear=True)
        options = ["--quiet", "--disable-pip-version-check"]
        pip = [str(environment / "bin" / "python"), "-m", "pip", "install", *options, *DBOS]
        subprocess.run(pip, check=True, stdout=sys.stderr)
        stamp.write_text(_list_of(DBOS))
    return environment / "bin" / "gunicorn"


def _copy(name: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).with_name(name), FOLDER)


def _is_installed(stamp: Path, packages: tuple[str, ...]) -> bool:
    return stamp.exists() and stamp.read_text() == _list_of(packages)


def _list_of(packages: tuple[str, ...]) -> str:
    return "\n".join(packages)
