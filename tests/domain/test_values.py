"""Durations and canonical JSON."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.domain.values import LONGEST, canonical_json, content_hash, duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("8h", 28_800),
        ("3d", 259_200),
        ("PT15M", 900),
        ("P1DT12H", 129_600),
        ("P2W", 1_209_600),
        ("PT1H30M5S", 5_405),
    ],
)
def test_durations_are_read_in_both_notations(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


def test_what_is_longer_than_any_workflow_waits_is_cut_and_never_overflows() -> None:
    assert duration("999999999d") == duration("P99999W") == LONGEST


@pytest.mark.parametrize("text", ["", "0s", "-5m", "5", "5 m", "3 days", "P", "PT", "P1M", "P1Y", "1h30m", "5M", "٣d"])
def test_what_is_not_a_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        duration(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text(), JSON))
def test_the_same_value_has_the_same_bytes_whatever_the_order_of_its_keys(value: dict[str, object]) -> None:
    turned = dict(reversed(list(value.items())))
    assert canonical_json(value) == canonical_json(turned)
    assert content_hash(value) == content_hash(turned)


def test_a_changed_value_has_another_hash() -> None:
    assert content_hash({"amount": 420}) != content_hash({"amount": 421})
