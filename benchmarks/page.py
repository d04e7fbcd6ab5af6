"""The page of the documentation with the tables of the last runs, each between two marks and replaced as a whole."""

import os
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import HEADINGS, Row

PAGE = Path("docs/explanation/performance.md")


class Run:
    """A run that has begun: its command, and how busy the machine was before it."""

    def __init__(self, target: str) -> None:
        given = [argument for argument in sys.argv[1:] if argument != "--write"]
        self._target = target
        self._command = f"make {target}" + (f' ARGS="{" ".join(given)}"' if given else "")
        self._began = datetime.now(UTC)
        self._load = os.getloadavg()[0]

    def summary(self, size: str) -> str:
        """Return the size of the run, its duration, and the load of the machine before it."""
        seconds = (datetime.now(UTC) - self._began).total_seconds()
        return f"{size}, {seconds:.0f} s, on {os.cpu_count()} processors; load average before it: {self._load:.1f}."

    def write(self, rows: Iterable[Row], summary: str, *, page: Path = PAGE) -> None:
        """Replace the table of this target in the page."""
        ran = f"`{self._command}` of {self._began:%-d %B %Y}: {summary}"
        text = f"<!-- {self._target}: begin -->\n{ran}\n\n{markdown(rows)}\n<!-- {self._target}: end -->"
        marked = re.compile(f"<!-- {self._target}: begin -->.*<!-- {self._target}: end -->", re.DOTALL)
        before = page.read_text()
        if not marked.search(before):
            raise ValueError(f"{page} has no place for the table of {self._target}")
        page.write_text(marked.sub(lambda _: text, before))


def markdown(rows: Iterable[Row]) -> str:
    lines = [HEADINGS, ("---",) * len(HEADINGS), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
