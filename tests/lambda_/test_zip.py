"""The content of the zip: the same bytes on every machine, unchecked byte code, and nothing superfluous."""

import ast
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.lambda_.conftest import build
from tests.support.wheel import ROOT

OF_THE_RUNTIME = {"botocore", "boto3"}
OF_A_LAYER = {"opentelemetry"}
"""Imported only where traces are asked for: a layer brings it (docs/how-to/trace.md)."""
NOT_ON_LAMBDA = {"cli", "server", "worker", "prometheus", "__main__"}
"""What is in the package and serves other ways of running it."""
UNCHECKED_HASH = b"\x01\x00\x00\x00"


@pytest.fixture(scope="module")
def names(artifact: Path) -> list[str]:
    with zipfile.ZipFile(artifact) as archive:
        return archive.namelist()


def test_built_in_another_folder_it_is_the_same_to_the_byte(
    artifact: Path, checkouts: list[Path], tmp_path: Path
) -> None:
    again = build(checkouts[1], tmp_path)
    assert again.read_bytes() == artifact.read_bytes()


def test_the_packages_in_it_are_those_of_the_lock(artifact: Path) -> None:
    lines = (ROOT / "requirements/lambda.txt").read_text().splitlines()
    locked = {line.split()[0] for line in lines if "==" in line}
    inside = {line.lower().replace("_", "-") for line in artifact.with_suffix(".txt").read_text().splitlines()}
    assert inside <= locked


def test_without_a_python_of_the_runtime_there_is_a_zip_only_on_request(checkouts: list[Path], tmp_path: Path) -> None:
    environ = {**os.environ, "PY": "3.99", "OUT": str(tmp_path)}
    command = [sys.executable, checkouts[0] / "scripts" / "build-lambda"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no python3.99 is installed" in done.stderr
    assert "BYTE_CODE=no" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_it_is_small(artifact: Path) -> None:
    assert artifact.stat().st_size <= 20_000_000


def test_the_byte_code_of_every_module_is_in_it_and_is_never_checked(artifact: Path, names: list[str]) -> None:
    tag = f"cpython-3{sys.version_info[1]}"
    made = {name for name in names if name.endswith(f".{tag}.pyc")}
    assert made == {name for name in names if name.endswith(".pyc")}
    modules = [Path(name) for name in names if name.endswith(".py") and "alembic/templates" not in name]
    lacking = [m for m in modules if f"{m.parent}/__pycache__/{m.stem}.{tag}.pyc".removeprefix("./") not in made]
    assert lacking == []
    with zipfile.ZipFile(artifact) as archive:
        assert {archive.read(name)[4:8] for name in made} == {UNCHECKED_HASH}


@pytest.mark.parametrize(
    "package", ["boto3", "botocore", "pip", "gunicorn", "moto", "pytest", "sqlalchemy/orm", "slack_sdk/socket_mode"]
)
def test_what_no_handler_needs_is_not_in_it(package: str, names: list[str]) -> None:
    assert [name for name in names if name.startswith(f"{package}/")] == []


def test_no_tests_and_no_demo_are_in_it(names: list[str]) -> None:
    assert [name for name in names if {"tests", "demo"} & set(Path(name).parts)] == []


def test_templates_and_migrations_are_in_it(names: list[str]) -> None:
    for folder in ("templates", "migrations"):
        ours = {f"approvals/{folder}/{p.relative_to(ROOT / folder).as_posix()}" for p in (ROOT / folder).rglob("*.*")}
        assert {one for one in ours if not one.endswith(".pyc")} <= set(names)


def test_whatever_the_package_imports_is_in_it_or_in_the_runtime(task: Path) -> None:
    """Also what is imported only where it is used: a library forgotten here would fail on AWS alone."""
    wanted = {}
    for path in (task / "approvals").rglob("*.py"):
        if NOT_ON_LAMBDA & {path.stem, path.parent.name}:
            continue
        wanted.update(dict.fromkeys(_imported(path), path.name))
    here = {path.name.partition(".")[0] for path in task.iterdir()}
    lacking = {
        name: by
        for name, by in wanted.items()
        if name not in here | OF_THE_RUNTIME | OF_A_LAYER | sys.stdlib_module_names
    }
    assert lacking == {}


def _imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {name.partition(".")[0] for name in plain} | {
        (node.module or "").partition(".")[0] for node in nodes if isinstance(node, ast.ImportFrom) and not node.level
    }


ASK_SLACK = """
import sys
sys.path.insert(0, sys.argv[1])
from datetime import UTC, datetime
from approvals.adapters.slack.blocks import elements
from approvals.adapters.slack.client import SlackApi
from approvals.adapters.slack.errors import NotDone
import slack_sdk.models.views
assert elements.written([elements.section(elements.text("Hello"))])
try:
    SlackApi({"T1": "xoxb-1"}, url="http://127.0.0.1:9/", clock=lambda: datetime.now(UTC)).call("auth.test", team="T1")
except NotDone as error:
    print(error.code)
"""


def test_what_is_left_of_slacks_library_is_enough_to_ask_people(task: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ASK_SLACK, str(task)], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("unsent", "")
