import time
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.adapters import wording
from approvals.adapters.markdown import bare, markdown
from approvals.adapters.wording import cut, flat, plain, relative
from approvals.domain.approval import Approval, CallbackState
from approvals.domain.directory import Directory, Person
from approvals.domain.policy import Group, Policy, Stage, TakeOption
from approvals.domain.settling import cancel, expire, supersede
from approvals.domain.submission import DEFAULT_OPTIONS, Execution, Link, Option, StateMachine
from tests.builders import CONTEXT, EXECUTION_ARN, NOW, a_submission, an_approval, decided

ANA_AND_BEN = Directory(
    people={
        "ana": Person(id="ana", name="Ana", email="ana@example.com"),
        "ben": Person(id="ben", name="Ben", email="ben@example.com"),
        "cleo": Person(id="cleo", name="Cleo", email="cleo@example.com"),
    },
    groups={"finance": ("ana", "ben"), "legal": ("cleo",)},
)


def approval_of(*stages: Stage, **changes: Any) -> Approval:
    return an_approval(directory=ANA_AND_BEN, policy=Policy(stages=stages, **changes))


def finance_and_legal(**changes: Any) -> Approval:
    groups = (Group(from_=("group:finance",), need=2), Group(from_=("group:legal",)))
    return approval_of(Stage(groups=groups), **changes)


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
    assert not set(shown) & set("\x00\x1b\r\u2028\u2029\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200e\u200f\u061c")
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
def test_a_span_of_time_is_said_in_words(seconds: int, expected: str) -> None:
    assert relative(timedelta(seconds=seconds)) == expected


@given(st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=1000)))
def test_the_words_for_a_span_are_never_far_off(delta: timedelta) -> None:
    units = {"day": 86400, "hour": 3600, "minute": 60}
    words = relative(delta).split()[1:]
    said = sum(int(n) * units[unit.removesuffix("s")] for n, unit in zip(words[::2], words[1::2], strict=True))
    assert abs(said - delta.total_seconds()) <= max(60, delta.total_seconds() / 6)


def test_a_moment_is_said_in_utc() -> None:
    assert wording.moment(datetime(2026, 3, 2, 9, 5, tzinfo=UTC)) == "Mon 2 Mar 2026, 09:05 UTC"
    assert (
        wording.moment(datetime(2026, 3, 2, 1, 5, tzinfo=timezone(timedelta(hours=2)))) == "Sun 1 Mar 2026, 23:05 UTC"
    )


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
    assert all("\n" not in label and text for label, text in flat(details))


def test_what_is_nested_beyond_reason_is_shown_as_it_is() -> None:
    deep: Any = "bottom"
    for _ in range(200):
        deep = {"down": deep}
    [(label, text)] = flat({"top": deep})
    assert label.count("down") == 20
    assert text.startswith('{"down":')


# where it comes from


@pytest.mark.parametrize(
    ("context", "workflow", "execution"),
    [
        (CONTEXT, "refunds", "order-1234"),
        ({"execution": Execution(id=EXECUTION_ARN)}, "refunds", "order-1234"),
        (
            {"state_machine": StateMachine(id="arn:aws:states:eu-central-1:1:stateMachine:payout:PROD")},
            "payout:PROD",
            None,
        ),
        ({"execution": Execution(id="mine"), "state_machine": StateMachine(id="")}, None, "mine"),
        ({}, None, None),
    ],
)
def test_the_workflow_is_named_as_well_as_it_can_be(
    context: dict[str, Any], workflow: str | None, execution: str | None
) -> None:
    content = a_submission(**context).content()
    assert (wording.workflow_name(content), wording.execution_name(content)) == (workflow, execution)


def test_a_link_to_look_alike_letters_shows_what_they_are() -> None:
    assert wording.host(Link(label="paypal", url="https://раypal.com")) == "xn--ypal-43d9g.com"
    assert wording.host(Link(label="x", url="https://" + "ä" * 80 + ".com")).startswith("\\xe4")


def test_a_link_shows_its_host() -> None:
    assert wording.host(Link(label="paypal.com", url="https://user@evil.example:8443/paypal.com")) == "evil.example"


# progress


def test_progress_of_one_group() -> None:
    one_of_two = an_approval()
    two = an_approval(need=2)
    assert wording.progress_sentence(one_of_two) == "One answer is enough."
    assert wording.progress_sentence(two) == "0 of 2 so far."
    assert wording.progress_sentence(decided(two)) == "1 of 2 so far."


def test_progress_of_several_groups_names_each() -> None:
    approval = finance_and_legal()
    assert wording.progress_sentence(approval) == "0 of 2 from finance; 0 of 1 from legal."
    assert wording.progress_sentence(decided(approval, reviewer=2)) == "0 of 2 from finance; legal is done."


def test_progress_of_several_stages_names_the_step() -> None:
    stages = (Stage(name="peers", groups=(Group(from_=("ana",)),)), Stage(groups=(Group(from_=("ben",)),)))
    approval = approval_of(*stages)
    assert wording.progress_sentence(approval) == "Step 1 of 2, peers: One answer is enough."
    assert wording.progress_sentence(decided(approval)) == "Step 2 of 2: One answer is enough."


# how it ends


@pytest.mark.parametrize(
    ("on_timeout", "expected"),
    [
        ("fail", "Without an answer by then it expires, and the workflow is told so."),
        ("approve", "Without an answer by then it counts as approved."),
        ("reject", "Without an answer by then it counts as rejected."),
        (TakeOption(option="reject"), "Without an answer by then “Reject” is taken."),
    ],
)
def test_what_happens_when_time_is_up(on_timeout: Any, expected: str) -> None:
    assert wording.timeout_sentence(finance_and_legal(on_timeout=on_timeout)) == expected


def test_while_a_step_has_its_own_time_its_own_rule_is_said() -> None:
    first = Stage(groups=(Group(from_=("ana@example.com",)),), timeout="1h", on_timeout="pass")
    policy = Policy(stages=(first, Stage(groups=(Group(from_=("ben@example.com",)),))), timeout="1d")
    assert wording.timeout_sentence(an_approval(policy=policy)) == "Without an answer by then the next step begins."


def settled(how: str, **changes: Any) -> Approval:
    approval = finance_and_legal(**changes)
    match how:
        case "approved":
            for reviewer in (0, 1, 2):
                approval = decided(approval, reviewer=reviewer)
            return approval
        case "rejected":
            return decided(decided(approval, reviewer=0), reviewer=1, option="reject")
        case "expired":
            return expire(approval, approval.deadline).approval
        case "cancelled":
            return cancel(approval, actor="ana", reason="Not needed any more.", now=NOW).approval
        case "superseded":
            return supersede(approval, by="approval-2", now=NOW).approval
        case _:
            return approval


@pytest.mark.parametrize(
    ("approval", "expected"),
    [
        (settled("pending"), "Not settled yet."),
        (settled("approved"), "Approved by Ana, Ben and Cleo."),
        (settled("rejected"), "Rejected by Ben."),  # Ana, who approved, did not reject
        (settled("expired"), "Expired: nobody answered in time."),
        (settled("expired", on_timeout="approve"), "Approved, because nobody answered in time."),
        (settled("expired", on_timeout="reject"), "Rejected, because nobody answered in time."),
        (settled("cancelled"), "Cancelled: Not needed any more."),
        (settled("superseded"), "Replaced: the workflow asked again; a newer approval has taken its place."),
    ],
)
def test_the_outcome_in_words(approval: Approval, expected: str) -> None:
    assert wording.outcome_sentence(approval) == expected


def test_an_outcome_names_the_option_where_it_says_more_than_the_outcome() -> None:
    ship = Option(id="ship", label="Ship it", side="approve")
    approval = decided(an_approval(options=(ship, *DEFAULT_OPTIONS)), option="ship")
    assert wording.outcome_sentence(approval) == "Approved with “Ship it” by ana@example.com."


def test_an_outcome_by_many_names_five() -> None:
    approval = an_approval(reviewers=tuple(f"r{n}@example.com" for n in range(9)), need=9)
    for reviewer in range(9):
        approval = decided(approval, reviewer=reviewer)
    assert wording.outcome_sentence(approval).endswith("r3@example.com, r4@example.com and 4 others.")


@pytest.mark.parametrize(
    ("how", "state", "expected"),
    [
        ("pending", None, "The workflow waits."),
        ("approved", None, "The workflow is being told; it has not confirmed yet."),
        ("approved", CallbackState.DELIVERED, "The workflow has resumed."),
        (
            "rejected",
            CallbackState.DELIVERED,
            "The workflow has been told.",
        ),  # its state failed: whether it goes on is open
        ("expired", CallbackState.DELIVERED, "The workflow has been told."),
        ("approved", CallbackState.TOO_LATE, "The workflow no longer waited: it was stopped or had timed out"),
        ("approved", CallbackState.FAILED, "The workflow could not be told: wrong Region. Its operators have to look"),
        ("approved", CallbackState.UNCONFIRMED, "its confirmation was lost; whether it arrived could not be verified."),
        ("superseded", None, "The workflow waits for the newer approval instead."),
        ("approved", CallbackState.NONE, "The workflow was not told: it no longer waited."),
    ],
)
def test_what_is_known_of_the_workflow_and_not_more(how: str, state: CallbackState | None, expected: str) -> None:
    approval = settled(how)
    if state is not None:
        approval = msgspec.structs.replace(approval, callback=state, callback_detail="wrong Region.")
    assert expected in wording.callback_sentence(approval)


def test_a_rejection_that_succeeds_resumes_the_workflow() -> None:
    approval = msgspec.structs.replace(settled("rejected", on_reject="succeed"), callback=CallbackState.DELIVERED)
    assert wording.callback_sentence(approval) == "The workflow has resumed."


# Markdown


def test_markdown_becomes_html_below_the_title() -> None:
    html = markdown("# Why\n\nIt is **late**:\n\n- one\n- `two`\n\n|a|b|\n|-|-|\n|1|2|")
    assert "<h3>Why</h3>" in html
    assert "<strong>late</strong>" in html
    assert "<li><code>two</code></li>" in html
    assert "<td>2</td>" in html


def test_a_link_in_markdown_shows_where_it_goes() -> None:
    html = markdown("[your bank](https://evil.example/login) <https://shown.example/x>")
    assert 'href="https://evil.example/login"' in html
    assert "your bank</a> (evil.example)" in html
    assert "</a> (shown.example)" not in html
    assert "noopener" in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        '[x](https://a.example "onmouseover=alert(1)")',
        '[x](https://a.example/"onmouseover="alert(1))',
        "![x](https://tracker.example/pixel.png)",
        "<style>*{display:none}</style>",
        "<https://a.example/<script>>",
        "`</code><script>alert(1)</script>`",
        "```html onload=alert(1)\n<iframe>\n```",
        "[x]: javascript:alert(1)\n[x]",
        "&lt;script&gt; &#60;script&#62;",
    ],
)
def test_markdown_cannot_bring_in_anything_that_acts(text: str) -> None:
    for tag, attributes in tags_of(markdown(text)):
        assert tag in {"p", "a", "code", "pre"}
        assert attributes.keys() <= {"href", "rel"}
        assert attributes.get("href", "https:").startswith("https:")


def tags_of(html: str) -> list[tuple[str, dict[str, str]]]:
    """The elements of some HTML with their attributes, as a browser would find them."""
    found: list[tuple[str, dict[str, str]]] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, {name: value or "" for name, value in attrs}))

    Parser().feed(html)
    return found


def test_raw_html_is_shown_as_what_was_written() -> None:
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in markdown("<script>alert(1)</script>")


def test_markdown_is_inert_text_too() -> None:
    assert markdown("invoice\u202efdp.exe \x1b[31m") == "<p>invoice\ufffdfdp.exe \ufffd[31m</p>\n"


@given(st.text(max_size=300))
def test_any_text_is_markdown(text: str) -> None:
    html = markdown(text)
    assert "script" not in {tag for tag, _ in tags_of(html)}
    assert not set(html) & set("\x00\u202e")


@pytest.mark.parametrize("part", ["[", "![[", "*a *", "> ", "- ", "`", "|a", "<a", "[a](<b", "**_", "\\", "&#"])
def test_markdown_made_to_be_slow_is_not(part: str) -> None:
    began = time.process_time()
    markdown((part * 16384)[:16384])
    assert time.process_time() - began < 3


def test_where_only_text_is_shown_markdown_loses_its_marks_and_links_keep_their_hosts() -> None:
    text = "# Head\n\nPlease **look** at [this](https://evil.example/x).\nnext\n\n- a\n- b\n\n1. one\n\n"
    text += "| a | b |\n|---|---|\n| 1 | 2 |\n\nend"
    assert bare(text).split("\n\n") == [
        "Head", "Please look at this (evil.example).\nnext", "• a\n• b", "1. one", "a  b\n1  2", "end"
    ]  # fmt: skip
    assert bare("---") == ""
