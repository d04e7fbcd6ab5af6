"""The changelog says of each version whether a rolling deploy of it is safe; without that there is no release."""

import re
import runpy

import pytest

from tests.support.wheel import ROOT

RELEASE = runpy.run_path(str(ROOT / "scripts/release"))
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
SECTIONS = list(RELEASE["SECTION"].finditer(CHANGELOG))


def test_every_section_of_the_changelog_is_one_of_a_version() -> None:
    assert len(SECTIONS) == len(re.findall(r"^## ", CHANGELOG, re.MULTILINE)) > 0
    assert SECTIONS[0]["version"] == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", section["version"]) and section["date"] for section in SECTIONS[1:])


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: str(section["version"]))
def test_a_version_says_whether_a_rolling_deploy_of_it_is_safe(section: re.Match[str]) -> None:
    assert RELEASE["SAFE"].fullmatch(section["line"]), section["line"]


@pytest.mark.parametrize("line", ["Safe on a rolling deploy: perhaps.", "Safe on a rolling deploy: no", "Safe: yes."])
def test_another_line_is_not_taken_for_it(line: str) -> None:
    assert not RELEASE["SAFE"].fullmatch(line)


def test_a_checkout_that_is_no_release_is_told_what_is_missing() -> None:
    missing = list(RELEASE["not_released"]("99.0.0"))
    assert "HEAD has no tag v99.0.0, the version of pyproject.toml" in missing
    assert "CHANGELOG.md has no section of 99.0.0 with its date" in missing


def test_the_version_is_written_in_one_place() -> None:
    """A build of a clone without tags, or of the sdist, needs no tag: the tag is compared with it before a release."""
    version = RELEASE["project"](ROOT)["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert "dynamic" not in RELEASE["project"](ROOT)
