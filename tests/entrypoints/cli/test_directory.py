"""`approvals policy check` and `approvals policy schema`: faults for people, editors and CI, and what editors know."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml

from approvals.adapters.directory.file import DirectoryFile
from approvals.adapters.directory.json_schema import DESCRIPTIONS, directory_schema
from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key
from tests.entrypoints.cli.commands import Done, ran
from tests.support.wheel import ROOT

PUBLISHED = ROOT / "docs/directory.schema.json"
EXAMPLES = sorted(ROOT.glob("examples/**/approvals.yml"))
ROWS: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "tests/adapters/directory/data/directory_faults.yml").read_text("utf-8")
)
RIGHT = "people: {ana: {email: ana@example.com}}\npolicies: {p: {stages: [{groups: [{from: [ana]}]}]}}\n"
WRONG = "people:\n  ana: {email: ana}\ngroups:\n  a: []\n"


Check = Callable[..., Done]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """Runs `approvals policy` in a folder where approvals.yml holds a text."""
    monkeypatch.chdir(tmp_path)

    def run(text: str | None, *words: str) -> Done:
        if text is not None:
            Path("approvals.yml").write_text(text, encoding="utf-8")
        return ran("policy", *words, capsys=capsys)

    return run


def test_what_is_right_is_counted(check: Check) -> None:
    done = check(RIGHT, "check", "approvals.yml")
    assert done == (0, "approvals.yml: 1 person, 0 groups, 1 policy, 0 calendars and 0 rules: valid\n", "")


def test_what_is_wrong_is_reported_line_by_line(check: Check) -> None:
    done = check(WRONG, "check", "approvals.yml")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "approvals.yml:2: people.ana.email: “ana” is not an e-mail address",
        "approvals.yml:4: groups.a: has no members; name somebody, or take the group away",
    ]


def test_machines_get_the_same_as_json(check: Check) -> None:
    wrong, right = (check(text, "check", "--format", "json", "approvals.yml") for text in (WRONG, RIGHT))
    assert (wrong.returncode, right.returncode) == (1, 0)
    said = json.loads(wrong.stdout)
    assert (said["file"], said["valid"], said["has"]) == ("approvals.yml", False, None)
    assert said["faults"][0] == {
        "line": 2, "path": "people.ana.email", "message": "“ana” is not an e-mail address"
    }  # fmt: skip
    assert json.loads(right.stdout)["has"] == "1 person, 0 groups, 1 policy, 0 calendars and 0 rules"
    assert json.loads(right.stdout)["faults"] == []


@pytest.mark.parametrize("words", [["nowhere.yml"], ["s3://x"]])
def test_what_cannot_be_read_at_all_is_reported_without_a_line(check: Check, words: list[str]) -> None:
    done = check(None, "check", *words)
    assert done.returncode == 1
    assert done.stderr.startswith((f"{words[0]} cannot be read: No such file", "s3://x is not a location"))


def test_without_a_file_it_is_that_of_the_setting(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPROVALS_SIGNING_KEYS", new_signing_key())
    monkeypatch.setenv("APPROVALS_SEALING_KEYS", new_sealing_key())
    assert check(WRONG, "check").returncode == 2
    monkeypatch.setenv("APPROVALS_DIRECTORY", "approvals.yml")
    assert check(WRONG, "check").returncode == 1
    assert check(RIGHT, "check").returncode == 0


def test_without_a_file_and_without_settings_it_states_to_name_a_file(check: Check) -> None:
    done = check(RIGHT, "check")
    assert done.returncode == 2
    assert "give a FILE" in done.stderr


def test_the_published_schema_is_that_of_the_code(check: Check) -> None:
    """Mend it with: approvals policy schema > docs/directory.schema.json."""
    printed = check(None, "schema").stdout
    assert PUBLISHED.read_text(encoding="utf-8") == printed


def test_the_schema_is_a_schema_and_describes_every_key() -> None:
    schema = directory_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    shapes = {"DirectoryFile": schema, **schema["$defs"]}
    silent = [
        f"{name}.{key}"
        for name, shape in shapes.items()
        for key, part in shape.get("properties", {}).items()
        if not part.get("description")
    ]
    assert silent == []
    plain = msgspec.json.schema(DirectoryFile)["$defs"]
    assert [name for name, says in DESCRIPTIONS.items() if not says.keys() <= plain[name]["properties"].keys()] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_examples_are_right_and_valid_and_tell_editors_where_the_schema_is(path: Path, check: Check) -> None:
    assert check(None, "check", str(path)).returncode == 0
    text = path.read_text(encoding="utf-8")
    jsonschema.validate(_loaded(text), directory_schema())
    hint = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / hint).resolve() == PUBLISHED


def test_what_has_not_its_shape_is_not_valid_either() -> None:
    judged = jsonschema.Draft202012Validator(directory_schema())
    shapes = ("a key that is nearly one", "a section of the wrong shape", "a time that is no duration", "yes is a word")
    for row in ROWS:
        if row["story"] in shapes:
            assert not judged.is_valid(_loaded(row["file"])), row["story"]


def _loaded(text: str) -> Any:
    """As editors read it: YAML 1.2, where dates and no are text."""
    from approvals.adapters.directory.yaml import read_yaml

    return read_yaml(text).value


def test_the_documents_example_is_right_and_every_key_is_in_a_table(check: Check) -> None:
    text = (ROOT / "docs/reference/directory.md").read_text(encoding="utf-8")
    first = text.split("```yaml\n")[1].split("```")[0]
    assert check(first, "check", "approvals.yml").returncode == 0
    schema = directory_schema()
    keys = {*schema["properties"], *schema["$defs"]["Entry"]["properties"]}
    assert [key for key in sorted(keys) if f"\n| `{key}` |" not in text] == []


def test_of_thousands_of_problems_a_hundred_are_shown_and_the_others_are_counted(check: Check) -> None:
    done = check("people:\n" + "".join(f"  p{n}: {{email: wrong{n}}}\n" for n in range(300)), "check", "approvals.yml")
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines), lines[-1]) == (1, 101, "… and 200 more")
