"""Which functions of the entrypoints lead to a verb of the Gateway."""

import ast
from pathlib import Path

from tests.support.wheel import ROOT

ENTRY_POINTS = ROOT / "approvals" / "entrypoints"


def way(filename: str, function: str) -> str:
    """Return a function as `package/module:function`: several packages have a module of the same name."""
    return f"{Path(filename).relative_to(ENTRY_POINTS).with_suffix('').as_posix()}:{function}"


def calling(verb: str) -> set[str]:
    """Return the functions of the entry points that call something of this name."""
    found = set()
    for path in ENTRY_POINTS.rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and verb in _called(function):
                found.add(way(str(path), function.name))
    return found


def _called(function: ast.FunctionDef) -> set[str]:
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {call.attr for call in calls if isinstance(call, ast.Attribute)}
