"""Reading: every fault with its path, in words that say what to write."""

import contextlib
import time

import msgspec
import pytest

from approvals.domain.json_reader import read, read_json
from approvals.domain.model.policy import Policy
from approvals.domain.model.submission import Submission
from approvals.domain.problems import Invalid


def _problems(kind: type, data: object) -> list[str]:
    with pytest.raises(Invalid) as error:
        read(kind, data)
    return [str(problem) for problem in error.value.problems]


def test_every_problem_is_found_however_deep_it_lies() -> None:
    stages = [{"groups": [{"from": ["ana@example.com"], "neeed": 2}, {"from": []}], "reject": 0}, {}]
    assert _problems(Policy, {"stages": stages, "timeout": "soon"}) == [
        "stages[0].groups[0].neeed: is not known here; did you mean “need”?",
        "stages[0].groups[1].from: needs at least 1 entry",
        "stages[0].reject: must be at least 1",
        "stages[1].groups: is required",
        "timeout: write a duration such as 90s, 15m, 8h, 3d or PT2H",
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "must be an object, and is a list"),
        ("x", "must be an object, and is text"),
        ({"title": "x", "taskToken": "t", "risk": "hihg"}, "risk: “hihg” is not known here; did you mean “high”?"),
        ({"title": "x", "taskToken": "t", "risk": "?"}, "risk: “?” is not known here; known are high, low, normal"),
        ({"title": "x", "taskToken": "t", "need": "2"}, 'need: write a number, "all" or a share such as "50%"'),
        (
            {"title": "x", "taskToken": "t", "mapItem": 2.5},
            "mapItem: write the item's index, its key as text, or a list of these for Maps in Maps",
        ),
        (
            {"title": "x", "taskToken": "t", "policy": {"stages": [], "onTimeout": "aprove"}},
            "policy.onTimeout: “aprove” is not known here; did you mean “approve”?",
        ),
        (
            {"title": "x", "taskToken": "t", "state": {"name": "s", "enteredTime": "yesterday"}},
            "state.enteredTime: write a moment with its offset from UTC, such as 2026-03-02T09:30:00Z",
        ),
        ({"title": "x"}, "taskToken: is required"),
        ({"title": "", "taskToken": "t"}, "title: needs at least 1 character"),
        ({"title": "x" * 201, "taskToken": "t"}, "title: may have at most 200 characters"),
    ],
)
def test_a_problem_states_what_to_write(data: object, says: str) -> None:
    assert says in _problems(Submission, data)


@pytest.mark.parametrize("raw", [b"", b"{", b"{'a': 1}", b"\xff\xfe", "[1,]"])
def test_what_is_not_json_is_reported_as_none(raw: bytes | str) -> None:
    with pytest.raises(Invalid, match="is not JSON"):
        read_json(raw)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"tags": {"n": 5}}, "tags.n: must be text, and is a whole number"),
        ({"tags": {"n": "a\0"}}, "tags.n: leave out control characters"),
        ({"tags": {"n": "x" * 257}}, "tags.n: may have at most 256 characters"),
        ({"tags": [5]}, "tags: must be an object, and is a list"),
        ({"locale": 5}, "locale: must be text, and is a whole number"),
        ({"form": {"properties": {}, "additionalProperties": "no"}}, "form.additionalProperties: must be false"),
        ({"form": {"properties": {}, "additionalProperties": True}}, "form.additionalProperties: must be false"),
        (
            {"need": []},
            'need: write a number, "all" or a share such as "50%"',
        ),
        (
            {"policy": 5},
            "policy: must be text or an object or nothing, and is a whole number",
        ),
    ],
)
def test_a_value_of_the_wrong_type_is_told_which_type_is_expected(data: dict[str, object], says: str) -> None:
    assert _problems(Submission, {"title": "x", "taskToken": "t", **data}) == [says]


VALUES = [5, 2.5, "\0", [], [5], {}, {"a": 5}, True, None]


@pytest.mark.parametrize("field", msgspec.structs.fields(Submission), ids=lambda field: field.encode_name)
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_every_value_in_every_field_is_read_or_refused(field: msgspec.structs.FieldInfo, value: object) -> None:
    with contextlib.suppress(Invalid):
        read(Submission, {"title": "x", "taskToken": "t", field.encode_name: value})


def test_thousands_of_unknown_names_are_refused_in_milliseconds() -> None:
    began = time.perf_counter()
    with pytest.raises(Invalid) as error:
        read(Submission, {f"titel{n}": n for n in range(30_000)})
    assert time.perf_counter() - began < 2, "a similar name is looked for only for the first hundred"
    assert len(error.value.shown) == 101
