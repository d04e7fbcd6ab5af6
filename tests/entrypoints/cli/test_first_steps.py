"""The first start prints the next command to paste, with the key that was just made."""

import json
import shlex

from approvals.entrypoints.cli.context import first_steps
from approvals.entrypoints.server.local_setup import preview_environment
from approvals.settings.environment import Settings
from tests.support.wheel import ROOT


def command(text: str) -> list[str]:
    [line] = (line for line in text.splitlines() if line.startswith("  curl "))
    return shlex.split(line)


def test_the_command_submits_a_first_approval_with_the_key() -> None:
    found = Settings.from_env(preview_environment({}, ROOT))
    words = command(first_steps(found, "apk_key"))
    assert words[1] == f"{found.public_url}/v1/approvals"
    assert "Authorization: Bearer apk_key" in words
    assert json.loads(words[-1])["reviewers"] == ["me@example.com"]


def test_without_callbacks_on_the_terminal_it_names_their_setting() -> None:
    environ = preview_environment({}, ROOT)
    away = first_steps(Settings.from_env(environ), "apk_key")
    here = first_steps(Settings.from_env({**environ, "APPROVALS_CALLBACKS": "console:"}), "apk_key")
    assert "APPROVALS_CALLBACKS=console:" in away
    assert "APPROVALS_CALLBACKS" not in here
