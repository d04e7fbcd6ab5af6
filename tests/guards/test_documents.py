"""The documents: every link and every path of a document leads to a file, and every anchor to a heading."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guards.test_repository import files_in_git, read_text
from tests.support.wheel import ROOT

CODE_BLOCK = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r'\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"|^\[[^\]]+\]: (\S+)', re.MULTILINE)
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
DOCUMENT_PATH = re.compile(r"(?<![\w/.-])((?:\.\./)*docs/[\w./-]*\w)")
ELSEWHERE = re.compile(r"[a-z]+:|/")


def links(text: str) -> Iterator[str]:
    """Yield the relative links of a Markdown text, outside its code blocks."""
    for groups in LINK.findall(CODE_BLOCK.sub("", text)):
        target = "".join(groups)
        if not ELSEWHERE.match(target):
            yield target


def anchors(text: str) -> set[str]:
    """Return the anchors of a Markdown text's headings, as GitHub makes them."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in HEADING.findall(CODE_BLOCK.sub("", text)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


def broken(file: Path, text: str) -> list[str]:
    """Return the links of a document that lead to no file, or to no heading of one."""
    return [link for link in links(text) if not _leads(file, text, link)]


def _leads(file: Path, text: str, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = file.parent / path if path else file
    if not target.exists():
        return False
    there = text if not path else target.read_text(encoding="utf-8") if anchor else ""
    return not anchor or anchor in anchors(there)


def test_every_link_of_a_document_leads_somewhere() -> None:
    documents = [name for name in files_in_git() if name.endswith(".md")]
    assert "docs/README.md" in documents
    assert {name: found for name in documents if (found := broken(ROOT / name, read_text(name)))} == {}


def missing(name: str, text: str) -> list[str]:
    """Return the paths under docs/ that a file names and that do not exist; those with ../ start at the file."""
    paths = DOCUMENT_PATH.findall(text)
    return [
        path for path in paths if not ((ROOT / name).parent if path.startswith(".") else ROOT).joinpath(path).exists()
    ]


def test_every_path_of_a_document_that_a_file_names_exists() -> None:
    assert {name: found for name in files_in_git() if (found := missing(name, read_text(name)))} == {}


@pytest.mark.parametrize("path", ["docs/" + "gone.md", "../../docs/" + "gone.md", "docs/" + "gone/settings.md"])
def test_a_path_of_no_document_is_found(path: str) -> None:
    assert missing("examples/adapters/README.md", f"see {path}.") == [path]


@pytest.mark.parametrize(
    "text", ["see docs/README.md.", "=../../docs/README.md", "GET /docs/x", "https://example.com/docs/x"]
)
def test_a_path_of_a_document_is_not_found(text: str) -> None:
    assert missing("examples/adapters/README.md", text) == []


@pytest.mark.parametrize("link", ["gone.md", "#no-such-heading", "docs/README.md#no-such-heading", "doc/"])
def test_a_broken_link_is_found(link: str) -> None:
    assert broken(ROOT / "README.md", f"# Approvals\n\n[here]({link})\n") == [link]


@pytest.mark.parametrize(
    "link", ["LICENSE", "docs/", "#one-two-c", "docs/README.md#documentation", "https://x.example", "/v1"]
)
def test_a_link_that_leads_somewhere_is_not_found(link: str) -> None:
    assert broken(ROOT / "README.md", f"# One two: `c`\n\n[here]({link})\n") == []


def test_headings_that_repeat_have_anchors_of_their_own() -> None:
    assert anchors("# A\n## B\n```\n# no heading\n```\n## B\n") == {"a", "b", "b-1"}
