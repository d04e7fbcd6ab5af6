"""The names of errors that workflows catch are in one table, and the documents name no other."""

import ast
import re
from pathlib import Path

from approvals.domain.model.approval import Status
from approvals.domain.model.replies import ERROR_NAMES, INVALID_SUBMISSION, TOO_LARGE

TABLE = "approvals/domain/model/replies.py"
MACHINE = "approvals/demo/cast/machine.py"
"""A state machine of the demo, which catches the names as a user's would."""
NAME = re.compile(r"\bApproval\.[A-Z][A-Za-z]+")
ALL = {*ERROR_NAMES.values(), INVALID_SUBMISSION, TOO_LARGE}


def test_each_outcome_that_a_workflow_gets_has_an_error_name() -> None:
    assert ERROR_NAMES.keys() == {*Status} - {Status.PENDING, Status.SUPERSEDED}


def test_code_takes_error_names_from_the_table() -> None:
    modules = (path for path in Path("approvals").rglob("*.py") if str(path) not in (TABLE, MACHINE))
    written = {str(path): names for path in modules if (names := names_in(path.read_text()))}
    assert written == {}


def names_in(source: str) -> list[str]:
    """Return the texts that are an error name, or hold one as a part of an f-string."""
    tree = ast.walk(ast.parse(source))
    texts = [node.value for node in tree if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [text for text in texts if NAME.fullmatch(text)]


def test_documents_name_no_error_that_no_workflow_gets() -> None:
    pages = [
        Path("README.md"),
        *Path("docs").rglob("*.md"),
        Path(MACHINE),
        *Path("approvals/entrypoints").rglob("*.py"),
    ]
    assert {name for page in pages for name in NAME.findall(page.read_text())} <= ALL
