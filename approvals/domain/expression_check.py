"""Checking an expression before it is ever used: what cannot be written, unknown names, types that never fit, and what
is always the same. Each complaint says its column.
"""

import ast
from collections.abc import Iterator
from typing import Any

import msgspec

from approvals.domain.comparing import NUMBER, SCALARS, TEXT, TRUTH, kind_of
from approvals.domain.reading import meant

MOST_PARTS = 100
"""Of one expression: evaluating it is at most that much work, and so deep."""
RISKS = ("low", "normal", "high")
ANY, LIST, NULL, WRONG = "anything", "a list", "null", "wrong"
Kind = str | dict[str, Any]
"""What is known of a value: its kind, or those of its parts; "*" stands for parts of any name."""
NAMES: dict[str, Kind] = {
    "details": {"*": ANY},
    "tags": {"*": TEXT},
    "title": TEXT,
    "risk": TEXT,
    "requester": TEXT,
    "policy": TEXT,
    "stateMachine": {"id": TEXT, "name": TEXT},
    "execution": {"id": TEXT, "name": TEXT},
    "state": {"name": TEXT},
    "mapItem": NUMBER,
    "caller": TEXT,
    "options": LIST,
    "locale": TEXT,
}
WORDS: dict[str, Kind] = {"true": TRUTH, "false": TRUTH, "null": NULL}
_ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_COMPARISONS = (*_ORDERS, ast.Eq, ast.NotEq, ast.In, ast.NotIn)
_SUMS = (ast.Add, ast.Sub, ast.Mult)


class Complaint(msgspec.Struct, frozen=True):
    """What is wrong, and in which column it begins."""

    column: int
    message: str

    def __str__(self) -> str:
        return f"column {self.column}: {self.message}"


def complaints(tree: ast.expr, text: str) -> Iterator[Complaint]:
    """All that is wrong with it."""
    parts = sum(isinstance(node, ast.expr) for node in ast.walk(tree))
    if parts > MOST_PARTS:
        yield Complaint(1, f"has more than {MOST_PARTS} parts")
        return
    check = _Check(text)
    check.condition(tree)
    yield from check.found


class _Check:
    """Walks an expression and learns the kind of each part; WRONG where it has said why already."""

    def __init__(self, text: str) -> None:
        self.text = text.lstrip()
        self.margin = len(text) - len(self.text)
        self.found: list[Complaint] = []

    def condition(self, node: ast.expr) -> None:
        """Where true or false is needed: it must be that, and must depend on the submission."""
        kind = self.kind(node)
        if kind is WRONG:
            return
        if not any(isinstance(part, ast.Name) and part.id in NAMES for part in ast.walk(node)):
            self._wrong(node, "is always the same; compare something of the submission")
        elif kind not in (TRUTH, ANY):
            self._wrong(node, f"is {_called(kind)}, where a condition must stand; compare it with something")

    def kind(self, node: ast.expr) -> Kind:
        match node:
            case ast.Constant(value=value):
                return self._constant(node, value)
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.Attribute(value=whole, attr=name):
                return self._part(node, self.kind(whole), name)
            case ast.Subscript(value=whole, slice=ast.Constant(value=str() | int() as key)) if type(key) is not bool:
                return self._part(node, self.kind(whole), key)
            case ast.List(elts=items):
                return self._list(node, items)
            case ast.Compare():
                return self._comparison(node)
            case ast.BoolOp(values=values):
                for value in values:
                    self.condition(value)
                return TRUTH
            case ast.UnaryOp(op=ast.Not(), operand=value):
                self.condition(value)
                return TRUTH
            case ast.UnaryOp(op=ast.USub(), operand=value):
                return self._sum(value)
            case ast.BinOp(op=op, left=left, right=right) if isinstance(op, _SUMS):
                return self._sum(left, right)
        return self._wrong(node, f"{_named(node)} cannot be written in a rule")

    def _constant(self, node: ast.expr, value: Any) -> Kind:
        kind = kind_of(value) if isinstance(value, bool | int | float | str | None) else WRONG
        return kind if kind in (*SCALARS, NULL) else self._wrong(node, "is no text, number, true, false or null")

    def _name(self, node: ast.expr, name: str) -> Kind:
        known = NAMES | WORDS
        return known[name] if name in known else self._wrong(node, f"“{name}” is not known here{meant(name, known)}")

    def _part(self, node: ast.expr, whole: Kind, key: str | int) -> Kind:
        if whole in (WRONG, ANY):
            return whole
        if isinstance(whole, dict) and isinstance(key, str):
            found: Kind | None = whole.get(key, whole.get("*"))
            return found or self._wrong(node, f"“{key}” is not known here{meant(key, whole)}")
        if whole == LIST and isinstance(key, int):
            return TEXT
        return self._wrong(node, f"{_called(whole)} has no part {f'“{key}”' if isinstance(key, str) else f'[{key}]'}")

    def _list(self, node: ast.expr, items: list[ast.expr]) -> Kind:
        kinds = {self.kind(item) if isinstance(item, ast.Constant) else WRONG for item in items}
        if len(kinds) != 1 or kinds <= {WRONG}:
            return self._wrong(node, "a list holds texts, or numbers, and nothing else")
        return LIST

    def _sum(self, *values: ast.expr) -> Kind:
        for value in values:
            kind = self.kind(value)
            if kind not in (NUMBER, ANY, WRONG):
                self._wrong(value, f"is {_called(kind)}; only numbers can be calculated with")
        return NUMBER

    def _comparison(self, node: ast.Compare) -> Kind:
        sides = [node.left, *node.comparators]
        kinds = [self.kind(side) for side in sides]
        for n, op in enumerate(node.ops):
            if WRONG not in kinds[n : n + 2]:
                self._pair(op, sides[n], sides[n + 1], kinds[n], kinds[n + 1])
        return TRUTH

    def _pair(self, op: ast.cmpop, left: ast.expr, right: ast.expr, ours: Kind, theirs: Kind) -> None:
        if not isinstance(op, _COMPARISONS):
            self._wrong(left, "cannot be compared by `is`; write == or !=")
        elif ast.dump(left) == ast.dump(right):
            self._wrong(left, "is compared with itself")
        elif isinstance(op, _ORDERS):
            self._sum_side(left, ours)
            self._sum_side(right, theirs)
        elif isinstance(op, ast.In | ast.NotIn):
            self._within(left, right, ours, theirs)
        else:
            self._equality(left, right, ours, theirs)

    def _sum_side(self, node: ast.expr, kind: Kind) -> None:
        if kind not in (NUMBER, ANY):
            self._wrong(node, f"is {_called(kind)}; only numbers have an order")

    def _within(self, left: ast.expr, right: ast.expr, ours: Kind, theirs: Kind) -> None:
        if isinstance(theirs, dict) and not isinstance(right, ast.Name):
            self._wrong(right, "cannot be searched; only details and tags can be asked for a key")
        elif theirs in (NUMBER, TRUTH, NULL):
            self._wrong(right, f"is {_called(theirs)}, in which nothing can be")
        elif ours not in (*SCALARS, ANY) or (ours not in (TEXT, ANY) and (theirs == TEXT or isinstance(theirs, dict))):
            self._wrong(left, f"is {_called(ours)}, which cannot be looked for there")
        elif isinstance(right, ast.List):
            for item in right.elts:
                self._equality(left, item, ours, self.kind(item))

    def _equality(self, left: ast.expr, right: ast.expr, ours: Kind, theirs: Kind) -> None:
        for node, kind in ((left, ours), (right, theirs)):
            if kind not in (*SCALARS, NULL, ANY) and NULL not in (ours, theirs):
                self._wrong(node, f"is {_called(kind)}, which cannot be compared as a whole")
                return
        if ANY not in (ours, theirs) and NULL not in (ours, theirs) and ours != theirs:
            self._wrong(left, f"is {_called(ours)}, and is compared with {_called(theirs)}")
        for name, value in ((left, right), (right, left)):
            match name, value:
                case ast.Name(id="risk"), ast.Constant(value=str() as said) if said not in RISKS:
                    self._wrong(value, f"“{said}” is no risk{meant(said, RISKS)}")

    def _wrong(self, node: ast.expr, message: str) -> Kind:
        before = self.text.encode()[: node.col_offset].decode()
        self.found.append(Complaint(len(before) + 1 + self.margin, message))
        return WRONG


def _called(kind: Kind) -> str:
    return kind if isinstance(kind, str) else "an object"


def _named(node: ast.expr) -> str:
    """What somebody who knows another language would call it."""
    named = {ast.Call: "a function", ast.Tuple: "a list in round brackets", ast.IfExp: "if … else"}
    return named.get(type(node), "this")
