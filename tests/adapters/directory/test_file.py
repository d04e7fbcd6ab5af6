"""The directory file: read as JSON would be, and every problem reported with file, line and path."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from approvals.adapters.directory.file import (
    LARGEST,
    DirectoryFile,
    WrongDirectory,
    decode_directory_file,
    parse_directory_file,
)
from approvals.domain.directory.configuration import configuration
from approvals.domain.model.errors import Misconfigured

ROWS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "data/directory_faults.yml").read_text("utf-8"))
TEXT = """\
people:
  ana: {name: Ana, email: ana@example.com, slack: U024BE7LH, timezone: Europe/Berlin}
groups:
  finance: [ana, ben@example.com]
policies:
  purchasing:
    stages:
      - groups:
          - {from: [group:finance], need: 2}
adapters:
  - match: {queue: "purchases", stateMachine: "*:purchase-*", has: [productId]}
    token: taskToken
    submission:
      title: "Order {quantityRequested} × {productId}"
      details: "{@}"
      policy: purchasing
    outcome:
      approved: {success: {Status: Approved, by: "{decidedBy[0].reviewer}"}}
      rejected: {success: {Status: no, at: 12:30, on: 2026-03-02, count: 3, share: 0.5, done: true, none: null}}
      expired: {failure: {error: ApprovalExpired, cause: "nobody answered by {deadline}"}}
"""


def _parsed(text: str) -> DirectoryFile:
    return parse_directory_file(text, name="approvals.yml")


def test_people_groups_policies_and_adapters_are_read() -> None:
    found = _parsed(TEXT)
    people, problems = found.directory.resolve("group:finance", "path")
    assert ([person.id for person in people], problems) == (["ana", "ben@example.com"], [])
    assert found.directory.policies["purchasing"].stages[0].groups[0].need == 2
    [adapter] = found.adapters
    assert adapter.match.has == ("productId",)


def test_everything_of_the_file_is_passed_on() -> None:
    found = _parsed("""\
people:
  ana:
    email: ana@example.com
    slack: T0123ABCD/U024BE7LH
    aliases: [ana@example.org, "slack:U0000AAAA"]
    timezone: Europe/Berlin
    locale: de
    notify: mail
    away: [{from: 2026-08-03, until: 2026-08-14, delegate: ben}]
    quietHours: {from: "20:00", to: "07:00", days: sat-sun}
  ben: {email: ben@example.com}
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
policies:
  refunds: {calendar: office, stages: [{groups: [{from: [ana]}]}]}
rules:
  - {name: big, when: details.amount > 1000, policy: refunds}
allowInlinePolicies: false
""")
    ana = found.directory.people["ana"]
    assert ana.locale == "de"
    assert ana.notify == "mail"
    assert ana.quiet_hours is not None
    assert ana.quiet_hours.days == "sat-sun"
    away = ana.away_at(datetime(2026, 8, 14, 21, 59, tzinfo=UTC))
    assert away is not None
    assert away.delegate == "ben"
    same = ("ana", "ANA@example.com", "ana@example.org", "slack:T0123ABCD/U024BE7LH", "slack:U0000AAAA")
    assert [found.directory.person(reference) for reference in same] == [ana] * 5
    assert found.directory.calendars.keys() == {"office"}
    assert found.directory.rules[0].when == "details.amount > 1000"
    assert found.directory.allow_inline_policies is False


@pytest.mark.parametrize(
    "away",
    [
        ["from: 2026-08-03, until: 2026-08-07, delegate: ben", "from: 2026-08-08, until: 2026-08-14, delegate: ana"],
        ["from: 2026-08-03, until: 2026-08-07, delegate: ben", "from: 2026-08-03, until: 2026-08-14"],
    ],
)
def test_a_person_who_is_back_before_the_other_leaves_may_stand_in_for_them(away: list[str]) -> None:
    each = zip(("ana", "ben"), away, strict=True)
    people = [f"  {name}: {{email: {name}@example.com, timezone: UTC, away: [{{{text}}}]}}" for name, text in each]
    assert len(_parsed("people:\n" + "\n".join(people)).people) == 2


def test_words_that_yaml_takes_for_something_else_are_words() -> None:
    [adapter] = _parsed(TEXT).adapters
    assert adapter.outcome is not None
    assert adapter.outcome.rejected is not None
    assert adapter.outcome.rejected.success == {
        "Status": "no", "at": "12:30", "on": "2026-03-02", "count": 3, "share": 0.5, "done": True, "none": None,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", " \n\n"])
def test_a_file_without_anything_is_one_that_was_lost_and_not_one_that_was_written(text: str) -> None:
    with pytest.raises(Misconfigured, match=r"approvals.yml:1: is empty; .* people: \{\}"):
        _parsed(text)


@pytest.mark.parametrize("text", ["# nothing yet\n", "{}", "adapters: []"])
def test_an_empty_file_knows_nobody(text: str) -> None:
    assert _parsed(text) == DirectoryFile()


@pytest.mark.parametrize("row", ROWS, ids=[row["story"] for row in ROWS])
def test_of_a_wrong_file_everything_is_reported_with_line_and_path(row: dict[str, Any]) -> None:
    with pytest.raises(WrongDirectory) as raised:
        _parsed(row["file"])
    assert str(raised.value).splitlines() == [f"approvals.yml:{problem}" for problem in row["faults"]]


def test_the_table_is_large_and_tells_each_story_once() -> None:
    assert len({row["story"] for row in ROWS}) == len(ROWS) >= 40


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(Misconfigured) as raised:
        _parsed(TEXT.replace("group:finance", "group:nobody").replace("{deadline}", "{"))
    assert len(str(raised.value).splitlines()) == 2


def test_no_tag_makes_an_object() -> None:
    found = _parsed("people:\n  ana: {name: !!python/name:os.system x, email: ana@example.com}\n")
    assert found.people["ana"].name == "x"


def test_a_tag_does_not_make_a_number_of_a_word() -> None:
    assert _parsed("people:\n  ana: {name: !!int ana, email: !!bool ana@example.com}\n").people["ana"].name == "ana"


@pytest.mark.parametrize("number", ["9" * 5000, "1e999"])
def test_a_number_that_is_too_large_is_no_number(number: str) -> None:
    with pytest.raises(Misconfigured, match="must be a whole number"):
        _parsed(f"policies:\n  p: {{stages: [{{groups: [{{from: [ana@example.com]}}], reject: {number}}}]}}\n")


def test_aliases_that_stand_for_more_than_any_machine_holds_are_refused_soon() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20))
    with pytest.raises(WrongDirectory, match="holds more than 100000 values, its aliases written out"):
        _parsed(bomb)


def test_groups_that_multiply_are_read_soon() -> None:
    groups = [f"  g{n}: ['group:g{n + 1}', 'group:g{n + 1}']" for n in range(19)]
    found = _parsed("groups:\n" + "\n".join([*groups, "  g19: [ana@example.com]"]))
    assert len(found.directory.resolve("group:g0", "")[0]) == 1
    deeper = ["  h: ['group:g0']", *groups, "  g19: [ana@example.com]"]
    with pytest.raises(WrongDirectory, match=r"yml:2: groups\.h: is nested more than 20 deep"):
        _parsed("groups:\n" + "\n".join(deeper))


def test_what_is_nested_too_deep_is_refused() -> None:
    with pytest.raises(WrongDirectory, match="is nested too deep"):
        _parsed("[" * 20_000)


def test_a_file_that_is_no_text_or_too_large_is_named() -> None:
    with pytest.raises(Misconfigured, match=r"latin\.yml is not UTF-8: line 2 has a byte 0xe4"):
        decode_directory_file(b"people:\n  {\xe4: {}}", name="latin.yml")
    with pytest.raises(Misconfigured, match=r"large\.yml has more than 1024 KiB"):
        decode_directory_file(b"#" * (LARGEST + 1), name="large.yml")


_WORDS = st.sampled_from([
    "people", "groups", "policies", "calendars", "rules", "adapters", "allowInlinePolicies", "ana", "email", "",
    "group:ana", "ana@example.com", "from", "until", "away", "delegate", "stages", "need", "name", "when", "token",
    "details.a > 1", "2026-08-03", "mon", "09:00-17:00", "UTC", "timezone", "hours", "policy", "approve", "because",
    "x", "12", "~",
])  # fmt: skip
_TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=25,
)
_SECTIONS = st.fixed_dictionaries({}, optional={
    "people": st.dictionaries(_WORDS, _TREES, max_size=3),
    "groups": st.dictionaries(_WORDS, st.lists(_WORDS), max_size=3),
    "policies": st.dictionaries(_WORDS, _TREES, max_size=3), "calendars": st.dictionaries(_WORDS, _TREES, max_size=2),
    "rules": st.lists(_TREES, max_size=3), "adapters": st.lists(_TREES, max_size=2),
})  # fmt: skip


@given(st.text(max_size=200) | (_TREES | _SECTIONS).map(yaml.safe_dump))
def test_whatever_is_in_a_file_is_read_or_is_reported_as_wrong(text: str) -> None:
    try:
        configuration(_parsed(text).directory)
    except WrongDirectory as error:
        said = error.problems
    else:
        said = None
    assert said != ()
