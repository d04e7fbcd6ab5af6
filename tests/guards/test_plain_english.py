"""Plain English: words that once stood for clearer ones stay out of the code's and the documents' own text."""

import re

import pytest

from tests.guards.test_repository import files_in_git, read_text

OLD_WORDS = re.compile(
    r"\b(whoever|whosoever|anew|besides|thrice|mends?|mended|mending|meanwhile|asides|retelling|recounting|foreseeing)\b",
    re.IGNORECASE,
)
UNCLEAR_IN_SENTENCES = re.compile(
    r"\b(told|stands|says?|(?:hand|handed|hands|gave) (?:on )?(?:their|the) place|one (?:has to|may|can))\b",
    re.IGNORECASE,
)
"""Words for which sentences for people have clearer ones: notified, is, shows, reassign, a reviewer must."""
PUBLIC_NAMES = re.compile(r"[`\"](?:mend|meanwhile)[`\"]")
"""JSON fields and columns that keep their names."""
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
    "templates",
)
SENTENCES = ("approvals/presentation", "templates")


def old_words(text: str) -> list[str]:
    """Return the lines with an old word, outside of code blocks and apart from public names."""
    prose = FENCED.sub("", text)
    return [line.strip() for line in prose.splitlines() if OLD_WORDS.search(PUBLIC_NAMES.sub("", line))]


def test_no_file_has_old_words() -> None:
    names = files_in_git(*PLAIN)
    assert [f"{name}: {line}" for name in names for line in old_words(read_text(name))] == []


def test_no_sentence_for_people_has_unclear_words() -> None:
    lines = [(name, line.strip()) for name in files_in_git(*SENTENCES) for line in read_text(name).splitlines()]
    assert [f"{name}: {line}" for name, line in lines if UNCLEAR_IN_SENTENCES.search(line)] == []


@pytest.mark.parametrize("line", ["The workflow was told.", "It says so.", "Ana handed their place to Ben."])
def test_an_unclear_word_is_found(line: str) -> None:
    assert UNCLEAR_IN_SENTENCES.search(line)


@pytest.mark.parametrize("line", ["Whoever asks may not answer.", "# mended by hand", "It is written anew, besides."])
def test_an_old_word_is_found(line: str) -> None:
    assert old_words(line) == [line]


@pytest.mark.parametrize(
    "text", ["`--json` prints `state` and `mend`.", 'fix: str = field(name="mend")', "```text\nWhoever asks\n```"]
)
def test_a_public_name_and_printed_text_are_no_old_words(text: str) -> None:
    assert old_words(text) == []
