"""The directory file: read as JSON would be, and every fault said with file, line and path."""

from pathlib import Path

import pytest

from approvals.adapters.directory_file import DirectoryFile, parse_directory_file, read_directory_file
from approvals.domain.errors import Misconfigured

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
    people, faults = found.directory.resolve("group:finance", "path")
    assert ([person.id for person in people], faults) == (["ana", "ben@example.com"], [])
    assert found.directory.policies["purchasing"].stages[0].groups[0].need == 2
    [adapter] = found.adapters
    assert adapter.match.has == ("productId",)


def test_words_that_yaml_takes_for_something_else_are_words() -> None:
    [adapter] = _parsed(TEXT).adapters
    assert adapter.outcome is not None
    assert adapter.outcome.rejected is not None
    assert adapter.outcome.rejected.success == {
        "Status": "no", "at": "12:30", "on": "2026-03-02", "count": 3, "share": 0.5, "done": True, "none": None,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}", "adapters: []"])
def test_an_empty_file_knows_nobody(text: str) -> None:
    assert _parsed(text) == DirectoryFile()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("group:finance", "group:finanze", "9: policies.purchasing.stages[0].groups[0].from[0]: there is no group"),
        ("need: 2", "need: 3", "9: policies.purchasing.stages[0].groups[0].need: asks for 3 of 2 people"),
        ("[ana,", "[anna,", "4: groups.finance[0]: “anna” is neither"),
        ("ana@example.com", "ana", "2: people.ana.email: “ana” is not an e-mail address"),
        ("U024BE7LH", "ana", "2: people.ana.slack: “ana” is not the id"),
        ("{name: Ana, ", "{name: Ana}  #", "2: people.ana: has no address"),
        ("groups:\n  f", "  eve: {email: ANA@example.com}\ngroups:\n  f", "3: people.eve: has the same address as ana"),
        ("token: taskToken", 'token: "a["', "12: adapters[0].token: “a[” is not JMESPath"),
        ("token: taskToken", "tokn: taskToken", "12: adapters[0].tokn: is not known here; did you mean “token”?"),
        ("details:", "detials:", "15: adapters[0].submission.detials: is no field of a submission"),
        ("policy: purchasing", "policy: pirates", "16: adapters[0].submission.policy: there is no policy “pirates”"),
        ("{deadline}", "{deadline", "20: adapters[0].outcome.expired.failure.cause: has a { that is never closed"),
        ("ApprovalExpired", "States.Gone", "20: adapters[0].outcome.expired.failure.error: must not begin"),
        ("people:", "<<: x\npeople:", "1: <<: is not known here"),
        ("people:", "people: {}\npeople:", "2: people: stands there twice"),
        ("people:", "? [a]\n: b\npeople:", "1: has a key that is not a word"),
        ("people:", "people", "2: is not YAML: mapping values are not allowed here"),
        ("groups:\n  finance", "groups: &a\n  loop: *a\n  finance", "4: groups.loop: contains itself"),
        ("Ana", "!!python/object:os.system Ana\x07", "1: is not YAML"),
    ],
)
def test_a_fault_is_said_with_file_line_and_path(old: str, new: str, fault: str) -> None:
    assert TEXT.count(old) >= 1
    with pytest.raises(Misconfigured) as raised:
        _parsed(TEXT.replace(old, new, 1))
    assert f"approvals.yml:{fault}" in str(raised.value)


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(Misconfigured) as raised:
        _parsed(TEXT.replace("group:finance", "group:nobody").replace("{deadline}", "{"))
    assert len(str(raised.value).splitlines()) == 2


def test_no_tag_makes_an_object() -> None:
    found = _parsed("people:\n  ana: {name: !!python/name:os.system x, email: ana@example.com}\n")
    assert found.people["ana"].name == "x"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"nowhere\.yml cannot be read: No such file"):
        read_directory_file(str(tmp_path / "nowhere.yml"))
    (tmp_path / "latin.yml").write_bytes(b"people: {\xe4: {}}")
    with pytest.raises(Misconfigured, match=r"latin\.yml is not UTF-8"):
        read_directory_file(str(tmp_path / "latin.yml"))
