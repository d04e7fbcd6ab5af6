"""The image and the compose file, as far as they can be checked without an engine that builds and runs them."""

import fnmatch
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from approvals.settings.environment import Settings, variable
from tests.support.wheel import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
STAGES = [stage for stage in re.split(r"^(?=FROM )", DOCKERFILE, flags=re.MULTILINE) if stage.startswith("FROM ")]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose.yml").read_text())
SECRET = {variable(setting.name) for setting in fields(Settings) if setting.metadata["secret"]}
KNOWN = {variable(setting.name) for setting in fields(Settings)} | {f"{name}_FILE" for name in SECRET}
UNPROXIED = {"gateway", "migrate", "database", "mail", "prometheus"}
TAGGED = re.compile(r"[a-z/]+:[a-z]*\d[\w.-]*")


def copied() -> list[str]:
    """What the image takes from the checkout."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]


def ignored(name: str) -> bool:
    """As .dockerignore has it: the last line that fits decides."""
    verdict = False
    for line in (ROOT / ".dockerignore").read_text().split():
        if fnmatch.fnmatch(name, line.removeprefix("!").removeprefix("**/")):
            verdict = not line.startswith("!")
    return verdict


@pytest.mark.parametrize("source", copied())
def test_what_is_copied_exists_and_is_sent_to_the_builder(source: str) -> None:
    assert (ROOT / source).exists()
    assert not ignored(source)


@pytest.mark.parametrize("name", ["approvals.env", ".git", ".venv", "approvals.db", "deploy", "tests", "build"])
def test_nothing_else_is_sent_to_the_builder(name: str) -> None:
    assert ignored(name)


def test_what_is_copied_makes_the_whole_wheel(tmp_path: Path, wheel: Path) -> None:
    for source in copied():
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, tmp_path)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    [built] = (tmp_path / "dist").glob("*.whl")
    assert zipfile.ZipFile(built).namelist() == zipfile.ZipFile(wheel).namelist()


def test_every_stage_begins_with_an_image_of_a_named_version() -> None:
    assert len(STAGES) == 2
    assert {stage.split()[1] for stage in STAGES} == {"${BASE}"}, "which a release names by digest"
    [default] = re.findall(r"^ARG BASE=(.+)$", DOCKERFILE, re.MULTILINE)
    assert TAGGED.fullmatch(default)


def test_the_image_that_runs_builds_nothing_and_is_nobody_s_root() -> None:
    runs = STAGES[-1]
    assert not re.search(r"\b(pip|apt-get|gcc|curl)\b", runs)
    assert re.search(r"^USER 10001:10001$", runs, re.MULTILINE)
    assert 'ENTRYPOINT ["approvals"]' in runs


def test_what_is_installed_is_locked_to_the_byte() -> None:
    commands = re.sub(r"\\\n\s*", "", DOCKERFILE)
    installed = [one.strip() for one in re.findall(r"pip install ([^&\n]+)", commands)]
    assert all("--require-hashes" in one or "--no-deps --no-index" in one for one in installed)
    assert {name for one in installed for name in re.findall(r"/requirements/(\w+)\.txt", one)} == {"build", "image"}


def test_the_health_check_follows_the_listener() -> None:
    [command] = re.findall(r"^HEALTHCHECK .*\\\n\s+CMD (.+)$", STAGES[-1], re.MULTILINE)
    module, listener = re.fullmatch(r"python -m ([\w.]+) (.+)", command).groups()  # type: ignore[union-attr]
    assert (ROOT / (module.replace(".", "/") + ".py")).exists()
    assert listener == '"$APPROVALS_LISTEN"', "as a shell reads it, in the form of CMD without brackets"


def test_the_image_sets_only_settings_that_exist() -> None:
    assert set(re.findall(r"\bAPPROVALS_[A-Z_]+(?==)", DOCKERFILE)) == {"APPROVALS_LISTEN", "APPROVALS_LOG_FORMAT"}
    assert set(re.findall(r"\bAPPROVALS_[A-Z_]+(?==)", DOCKERFILE)) <= KNOWN


@pytest.mark.parametrize("service", ["gateway", "migrate"])
def test_compose_gives_settings_that_exist_and_secrets_as_files(service: str) -> None:
    environment = COMPOSE["services"][service]["environment"]
    ours = {name: value for name, value in environment.items() if name.startswith("APPROVALS_")}
    assert set(ours) <= KNOWN
    assert SECRET & set(ours) <= {"APPROVALS_MAIL_URL"}, "and that one holds no password"
    files = {value.removeprefix("/run/secrets/") for name, value in ours.items() if name.endswith("_FILE")}
    assert files == set(COMPOSE["services"][service]["secrets"]) <= set(COMPOSE["secrets"])


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_no_service_writes_to_its_image_or_listens_to_the_world(service: str) -> None:
    found = COMPOSE["services"][service]
    assert found["read_only"] is True
    assert all(port.startswith("127.0.0.1:") for port in found.get("ports", ()))
    assert found["image"] == "approvals-gateway" or TAGGED.fullmatch(found["image"])


def test_the_gateway_starts_on_a_migrated_database() -> None:
    services = COMPOSE["services"]
    assert services["gateway"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert services["migrate"]["command"] == ["db", "upgrade"]
    assert services["migrate"]["depends_on"]["database"] == {"condition": "service_healthy"}
    assert services["database"]["healthcheck"]["test"]
    named = {name for service in services.values() for name in service.get("depends_on", ())}
    assert named <= set(services)


def test_the_buffering_proxy_alone_listens_and_is_trusted() -> None:
    services = COMPOSE["services"]
    proxy, gateway = services["proxy"], services["gateway"]
    [(host, port)] = [found["ports"][0].rsplit(":", 1) for name, found in services.items() if name not in UNPROXIED]
    assert (proxy["ports"], gateway.get("ports")) == ([f"{host}:{port}"], None)
    assert f"http://{host}" == gateway["environment"]["APPROVALS_PUBLIC_URL"]
    assert gateway["environment"]["APPROVALS_TRUSTED_PROXIES"] == "1"
    [mounted] = proxy["volumes"]
    configuration = (ROOT / "deploy" / mounted.split(":")[0]).read_text()
    assert f"listen {port};" in configuration
    assert re.findall(r"proxy_pass http://(\w+):(\d+);", configuration) == [("gateway", "8000")]
    assert "EXPOSE 8000" in DOCKERFILE


def test_the_proxy_of_the_example_is_that_of_the_documentation() -> None:
    [documented, _] = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs/how-to/run.md").read_text(), re.DOTALL)
    used = [line for line in (ROOT / "deploy/nginx.conf").read_text().splitlines() if not line.startswith("#")]
    expected = documented.replace("127.0.0.1", "gateway").replace("server {", "server {\n  listen 8080;").splitlines()
    assert used == expected


def test_secrets_of_a_try_are_not_committed() -> None:
    files = [secret["file"] for secret in COMPOSE["secrets"].values()]
    assert all(file.startswith("./secrets/") for file in files)
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text().split()
