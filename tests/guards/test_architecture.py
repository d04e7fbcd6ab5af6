"""The picture of the floors in docs/architecture.md names every module, and none that is gone."""

import re
from fnmatch import fnmatch

import pytest

from tests.support.wheel import ROOT

FLOORS = ("domain", "flows", "adapters", "entrypoints")


def named(floor: str) -> set[str]:
    """The files that stand below the floor's line, as patterns."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    [below] = re.findall(rf"^  {floor}/(.*?)(?=^  \w+/|^```)", text, re.DOTALL | re.MULTILINE)
    return set(re.findall(r"[\w*]+\.py", below))


def modules(floor: str) -> set[str]:
    return {path.name for path in (ROOT / "approvals" / floor).glob("*.py")} - {"__init__.py"}


@pytest.mark.parametrize("floor", FLOORS)
def test_every_module_of_a_floor_is_in_the_picture(floor: str) -> None:
    patterns = named(floor)
    assert sorted(name for name in modules(floor) if not any(fnmatch(name, one) for one in patterns)) == []


@pytest.mark.parametrize("floor", FLOORS)
def test_the_picture_names_no_module_that_is_gone(floor: str) -> None:
    there = modules(floor)
    assert sorted(one for one in named(floor) if not any(fnmatch(name, one) for name in there)) == []
