"""Plain English: words that once stood for clearer ones stay out of the code's and the documents' own text."""

import re

import pytest

from tests.guards.test_repository import files_in_git, read_text

OLD_WORDS = re.compile(
    r"\b(whoever|whosoever|anew|besides|thrice|mends?|mended|mending|meanwhile|asides|retelling|recounting|foreseeing)\b",
    re.IGNORECASE,
)
PUBLIC_NAMES = re.compile(r"[`\"](?:mend|meanwhile)[`\"]|class=\"besides\"|^\.besides|, \.besides,")
"""JSON fields, columns and CSS classes that keep their names."""
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
"""Code and printed text in documents: the tests of the code compare it."""
PLAIN = (
    "README.md",
    "CONTRIBUTING.md",
    "Dockerfile",
    "Makefile",
    "approvals",
    "benchmarks",
    "deploy",
    "docs",
    "examples",
    "migrations",
    "pyproject.toml",
    "scripts",
    "serverless.yml",
)
SENTENCES = "approvals/presentation/"
"""Sentences for people: their own tests hold every word of them."""


def old_words(text: str) -> list[str]:
    """Return the lines with an old word, outside of code blocks and apart from public names."""
    prose = FENCED.sub("", text)
    return [line.strip() for line in prose.splitlines() if OLD_WORDS.search(PUBLIC_NAMES.sub("", line))]


def test_no_file_has_old_words() -> None:
    names = [name for name in files_in_git(*PLAIN) if not name.startswith(SENTENCES)]
    assert [f"{name}: {line}" for name in names for line in old_words(read_text(name))] == []


@pytest.mark.parametrize("line", ["Whoever asks may not answer.", "# mended by hand", "It is written anew, besides."])
def test_an_old_word_is_found(line: str) -> None:
    assert old_words(line) == [line]


@pytest.mark.parametrize(
    "text", ["`--json` prints `state` and `mend`.", 'fix: str = field(name="mend")', "```text\nWhoever asks\n```"]
)
def test_a_public_name_and_printed_text_are_no_old_words(text: str) -> None:
    assert old_words(text) == []
