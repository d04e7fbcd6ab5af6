"""What the author of a workflow could not know is adjusted and noted; what the author wrote is refused."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approvals.domain.checks.adjustments import adjusted
from approvals.domain.checks.content_checks import content_problems, depth, unprintable
from approvals.domain.problems import Invalid
from approvals.entrypoints.intake.submission_reader import submission
from approvals.presentation.text import plain

LEAST = {"taskToken": "t", "title": "Refund", "reviewers": ["ana@example.com"]}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)
RUN = ("title", "description", "details", "sensitive", "links", "tags", "requester", "locale", "execution", "state")


def read(**fields: Any) -> tuple[Any, list[str]]:
    """Return the one field that was sent, as it is read, and what was adjusted."""
    found = submission({**LEAST, **fields})
    name = next(iter(fields))
    named = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
    return getattr(found, named), [f"{one.field} {one.reason}" for one in found.adjustments]


@pytest.mark.parametrize(
    ("title", "shown", "reason"),
    [
        ("two\nlines", "two lines", ["title has several lines; it was made one line"]),
        ("two \r\n\t lines\u2028three", "two lines three", ["title has several lines; it was made one line"]),
        (" Refund\n", "Refund", ["title has blanks or line breaks around it; they were left out"]),
        ("x" * 201, "x" * 199 + "…", ["title has 201 characters; it was cut to 200"]),
        ("x" * 200, "x" * 200, []),
        ("420\u00a0€  for  Ana", "420\u00a0€  for  Ana", []),
        ("שלום\u200f!\u200e \u061c", "שלום\u200f!\u200e \u061c", []),
        (
            "exe\u202efdp\0", "exe\ufffdfdp\ufffd",
            ["title holds control characters or marks that turn the direction of text, which are shown as “\ufffd”"],
        ),
    ],
)  # fmt: skip
def test_a_title_of_any_run_fits_on_one_line(title: str, shown: str, reason: list[str]) -> None:
    assert read(title=title) == (shown, reason)


@pytest.mark.parametrize("mark", "\u061c\u200e\u200f")
def test_marks_that_right_to_left_text_needs_are_shown(mark: str) -> None:
    assert plain(f"א{mark}b") == f"א{mark}b"
    assert not unprintable(mark)


@pytest.mark.parametrize("value", ["", " ", "\n"])
@pytest.mark.parametrize(
    "name",
    ["requester", "locale", "timeoutSeconds", "heartbeatSeconds", "details", "sensitive", "links", "tags", "execution"],
)
def test_an_optional_field_that_is_blank_is_ignored(name: str, value: str) -> None:
    without, _ = read(**{name: None})
    assert read(**{name: value}) == (without, [f"{name} is blank; it was ignored"])


@pytest.mark.parametrize("name", ["policy", "need", "risk", "options", "form", "reviewers"])
def test_what_the_author_wrote_is_refused_where_it_is_blank(name: str) -> None:
    with pytest.raises(Invalid):
        submission({**LEAST, name: ""})


def test_a_sensitive_key_that_is_absent_today_is_ignored() -> None:
    kept, reasons = read(sensitive=["Phone", "E-mail", None, "E-mail"], details={"E-mail": "a@example.com"})
    assert kept == ("E-mail",)
    assert reasons == ["sensitive “Phone” is not among the details; it was ignored"]


def test_whole_floats_are_whole_numbers_wherever_one_is_expected() -> None:
    context = {"Execution": {"Id": "arn", "RedriveCount": 1.0}, "State": {"Name": "Ask", "RetryCount": 2.0}}
    policy = {"stages": [{"groups": [{"from": ["ana@example.com"], "need": 2.0}], "reject": 3.0}]}
    form = {"properties": {"n": {"minLength": 4.0, "minimum": 5.0}}}
    sent = {"taskToken": "t", "title": "x", "context": context, "policy": policy, "form": form, "need": 6.0}
    found = submission({**sent, "timeoutSeconds": 3600.0, "heartbeatSeconds": 60.0, "details": {"Amount": 420.0}})
    assert found.execution is not None
    assert found.state is not None
    assert found.form is not None
    assert (found.timeout_seconds, found.heartbeat_seconds, found.need) == (3600, 60, 6)
    assert (found.execution.redrive_count, found.state.retry_count) == (1, 2)
    assert found.policy.stages[0].groups[0].need == 2  # type: ignore[union-attr]
    assert found.policy.stages[0].reject == 3  # type: ignore[union-attr]
    assert found.form.properties["n"].min_length == 4
    assert isinstance(found.form.properties["n"].minimum, float)
    assert isinstance(found.details["Amount"], float)
    assert {one.field for one in found.adjustments} == {
        "context.Execution.RedriveCount", "context.State.RetryCount", "policy.stages[0].groups[0].need",
        "policy.stages[0].reject", "form.properties.n.minLength", "need", "timeoutSeconds", "heartbeatSeconds",
    }  # fmt: skip


@pytest.mark.parametrize("value", [3600.5, "3600", True, 1e300])
def test_what_is_no_whole_number_is_refused(value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        submission({**LEAST, "timeoutSeconds": value})
    assert [problem.path for problem in refused.value.problems] == ["timeoutSeconds"]


def test_a_link_needs_an_address_and_gets_a_label() -> None:
    links, reasons = read(
        links=[
            {"label": "", "url": " https://example.com/1 "}, {"label": "Order\n1234", "url": "https://example.com/2"},
            {"label": "none", "url": ""}, None, {"label": "x" * 101, "url": "https://example.com/3"},
        ]
    )  # fmt: skip
    assert [(link.label, link.url) for link in links] == [
        ("https://example.com/1", "https://example.com/1"), ("Order 1234", "https://example.com/2"),
        ("x" * 99 + "…", "https://example.com/3"),
    ]  # fmt: skip
    assert [reason.split(" ")[0] for reason in reasons] == [
        "links[0].url", "links[0].label", "links[1].label", "links[2]", "links[3]", "links[4].label",
    ]  # fmt: skip


def test_of_too_many_links_the_first_are_kept() -> None:
    links, reasons = read(links=[{"label": str(n), "url": f"https://example.com/{n}"} for n in range(25)])
    assert (len(links), reasons) == (20, ["links has 25 entries; the first 20 were kept"])


def test_tags_are_one_line_each_and_may_be_empty() -> None:
    tags, reasons = read(tags={"team": " pay\nments ", "empty": "", "none": None, "long": "x" * 300})
    assert tags == {"team": "pay ments", "empty": "", "long": "x" * 255 + "…"}
    assert {reason.split(" ")[0] for reason in reasons} == {"tags.team", "tags.none", "tags.long"}


def test_a_long_description_is_cut_between_two_characters() -> None:
    text, reasons = read(description="€" * 8000)
    assert len(text.encode()) <= 16 * 1024
    assert text.endswith("€…")
    assert reasons == ["description has 24000 bytes; it was cut to 16384"]


def test_details_that_are_nested_too_deep_are_shown_as_text_below() -> None:
    deep: Any = "the bottom"
    for _ in range(40):
        deep = {"a": deep}
    details, reasons = read(details=deep)
    assert depth(details) == 20
    assert "the bottom" in json.dumps(details)
    assert reasons == ["details is nested more than 20 deep; what is deeper is shown as JSON text"]


def test_a_blank_time_and_a_locale_of_another_kind_are_ignored() -> None:
    state, reasons = read(state={"name": "Ask", "enteredTime": ""})
    assert (state.entered_time, reasons) == (None, ["state.enteredTime is blank; it was ignored"])
    locale, reasons = read(locale="de_DE.UTF-8")
    assert (locale, reasons) == ("en", ["locale is not a language tag such as en or pt-BR; it was ignored"])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(RUN, JSON)))
def test_whatever_is_adjusted_is_adjusted_once_and_always_in_the_same_way(fields: dict[str, Any]) -> None:
    once, reasons = adjusted(fields)
    assert adjusted(fields) == (once, reasons)
    assert adjusted(once) == (once, ())


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "title": st.text(min_size=1),
            "tags": st.dictionaries(st.just("a"), st.text()),
            "details": st.dictionaries(st.text(), JSON),
            "sensitive": st.lists(st.text()),
            "requester": st.sampled_from(["", " ", "ana\n"]),
            "description": st.text(),
        },
    )
)
def test_no_text_of_a_run_refuses_a_submission(fields: dict[str, Any]) -> None:
    title = fields.get("title", "Refund")
    if not title.strip():
        fields["title"] = "Refund"  # a title of which nothing can be seen is refused
    found = submission({**LEAST, **fields})
    assert [p for p in content_problems(found, plain_http_links=False) if p.message != "is empty"] == []
