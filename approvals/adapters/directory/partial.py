"""Partial directory files: replace invalid entries with placeholders, so that the remaining file can be checked.

All problems are found in one run, and a reference to an invalid person is not reported as unknown.
"""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from approvals.domain.problems import Problem

_ENTRY = re.compile(r"(rules|adapters)\[(\d+)\]")
_SECTIONS = ("people", "groups", "policies", "calendars")
_LISTS = ("rules", "adapters")
_COUNTING = re.compile(r"policies\.[^\[]*\.stages(?:$|\[\d+\]\.(?:groups\[\d+\]\.need|reject)$)")
"""Problems that depend on the number of people, which an invalid person or group changes."""


class PartialFile(NamedTuple):
    """The remaining file; `value` converts to a DirectoryFile."""

    value: dict[str, Any]
    replaced: tuple[str, ...]

    def tells(self, problem: Problem) -> bool:
        """Return whether the problem is in the file, and not caused by a placeholder."""
        return not (_COUNTING.match(problem.path) and any(path.startswith("groups.") for path in self.replaced))


def rest_of(value: Any, problems: Iterable[Problem]) -> PartialFile | None:
    """Return the remaining file, or None if a whole section is invalid."""
    if not isinstance(value, dict) or any(not isinstance(value.get(name, {}), dict) for name in _SECTIONS):
        return None
    if any(not isinstance(value.get(name, []), list) for name in _LISTS):
        return None
    rest = {key: part.copy() if isinstance(part, dict | list) else part for key, part in value.items()}
    replaced = [_replace(rest, problem.path) for problem in problems]
    if None in replaced:
        return None
    return PartialFile(rest, tuple(dict.fromkeys(path for path in replaced if path)))


def _replace(rest: dict[str, Any], path: str) -> str | None:
    """Replace the entry that contains the path with a placeholder, and return the entry's path."""
    if match := _ENTRY.match(path):
        section, number = match[1], int(match[2])
        rest[section][number] = _HARMLESS[section](number)
        return match[0]
    for section in _SECTIONS:
        for n, name in enumerate(rest.get(section, ())):
            here = f"{section}.{name}"
            if path == here or path.startswith((f"{here}.", f"{here}[")):
                rest[section][name] = _HARMLESS[section](n)
                return here
    return None


def _anybody(number: int) -> str:
    return f"left-out-{number}@left-out.invalid"


_HARMLESS: dict[str, Any] = {
    "people": lambda n: {"email": _anybody(n)},
    "groups": lambda n: [_anybody(n)],
    "policies": lambda n: {"stages": [{"groups": [{"from": [_anybody(n)]}]}]},
    "calendars": lambda _: {"timezone": "UTC", "hours": {"mon": "00:00-24:00"}},
    "rules": lambda n: {"name": f"(left out {n})", "when": "mapItem == 0", "approve": {"because": "left out"}},
    "adapters": lambda _: {"match": {"door": "http"}, "token": "token", "submission": {"title": "left out"}},
}
