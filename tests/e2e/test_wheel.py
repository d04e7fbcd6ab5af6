"""The wheel in an empty environment, outside the checkout: it migrates, serves, mails and shows its page."""

import subprocess
import sys
from pathlib import Path

from tests.support.aws.state_machines import eventually
from tests.support.processes.serve import Served
from tests.support.wheel import ROOT


def test_the_wheel_alone_is_the_whole_product(wheel: Path, tmp_path: Path) -> None:
    environment, folder = tmp_path / "environment", tmp_path / "folder"
    folder.mkdir()
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True, capture_output=True)
    approvals = environment / "bin" / "approvals"
    subprocess.run([environment / "bin" / "pip", "install", "--quiet", str(wheel)], check=True, capture_output=True)
    upgraded = subprocess.run([approvals, "db", "upgrade"], cwd=folder, check=True, capture_output=True, text=True)
    newest = max(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    assert f"is at revision {newest}" in upgraded.stdout
    for made in folder.iterdir():
        made.unlink()
    served = Served(folder, [str(approvals), "serve"])
    try:
        served.submit()
        page = served.get(eventually(served.link))
        assert "Ship it?" in page
        assert "Mail to ana@example.com" in served.log.read_text()
        assert "--" in served.get("/static/page.css")
    finally:
        served.process.kill()
        served.process.wait()
