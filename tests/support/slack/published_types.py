"""Check the blocks and views of the tests against @slack/types with TypeScript's compiler.

Whatever a `slack` accepts in any test is kept, and all of it is checked once when the last test has ended. Tests of
blocks that are sent nowhere hand them over themselves:

    def test_a_message(slack_types):
        slack_types.message(blocks)
"""

import json
import re
import subprocess
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest

from approvals.demo.fake_slack.state.store import Accepted

WEB = Path(__file__).parents[2] / "web"
COMPILER = WEB / "node_modules/.bin/tsc"
TYPES = WEB / "node_modules/@slack/types/dist/index.d.ts"
NAMES = {"message": "KnownBlock[]", "modal": "ModalView", "home": "HomeView"}
PROBLEM = re.compile(r"sent\.ts\((\d+),\d+\): error (.*)")


class SlackTypes:
    """Collects blocks and views to check, without duplicates."""

    def __init__(self) -> None:
        self.kept: dict[str, Accepted] = {}

    def message(self, blocks: Any) -> None:
        self.keep([Accepted("test", "message", blocks)])

    def view(self, view: Any) -> None:
        self.keep([Accepted("test", view["type"], view)])

    def keep(self, accepted: Iterable[Accepted]) -> None:
        for each in accepted:
            self.kept.setdefault(_line(each), each)


def type_problems(accepted: Iterable[Accepted], folder: Path) -> list[str]:
    """Return one line per value that does not have its type, to be compared with []."""
    if not (COMPILER.exists() and TYPES.exists()):
        pytest.skip("no TypeScript here: run scripts/test-machine")
    lines = ["import type { HomeView, KnownBlock, ModalView } from '@slack/types';", *map(_line, accepted)]
    numbered = [line.replace("const sent:", f"const sent{number}:", 1) for number, line in enumerate(lines)]
    (folder / "sent.ts").write_text("\n".join(numbered))
    (folder / "tsconfig.json").write_text(json.dumps(_configuration()))
    command = [COMPILER, "--project", folder, "--pretty", "false"]
    judged = subprocess.run(command, capture_output=True, text=True, check=False)
    found = PROBLEM.findall(judged.stdout)
    assert found or judged.returncode == 0, judged.stdout + judged.stderr
    return [f"{said}\n  {lines[int(number) - 1]}" for number, said in found]


def _line(accepted: Accepted) -> str:
    return f"const sent: {NAMES[accepted.kind]} = {json.dumps(accepted.content)}; // {accepted.method}"


def _configuration() -> dict[str, Any]:
    options = {
        "noEmit": True, "strict": True, "skipLibCheck": True, "module": "esnext", "moduleResolution": "bundler",
        "target": "esnext", "types": [], "paths": {"@slack/types": [str(TYPES)]},
    }  # fmt: skip
    return {"compilerOptions": options, "files": ["sent.ts"]}


@pytest.fixture(scope="session")
def slack_types(tmp_path_factory: pytest.TempPathFactory) -> Generator[SlackTypes]:
    types = SlackTypes()
    yield types
    if types.kept:
        problems = type_problems(types.kept.values(), tmp_path_factory.mktemp("slack_types"))
        assert not problems, "\n".join(problems)
