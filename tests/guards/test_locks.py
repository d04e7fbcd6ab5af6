"""The locks in requirements/, which `make lock` writes: as pyproject.toml requires, with hashes, and with no index."""

import re
import runpy

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.wheel import ROOT

LOCK = runpy.run_path(str(ROOT / "scripts/lock"))
NAMES = sorted(LOCK["SETS"])
HOST = re.compile(r"://|\s@\s|^\s*--(?:extra-)?index|^\s*-i\b|^\s*(?:--find-links|-f|--trusted-host)\b", re.MULTILINE)
ENTRY = re.compile(r"^(?P<requirement>[\w.-]+==[^\s;]+)(?:\s*;\s*[^\\]+?)?(?P<hashes>(?:\s*\\\s*--hash=\S+)*)\s*$")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def entries(name: str) -> list[re.Match[str]]:
    """Each package of a lock with its hashes; a line that is anything else fails."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    found = [ENTRY.match(part) for part in re.split(r"\n(?=\S)", text.strip())]
    assert None not in found
    return [entry for entry in found if entry]


def pinned(name: str) -> dict[str, str]:
    pairs = (entry["requirement"].split("==") for entry in entries(name))
    return {canonicalize_name(package): version for package, version in pairs}


def unsatisfied(requirements: list[str], pins: dict[str, str]) -> list[str]:
    return [
        one
        for one in requirements
        if not (requirement := Requirement(one)).specifier.contains(pins.get(canonicalize_name(requirement.name), "0"))
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_satisfies_pyproject(name: str) -> None:
    wanting = unsatisfied(LOCK["wanted"](name), pinned(name))
    assert wanting == [], "run `make lock`"


def test_a_lock_that_lacks_or_contradicts_a_requirement_is_found() -> None:
    pins = {"flask": "3.1.3", "boto3": "1.30"}
    assert unsatisfied(["flask>=3.1", "boto3>=1.40", "Nh3>=0.2"], pins) == ["boto3>=1.40", "Nh3>=0.2"]


@pytest.mark.parametrize("name", NAMES)
def test_every_package_of_a_lock_has_the_hashes_of_its_files(name: str) -> None:
    lacking = [entry["requirement"] for entry in entries(name) if not HASH.search(entry["hashes"])]
    assert lacking == []


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_names_no_host(name: str) -> None:
    assert not HOST.search((ROOT / "requirements" / f"{name}.txt").read_text())


@pytest.mark.parametrize(
    "line", ["--index-url x", "flask @ file", "--find-links x", "  --trusted-host x", "x://packages"]
)
def test_a_host_is_recognised(line: str) -> None:
    assert HOST.search(f"flask==3.1.3\n{line}\n")


def test_image_and_zip_have_the_same_versions() -> None:
    image = pinned("image")
    assert {name: version for name, version in pinned("lambda").items() if image.get(name, version) != version} == {}


def test_every_lock_has_its_place_in_the_script() -> None:
    assert sorted(path.stem for path in (ROOT / "requirements").iterdir()) == NAMES
