"""Every example is whole: its files, its row in the table, its graph as its states, its policy as it is explained."""

import json
import logging
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from approvals.entrypoints.cli.main import main
from approvals.entrypoints.server.local_setup import new_sealing_key, new_signing_key
from tests.support.wheel import ROOT

EXAMPLES = ROOT / "examples"
FOLDERS = sorted(path.parent for path in EXAMPLES.glob("*/workflow.asl.json"))
SUBMISSIONS = sorted(path for folder in FOLDERS for path in folder.glob("submission*.json"))
EDGE = re.compile(r"^\s*(\S+) --> (\S+)", re.MULTILINE)
DATE = re.compile(r", on \w+, \d+ \w+ \d{4}, \d\d:\d\d UTC")
SETTINGS = {
    "APPROVALS_SIGNING_KEYS": new_signing_key(),
    "APPROVALS_SEALING_KEYS": new_sealing_key(),
    "APPROVALS_MAIL_URL": "console:",
    "APPROVALS_MAIL_FROM": "approvals@example.com",
}

Edge = tuple[str, str]


def name_of(path: Path) -> str:
    return str(path.relative_to(EXAMPLES))


def fenced(readme: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)


def states_in(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in machine["States"].items():
        yield name, state
        for inner in machines_in(state):
            yield from states_in(inner)


def machines_in(state: dict[str, Any]) -> list[dict[str, Any]]:
    return [*state.get("Branches", ()), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]


def edges_in(machine: dict[str, Any]) -> Iterator[Edge]:
    yield "[*]", machine["StartAt"]
    for name, state in machine["States"].items():
        targets = [state.get("Next"), state.get("Default")]
        targets += [way["Next"] for key in ("Choices", "Catch") for way in state.get(key, ())]
        yield from ((name, target) for target in targets if target)
        if state.get("End") or state["Type"] in ("Succeed", "Fail"):
            yield name, "[*]"
        for inner in machines_in(state):
            yield from edges_in(inner)


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """The command line, set up and away from the checkout; logging is pytest's again afterwards."""
    monkeypatch.chdir(tmp_path)
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    handlers = list(logging.getLogger().handlers)
    yield
    logging.getLogger().handlers[:] = handlers


def test_there_are_examples_and_each_is_in_the_table() -> None:
    table = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert len(FOLDERS) >= 8
    assert [folder.name for folder in FOLDERS if f"]({folder.name}/README.md)" not in table] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_an_example_has_its_files_and_a_test_that_plays_it(folder: Path) -> None:
    files = {path.name for path in folder.iterdir()}
    assert {"README.md", "input.json"} <= files
    assert any(name.startswith("submission") for name in files)
    assert (ROOT / "tests/e2e/examples" / f"test_{folder.name.replace('-', '_')}.py").is_file()
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert sorted(name for name in files - {"README.md"} if name not in readme) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_the_graph_in_its_readme_is_that_of_its_states(folder: Path) -> None:
    machines = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.asl.json")]
    readme = (folder / "README.md").read_text(encoding="utf-8")
    drawn = {edge for graph in fenced(readme, "mermaid") for edge in EDGE.findall(graph)}
    assert drawn == {edge for machine in machines for edge in edges_in(machine)}
    names = {name for machine in machines for name, _ in states_in(machine)}
    assert {name for edge in drawn for name in edge} - {"[*]"} <= names


@pytest.mark.parametrize("submission", SUBMISSIONS, ids=name_of)
@pytest.mark.usefixtures("command")
def test_its_readme_states_who_is_asked_when_in_the_commands_words(
    submission: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["policy", "explain", str(submission)])
    said = DATE.sub("", capsys.readouterr().out).partition("\nIf nobody answers:")[0]
    readme = (submission.parent / "README.md").read_text(encoding="utf-8")
    assert said in fenced(readme, "text")


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_nothing_in_it_will_hurt(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted(str(path) for path in folder.glob("*.asl.json"))
    with pytest.raises(SystemExit) as left:
        main(["asl", "lint", "--strict", *files])
    assert left.value.code == 0, capsys.readouterr().out
