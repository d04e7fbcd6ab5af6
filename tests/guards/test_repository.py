"""The wheel and the repository: the wheel's contents, no paths of a machine, no download addresses."""

import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.support.wheel import ROOT

MACHINE_PATH = re.compile(r"(?<![\w.~$})-])/(?:home/\w|Users/\w|root\b|work/)")
LOCK_FILES = ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "uv.lock", "poetry.lock"]
DOWNLOAD_ADDRESS = re.compile(r"""\bresolved\b|\btarball\b|\burl\s*=\s*["']https?:""")


@pytest.fixture(scope="module")
def in_wheel(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize("folder", ["templates", "migrations"])
def test_the_wheel_holds_exactly_the_files_of(folder: str, in_wheel: set[str]) -> None:
    expected = {f"approvals/{name}" for name in files_in_git(folder)}
    assert expected
    assert {name for name in in_wheel if name.startswith(f"approvals/{folder}/")} == expected


def test_the_wheel_holds_exactly_the_package_with_its_types(in_wheel: set[str]) -> None:
    data = ("approvals/templates/", "approvals/migrations/")
    package = {name for name in in_wheel if name.startswith("approvals/") and not name.startswith(data)}
    assert package == set(files_in_git("approvals"))
    assert "approvals/py.typed" in package


def test_the_wheel_puts_nothing_beside_the_package_but_its_licence_and_metadata(in_wheel: set[str]) -> None:
    beside = {name for name in in_wheel if not name.startswith("approvals/")}
    [metadata] = {name.partition("/")[0] for name in beside}
    assert re.fullmatch(r"approvals_gateway-[\d.]+\.dist-info", metadata)
    assert f"{metadata}/licenses/LICENSE" in beside


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    found = [
        f"{name}:{number}: {line.strip()}"
        for name in files_in_git()
        for number, line in enumerate(read_text(name).splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("line", ["cd /" + "home/ana/approvals", "root = '/" + "work/main'", "/" + "root/.aws"])
def test_a_path_of_somebodys_machine_is_recognised(line: str) -> None:
    assert MACHINE_PATH.search(line)


@pytest.mark.parametrize("line", ["https://example.com/" + "work/flows", "@app.get('/" + "homes')", "~/" + "work/"])
def test_an_address_is_not_taken_for_a_path(line: str) -> None:
    assert not MACHINE_PATH.search(line)


def test_lock_files_hold_no_download_addresses() -> None:
    locks = [name for name in files_in_git() if Path(name).name in LOCK_FILES]
    assert "tests/web/package-lock.json" in locks
    assert [name for name in locks if DOWNLOAD_ADDRESS.search(read_text(name))] == []


def test_a_download_address_is_recognised() -> None:
    assert DOWNLOAD_ADDRESS.search('"resolved": "https://packages.example/axe-core.tgz"')


def files_in_git(*folders: str) -> list[str]:
    """Committed or about to be: what git does not ignore."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"]
    listed = subprocess.run([*command, *folders], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip(f"no git checkout here: {listed.stderr.strip()}")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def read_text(name: str) -> str:
    """Of a picture or another binary file: nothing."""
    content = (ROOT / name).read_bytes()
    return "" if b"\0" in content else content.decode(errors="replace")
