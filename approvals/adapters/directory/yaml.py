"""The JSON subset of YAML, with line numbers: `no` is text, a date is text, and no tag creates an object.

Reading any text ends quickly, with a tree or with BadYaml.
"""

import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import yaml

from approvals.domain.problems import Problem

MOST_VALUES = 100_000
"""The limit includes expanded aliases: a few lines of them can expand to more than fits into memory."""


class BadYaml(ValueError):
    """The text cannot be read, because of an error on this line."""

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        super().__init__(message)


class Tree(NamedTuple):
    """The file as JSON values, with the line of each path and the problems of the YAML."""

    value: Any
    lines: dict[str, int]
    problems: tuple[Problem, ...]

    def line(self, path: str) -> int:
        """Return the line of the path, or of its nearest parent in the file."""
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path, 1)


def read_yaml(text: str) -> Tree:
    """Read the text as a tree. Raises BadYaml."""
    if not text.strip():
        raise BadYaml(1, "is empty; in a file without people write people: {}")
    try:
        node = _Loader(text).get_single_node()
        growing = _Growing()
        value = {} if node is None else growing.value(node, "", ())
    except yaml.reader.ReaderError as error:
        raise BadYaml(text.count("\n", 0, error.position) + 1, f"is not YAML: {error.reason}") from None
    except yaml.MarkedYAMLError as error:
        raise BadYaml(error.problem_mark.line + 1 if error.problem_mark else 1, _said(error)) from None
    except RecursionError:
        raise BadYaml(1, "is nested too deep") from None
    return Tree(value, growing.lines, tuple(growing.problems))


def _said(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or error.context or "cannot be read"
    if "'\\t'" in problem:
        return "is not YAML: it has a tab where only spaces are allowed; indent with spaces"
    return f"is not YAML: {problem}"


class _Words(yaml.resolver.BaseResolver):
    """Patterns of values that are not text. Unlike YAML 1.1, `no` is not false and 12:30 is not 750, as in JSON."""


for _kind, _pattern, _begins in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", "-0123456789"),
):
    _Words.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(f"(?:{_pattern})$"), list(_begins))


class _Loader(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer, _Words):
    """Composes the tree of the file, with line numbers; it constructs no objects."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        for part in (yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer, _Words):
            part.__init__(self)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


_SCALARS: dict[str, Callable[[str], Any]] = {
    "bool": {"true": True, "false": False}.__getitem__,
    "null": {"null": None, "~": None, "": None}.__getitem__,
    "int": int,
    "float": _float,
}


def _scalar(node: yaml.Node) -> Any:
    """Return the number, or the text if a tag or its size makes it invalid as a number."""
    make = _SCALARS.get(node.tag.rpartition(":")[2], str)
    try:
        return make(node.value)
    except (ValueError, KeyError):
        return node.value


class _Growing:
    """Builds a tree from nodes."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self.problems: list[Problem] = []
        self._values = 0

    def value(self, node: yaml.Node, path: str, above: tuple[int, ...]) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        self._values += 1
        if self._values > MOST_VALUES:
            raise BadYaml(node.start_mark.line + 1, f"holds more than {MOST_VALUES} values, its aliases written out")
        if id(node) in above:
            return self._wrong(path, "contains itself", None)
        inside = (*above, id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, inside)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, f"{path}[{n}]", inside) for n, item in enumerate(node.value)]
        if not _is_whole(node.value):
            return self._wrong(path, "holds half a character (a lone surrogate)", "")
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: str, inside: tuple[int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in node.value:
            if not isinstance(key, yaml.ScalarNode) or not _is_whole(key.value):
                self.lines.setdefault(path, key.start_mark.line + 1)
                self._wrong(path, "has a key that is not a word", None)
                continue
            where = f"{path}.{key.value}" if path else key.value
            if key.value in found:
                self._wrong(where, f"is there twice, first on line {self.lines[where]}", None)
            self.lines[where] = key.start_mark.line + 1
            found[key.value] = self.value(item, where, inside)
        return found

    def _wrong(self, path: str, message: str, instead: Any) -> Any:
        self.problems.append(Problem(path, message))
        return instead


def _is_whole(text: str) -> bool:
    try:
        return bool(text.encode()) or True
    except UnicodeEncodeError:
        return False
