"""Writes what is said now into the files: `python -m tests.explained`. Read it aloud before you commit it."""

from tests.explained import CASES, case, said

for path in CASES:
    head = path.read_text(encoding="utf-8").partition("text: |\n")[0]
    block = "".join(f"  {line}".rstrip() + "\n" for line in said(case(path)).splitlines())
    path.write_text(f"{head}text: |\n{block}", encoding="utf-8")
