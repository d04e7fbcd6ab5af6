"""Package serverless.yml in isolation: no network, no credentials, an empty home."""

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

from tests.support.wheel import ROOT

TOOL = ROOT / "deploy/serverless/node_modules/osls/bin/serverless.js"
OWN_NODE = ROOT / "build/node/node_modules/node/bin/node"
ARTIFACT = "build/approvals-lambda-arm64.zip"
TEMPLATE = "cloudformation-template-update-stack.json"
NOWHERE = "http://127.0.0.1:9"


def packaged(folder: Path, *, stage: str, **params: str) -> Path:
    """The CloudFormation template that osls makes of a copy of the service, with a stand-in for the zip."""
    copy_service(folder)
    options = [f"--param={name}={value}" for name, value in params.items()]
    command = [*_without_network(), node(), str(TOOL), "package", "--stage", stage, "--package", "out", *options]
    ran = subprocess.run(
        command, cwd=folder, env=_bare_environment(folder), capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Warning" not in ran.stderr, ran.stderr
    return folder / "out" / TEMPLATE


def node() -> str:
    """The machine's own, or the newer one that scripts/test-machine fetched because that is too old."""
    return str(OWN_NODE) if OWN_NODE.exists() else shutil.which("node") or "node"


def read(template: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(template.read_text())
    return found


def copy_service(folder: Path) -> None:
    shutil.copy(ROOT / "serverless.yml", folder)
    parts = folder / "deploy/serverless"
    parts.mkdir(parents=True)
    for part in (ROOT / "deploy/serverless").glob("*.yml"):
        shutil.copy(part, parts)
    (folder / "home").mkdir()
    (folder / "build").mkdir()
    with zipfile.ZipFile(folder / ARTIFACT, "w") as stand_in:
        stand_in.writestr("approvals/__init__.py", "")


def _without_network() -> list[str]:
    """A namespace that has nothing but loopback, where this user may make one."""
    for how in (["unshare", "-n"], ["unshare", "-rn"]):
        if shutil.which("unshare") and subprocess.run([*how, "true"], capture_output=True, check=False).returncode == 0:
            return how
    return []


def _bare_environment(folder: Path) -> dict[str, str]:
    """No credentials; and for machines where no namespace can be made, proxies behind which nothing listens."""
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE)
    return {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "AWS_EC2_METADATA_DISABLED": "true", **proxies}
