"""approvals asl lint: lines, exit codes and JSON, as a person and as a pipeline see them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from approvals.entrypoints.cli.main import command_line
from tests.support.aws.asl import GOOD, changed, machine, of_state, put


def run(*words: str, given: str | None = None) -> Result:
    return CliRunner().invoke(command_line, ["asl", "lint", *words], input=given)


@pytest.fixture
def good(tmp_path: Path) -> str:
    return written(tmp_path / "good.asl.json", machine(GOOD))


def written(path: Path, document: object) -> str:
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
    return str(path)


def test_a_clean_machine_reports_it(good: str) -> None:
    done = run(good)
    assert (done.exit_code, done.stdout) == (0, "")
    assert "1 file(s): 0 error(s), 0 warning(s), 0 hint(s)." in done.stderr


def test_an_error_is_reported_with_its_line_and_fix_and_fails(good: str, tmp_path: Path) -> None:
    bad = written(tmp_path / "bad.asl.json", machine(changed(put(reviwers=["x"]))))
    done = run(good, bad)
    [line] = [n for n, text in enumerate(Path(bad).read_text().splitlines(), 1) if '"reviwers"' in text]
    assert done.exit_code == 1
    assert done.stdout.startswith(f"{bad}:{line}  error    unknown-field  Ask: ")
    assert done.stdout.endswith("did you mean reviewers?\n")


@pytest.mark.parametrize(("options", "code"), [([], 0), (["--strict"], 1)])
def test_warnings_fail_only_where_one_is_strict(tmp_path: Path, options: list[str], code: int) -> None:
    file = written(tmp_path / "a.json", machine(changed(of_state(Catch=None))))
    assert run(file, *options).exit_code == code


def test_options_say_what_the_file_does_not(good: str) -> None:
    assert "express" in run(good, "--type", "EXPRESS").stdout
    assert "heartbeat-too-short" in run(good, "--sweep", "300").stdout


@pytest.mark.parametrize("option", ["queue", "topic", "function", "api", "bus", "activity"])
def test_what_leads_to_us_may_be_named(tmp_path: Path, option: str) -> None:
    state = changed(lambda state: state["Parameters"].update(MessageBody={"token.$": "$$.Task.Token"}))
    file = written(tmp_path / "a.json", machine(state))
    assert run(file).exit_code == 0
    assert run(file, f"--{option}", "other", f"--{option}", "approvals").exit_code == 1


def test_programs_get_the_findings_as_json(tmp_path: Path) -> None:
    file = written(tmp_path / "a.json", machine(changed(of_state(Retry=[{"ErrorEquals": ["States.ALL"]}]))))
    [finding] = json.loads(run(file, "--json").stdout)
    assert finding["code"] == "retry-rejected"
    assert (finding["path"], finding["state"]) == ("$.States.Ask.Retry[0]", "Ask")
    assert set(finding) == {"file", "line", "code", "severity", "path", "state", "says", "mend"}


@pytest.mark.parametrize("text", ["{", "a: yaml", "", "\udcff".encode("utf-8", "surrogateescape").decode("latin-1")])
def test_what_is_no_json_is_a_finding(text: str) -> None:
    done = run("-", given=text)
    assert (done.exit_code, done.stdout.startswith("-:1  error    unreadable")) == (1, True)
