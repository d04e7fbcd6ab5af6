"""Values in words, harmless for any content: text from outside, spans of time and moments, nested details."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.presentation.details import flat
from approvals.presentation.moments import moment
from approvals.presentation.spans import relative
from approvals.presentation.text import cut, plain

# text of others


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ana", "Ana"),
        ("two\r\nlines and\ta tab", "two lines and a tab"),
        ("ends\x00here", "ends\ufffdhere"),
        ("\x1b[31mred", "\ufffd[31mred"),
        ("invoice\u202efdp.exe", "invoice\ufffdfdp.exe"),
        ("\u2066isolated\u2069", "\ufffdisolated\ufffd"),
        ("א\u200f 1\u200e \u061c", "א\u200f 1\u200e \u061c"),  # marks that this text needs
        ("half a pair \ud83d", "half a pair \ufffd"),
        ("família 👩‍👩‍👧 مرحبا", "família 👩‍👩‍👧 مرحبا"),  # joined emoji and right-to-left letters are what they are
    ],
)
def test_text_is_put_on_one_line_and_made_inert(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_text_may_keep_its_lines() -> None:
    assert plain("one\r\ntwo\rthree\n\x0bfour", lines=True) == "one\ntwo\nthree\n\ufffdfour"


@given(st.text(st.characters(), max_size=50), st.booleans())
def test_inert_text_can_be_encoded_and_holds_nothing_that_steers(text: str, lines: bool) -> None:
    shown = plain(text, lines=lines).encode().decode()
    assert not set(shown) & set("\x00\x1b\r\u2028\u2029\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
    assert lines or "\n" not in shown


@pytest.mark.parametrize(
    ("text", "length", "expected"), [("short", 5, "short"), ("longer", 5, "long…"), ("a bit longer", 6, "a bit…")]
)
def test_long_text_ends_in_an_ellipsis(text: str, length: int, expected: str) -> None:
    assert cut(text, length) == expected


# time


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1, "in less than a minute"),
        (59, "in less than a minute"),
        (60, "in 1 minute"),
        (89, "in 1 minute"),
        (90 * 60, "in 1 hour 30 minutes"),
        (59 * 60 + 59, "in 1 hour"),
        (3 * 3600, "in 3 hours"),
        (3 * 3600 + 29 * 60, "in 3 hours"),
        (23 * 3600 + 3599, "in 1 day"),
        (28 * 3600, "in 1 day 4 hours"),
        (2 * 86400 - 5, "in 2 days"),
        (3 * 86400 + 11 * 3600, "in 3 days"),
        (7 * 86400, "in 7 days"),
        (0, "just now"),
        (-30, "just now"),
        (-120, "2 minutes ago"),
        (-26 * 3600, "1 day 2 hours ago"),
    ],
)
def test_a_span_of_time_is_written_in_words(seconds: int, expected: str) -> None:
    assert relative(timedelta(seconds=seconds)) == expected


@given(st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=1000)))
def test_the_words_for_a_span_are_never_far_off(delta: timedelta) -> None:
    units = {"day": 86400, "hour": 3600, "minute": 60}
    words = relative(delta).split()[1:]
    said = sum(
        int(n.replace(",", "")) * units[unit.removesuffix("s")] for n, unit in zip(words[::2], words[1::2], strict=True)
    )
    assert abs(said - delta.total_seconds()) <= max(60, delta.total_seconds() / 6)


def test_a_moment_is_written_in_utc() -> None:
    assert moment(datetime(2026, 3, 2, 9, 5, tzinfo=UTC)) == "Mon 2 Mar 2026, 09:05 UTC"
    assert moment(datetime(2026, 3, 2, 1, 5, tzinfo=timezone(timedelta(hours=2)))) == "Sun 1 Mar 2026, 23:05 UTC"


# details


def test_nested_details_are_rows() -> None:
    details = {
        "Order": "1234",
        "Customer": {"Name": "Jo", "Tags": ["new", "eu"], "Notes": []},
        "Lines": [{"Sku": "TR-8", "Price": 300.0}, {"Sku": "TR-9", "Price": None}],
        "Express": True,
        "Gift": False,
        "Empty": {},
        "Blank": "",
        "Text": "one\r\ntwo",
    }
    assert flat(details) == [
        ("Order", "1234"),
        ("Customer › Name", "Jo"),
        ("Customer › Tags", "new, eu"),
        ("Customer › Notes", "—"),
        ("Lines › 1 › Sku", "TR-8"),
        ("Lines › 1 › Price", "300"),
        ("Lines › 2 › Sku", "TR-9"),
        ("Lines › 2 › Price", "—"),
        ("Express", "yes"),
        ("Gift", "no"),
        ("Empty", "—"),
        ("Blank", "—"),
        ("Text", "one\ntwo"),
    ]


def test_without_details_there_are_no_rows() -> None:
    assert flat({}) == []


def test_names_and_values_of_details_are_inert() -> None:
    assert flat({"a\nb\u202e": {"\x00": "\x1b"}}) == [("a b\ufffd › \ufffd", "\ufffd")]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_any_json_becomes_rows_of_text(details: dict[str, Any]) -> None:
    assert len(flat(details)) >= len(details)
    assert flat(details, most=3) == flat(details)[:3]
    assert all("\n" not in label and text for label, text in flat(details))


def test_what_is_nested_beyond_reason_is_shown_as_it_is() -> None:
    deep: Any = "bottom"
    for _ in range(200):
        deep = {"down": deep}
    [(label, text)] = flat({"top": deep})
    assert label.count("down") == 20
    assert text.startswith('{"down":')
