"""Expressions of rules, such as `details.amount > 1000`, evaluated by a reduced simpleeval.

The owner writes the expression, anybody may send the data: no attribute of a Python object is ever read.
"""

import ast
import keyword
import operator
import re
import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
from simpleeval import SimpleEval

from approvals.domain.problems import Invalid
from approvals.domain.rules.comparisons import (
    EXACT,
    UNKNOWN,
    ContextValue,
    Truth,
    TypeMismatch,
    counted,
    equal,
    opposite,
    ordered,
    part,
    truth,
    within,
)
from approvals.domain.rules.expression_checks import Complaint, complaints

CONSTANTS = {"true": True, "false": False, "null": None}
_INSTEAD = (("&", "and"), ("|", "or"), ("=", "=="), ("!", "not"), ("?", "and, or, not"))


class RuleExpression(msgspec.Struct, frozen=True):
    """An expression that was parsed and checked."""

    text: str
    tree: ast.expr


class BadExpression(ValueError):
    """An expression that cannot be parsed or has no meaning, with every complaint and its column."""

    def __init__(self, found: tuple[Complaint, ...]) -> None:
        self.complaints = found
        super().__init__("; ".join(map(str, found)))


@lru_cache(maxsize=1024)
def parse_expression(text: str) -> RuleExpression:
    """Parse and check an expression. Raises BadExpression."""
    tree = _parsed(text)
    if isinstance(tree, Complaint):
        raise BadExpression((tree,))
    if wrong := tuple(complaints(tree, text)):
        raise BadExpression(wrong)
    return RuleExpression(text, tree)


def _parsed(text: str) -> ast.expr | Complaint:
    margin = len(text) - len(text.lstrip())
    if "\\" in text:
        return Complaint(text.index("\\") + 1, "there is no \\ in an expression; leave it out")
    if "\n" in text.strip():
        return Complaint(1, "stands on several lines; write it on one (in YAML after >-)")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.lstrip(), mode="eval").body
    except SyntaxError as error:
        column = (error.offset or len(text.strip()) + 1) + margin
        return Complaint(column, f"cannot be read{_instead(text, column)}")
    except (ValueError, RecursionError, MemoryError):
        return Complaint(1, "cannot be read")


def _instead(text: str, column: int) -> str:
    """Return what users of other languages should write instead."""
    rest = text[column - 1 :]
    word = re.match(r"\w*", rest)
    if word and keyword.iskeyword(word[0]) and text[: column - 1].endswith("."):
        return f'; write ["{word[0]}"] for .{word[0]}'
    return next((f"; write {ours}" for theirs, ours in _INSTEAD if rest.startswith(theirs)), "")


class Reader(SimpleEval):  # type: ignore[misc]  # it comes without types
    """An evaluator of comparisons, and, or, not, sums, products, and lookups of names and their parts."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        super().__init__(
            operators=_OPERATORS,
            functions={},
            names={**{name: ContextValue(name, value) for name, value in facts.items()}, **CONSTANTS},
        )
        self.nodes = {
            ast.Name: self._eval_name,
            ast.Constant: self._eval_constant,
            ast.UnaryOp: self._eval_unaryop,
            ast.BinOp: self._eval_binop,
            ast.Compare: self._eval_compare,
            ast.BoolOp: self._eval_boolop,
            ast.Attribute: lambda node: part(self._eval(node.value), node.attr),
            ast.Subscript: lambda node: part(self._eval(node.value), node.slice.value),
            ast.List: lambda node: [self._eval(item) for item in node.elts],
        }

    def holds(self, wanted: RuleExpression, *, rule: str) -> bool:
        """Return whether an expression is true. Raises Invalid at the value whose type does not match."""
        try:
            return truth(self.eval(wanted.text, previously_parsed=wanted.tree)) is True
        except TypeMismatch as misfit:
            raise Invalid.at(misfit.path, f"{misfit.found}, and rule “{rule}” {misfit.use}") from None

    def _eval_boolop(self, node: ast.BoolOp) -> Truth:
        """Evaluate from left to right until the result is known; a missing value decides nothing."""
        decides = isinstance(node.op, ast.Or)
        unsure = False
        for one in node.values:
            held = truth(self._eval(one))
            if held is decides:
                return decides
            unsure = unsure or held is UNKNOWN
        return UNKNOWN if unsure else not decides


_OPERATORS: dict[type[ast.AST], Any] = {
    ast.Eq: equal,
    ast.NotEq: lambda left, right: opposite(equal(left, right)),
    ast.In: within,
    ast.NotIn: lambda left, right: opposite(within(left, right)),
    ast.Gt: lambda left, right: ordered(left, right, operator.gt),
    ast.GtE: lambda left, right: ordered(left, right, operator.ge),
    ast.Lt: lambda left, right: ordered(left, right, operator.lt),
    ast.LtE: lambda left, right: ordered(left, right, operator.le),
    ast.Add: lambda left, right: counted(left, right, EXACT.add),
    ast.Sub: lambda left, right: counted(left, right, EXACT.subtract),
    ast.Mult: lambda left, right: counted(left, right, EXACT.multiply),
    ast.USub: lambda value: counted(0, value, EXACT.subtract),
    ast.Not: opposite,
}
