"""Templates: text with {JMESPath} in it, and JSON of such text. Expressions look values up and execute nothing.

Text that is one single expression keeps the type of its result. `{{` and `}}` are plain braces.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import jmespath
import msgspec
from jmespath.exceptions import ArityError, JMESPathError, UnknownFunctionError

from approvals.domain.problems import Problem
from approvals.domain.templates.search import BoundedInterpreter, Budget, TooMuchWork

MOST_PARTS = 40
"""Nodes of one expression; what they may do together is bounded by the budget of the search."""
_QUOTES = "'\"`"


class TemplateExpression(msgspec.Struct, frozen=True):
    """One compiled JMESPath expression."""

    text: str
    compiled: Any

    def find(self, data: Any, budget: Budget | None = None) -> Any:
        """Return the result, or None, also where a function does not accept the data. Raises TooMuchWork."""
        try:
            return BoundedInterpreter(budget or Budget()).visit(self.compiled.parsed, data)
        except (JMESPathError, ArithmeticError, RecursionError, TypeError, ValueError):
            return None


Part = str | TemplateExpression


@lru_cache(maxsize=4096)
def compile_expression(text: str) -> TemplateExpression:
    """Compile an expression. Raises ValueError with the reason."""
    try:
        compiled = jmespath.compile(text)
    except JMESPathError as error:
        raise ValueError(f"“{text}” is not JMESPath: {str(error).splitlines()[0].rstrip(':')}") from None
    except RecursionError:
        raise ValueError("is nested too deep") from None
    if _parts(compiled.parsed) > MOST_PARTS:
        raise ValueError(f"“{text[:40]}…” has more than {MOST_PARTS} parts")
    _check_functions(text, compiled)
    return TemplateExpression(text, compiled)


def _check_functions(text: str, compiled: Any) -> None:
    """Refuse unknown functions, which JMESPath itself finds only when it runs."""
    try:
        BoundedInterpreter(Budget()).visit(compiled.parsed, {})
    except TooMuchWork as error:
        raise ValueError(f"“{text[:40]}…” {error}") from None
    except (ArityError, UnknownFunctionError) as error:
        raise ValueError(f"“{text}” is not JMESPath: {error}") from None
    except (JMESPathError, ArithmeticError, RecursionError, TypeError, ValueError):
        return


@lru_cache(maxsize=4096)
def parts(text: str) -> tuple[Part, ...]:
    """Split a template into text and expressions. Raises ValueError."""
    found: list[Part] = []
    plain, at = "", 0
    while at < len(text):
        if text[at : at + 2] in ("{{", "}}"):
            plain, at = plain + text[at], at + 2
        elif text[at] == "{":
            end = _closing(text, at + 1)
            found += [plain, compile_expression(text[at + 1 : end].strip())]
            plain, at = "", end + 1
        elif text[at] == "}":
            raise ValueError("has a } without its {; write }} for a plain one")
        else:
            plain, at = plain + text[at], at + 1
    return tuple(part for part in (*found, plain) if part != "")


def missing(template: Any, data: Any, *, path: str = "") -> list[Problem]:
    """Return the expressions that find nothing. Raises TooMuchWork."""
    budget = Budget()
    return [
        Problem(where, f"“{part.text}” finds nothing in what arrived")
        for where, text in texts(template, path)
        for part in parts(text)
        if isinstance(part, TemplateExpression) and part.find(data, budget) is None
    ]


def filled(template: Any, data: Any, budget: Budget | None = None) -> Any:
    """Fill in a template within one budget. A missing value is null, or empty within text. Raises TooMuchWork."""
    budget = budget or Budget()
    match template:
        case dict():
            return {key: filled(value, data, budget) for key, value in template.items()}
        case list() | tuple():
            return [filled(value, data, budget) for value in template]
        case str():
            return _filled_text(template, data, budget)
    return template


def template_problems(template: Any, path: str) -> Iterator[Problem]:
    """Yield the problems of its expressions."""
    for where, text in texts(template, path):
        try:
            parts(text)
        except ValueError as error:
            yield Problem(where, str(error))


def texts(template: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield every text of a template with its path."""
    match template:
        case dict():
            for key, value in template.items():
                yield from texts(value, f"{path}.{key}" if path else key)
        case list() | tuple():
            for n, value in enumerate(template):
                yield from texts(value, f"{path}[{n}]")
        case str():
            yield path, template


def _filled_text(text: str, data: Any, budget: Budget) -> Any:
    """Spend each result once more, since it is written: one that only points into the data costs nothing to find."""
    found = [part if isinstance(part, str) else part.find(data, budget) for part in parts(text)]
    budget.spend_on(found)
    if len(found) == 1 and not isinstance(parts(text)[0], str):
        return found[0]
    return "".join(map(as_text, found))


def as_text(value: Any) -> str:
    """Return text as is, null as "", other values as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _closing(text: str, at: int) -> int:
    """Return the position of the closing brace, past braces and quotes of the expression."""
    depth = 1
    while at < len(text):
        if text[at] in _QUOTES:
            at = _after_quote(text, at)
            continue
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at
        at += 1
    raise ValueError("has a { that is never closed; write {{ for a plain one")


def _after_quote(text: str, start: int) -> int:
    at = start + 1
    while at < len(text) and text[at] != text[start]:
        at += 2 if text[at] == "\\" else 1
    return at + 1


def _parts(tree: Any) -> int:
    """Return how many nodes a parsed expression has."""
    count, open_nodes = 0, [tree]
    while open_nodes:
        node = open_nodes.pop()
        count += 1
        open_nodes += [child for child in node["children"] if isinstance(child, dict)]  # those of a slice are numbers
    return count
