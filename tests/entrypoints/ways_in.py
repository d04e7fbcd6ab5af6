"""Which functions of the entrypoints lead to a verb of the Gateway."""

import ast

from tests.support.wheel import ROOT


def calling(verb: str) -> set[str]:
    """Which functions of the entrypoints call something of this name, as `module:function`."""
    found = set()
    for path in (ROOT / "approvals" / "entrypoints").rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and verb in _called(function):
                found.add(f"{path.stem}:{function.name}")
    return found


def _called(function: ast.FunctionDef) -> set[str]:
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {call.attr for call in calls if isinstance(call, ast.Attribute)}
