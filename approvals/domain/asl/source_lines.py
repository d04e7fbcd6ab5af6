"""Find the line of each value in a JSON text, which JSON parsers do not report."""

import json
import re

_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
Path = tuple[str | int, ...]


def lines(text: str) -> dict[Path, int]:
    """Return the line of each value by its path, or of its key where it has one. Expects valid JSON."""
    found: dict[Path, int] = {(): 1}
    path: list[str | int] = []
    line, at, after_colon = 1, 0, False
    for token in _TOKENS.finditer(text):
        line, at = line + text.count("\n", at, token.start()), token.start()
        word, is_key = token[0], bool(path) and isinstance(path[-1], str) and not after_colon
        if word == ":":
            after_colon = True
        elif word == "," and isinstance(path[-1], int):
            path[-1] += 1
        elif word in "{[":
            found.setdefault(tuple(path), line)
            path.append("" if word == "{" else 0)
            after_colon = False
        elif word in "}]":
            path.pop()
            after_colon = False
        elif word == ",":
            after_colon = False
        elif is_key:
            path[-1] = json.loads(word)
            found[tuple(path)] = line
        else:
            found.setdefault(tuple(path), line)
            after_colon = False
    return found


def nearest(found: dict[Path, int], path: Path) -> int:
    """Return the line of a path, or of its nearest parent in the text."""
    while path not in found:
        path = path[:-1]
    return found[path]
