"""Text as a reader sees it."""

import string
import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from approvals.domain.checks.content_checks import as_read, is_unprintable, unprintable

ASCII = st.text(alphabet=st.characters(max_codepoint=127))


@given(ASCII)
def test_plain_text_is_read_as_any_other_text_is(text: str) -> None:
    assert as_read("é " + text) == f"é {as_read(text)}".strip()


@given(ASCII)
def test_of_plain_text_only_control_characters_are_unprintable(text: str) -> None:
    assert unprintable(text) is any(c < " " or c == "\x7f" for c in text)
    assert unprintable(text) is unprintable(text + "é")


def test_spaces_and_case_make_no_difference_and_what_nobody_sees_is_not_there() -> None:
    assert as_read("  Refund\u00a0 ORDER\u200b 1234 ") == "refund order 1234"
    assert as_read("\u200b\u2060") == ""
    assert not unprintable(string.printable.strip())


def test_python_calls_no_character_printable_that_is_refused_or_invisible() -> None:
    """Text is looked at letter by letter only where Python does not call all of it printable."""
    printable = filter(str.isprintable, map(chr, range(sys.maxunicode + 1)))
    assert [c for c in printable if is_unprintable(c) or unicodedata.category(c) == "Cf"] == []
