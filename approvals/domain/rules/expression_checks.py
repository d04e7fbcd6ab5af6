"""Check an expression when it is read: syntax, unknown names, types that never match, and constant conditions.

Each complaint names its column.
"""

import ast
from collections.abc import Iterator

import msgspec

from approvals.domain.json_reader import meant
from approvals.domain.rules.comparisons import KEYED, LIST, NULL, NUMBER, SCALARS, TEXT, TRUTH, kind_of
from approvals.domain.rules.rule_context import ALWAYS, ANY, NAMES, RISKS, Kind, called

MOST_PARTS = 100
"""Parts of one expression: a limit on the work and the depth of an evaluation."""
WORDS: dict[str, Kind] = {"true": TRUTH, "false": TRUTH, "null": NULL}
WRONG = "wrong"
_ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_COMPARISONS = (*_ORDERS, ast.Eq, ast.NotEq, ast.In, ast.NotIn)
_SUMS = (ast.Add, ast.Sub, ast.Mult)


class Complaint(msgspec.Struct, frozen=True):
    """A problem of an expression and the column at which it begins."""

    column: int
    message: str

    def __str__(self) -> str:
        return f"column {self.column}: {self.message}"


def complaints(tree: ast.expr, text: str) -> Iterator[Complaint]:
    """Yield every problem of an expression."""
    if sum(isinstance(node, ast.expr) for node in ast.walk(tree)) > MOST_PARTS:
        yield Complaint(1, f"has more than {MOST_PARTS} parts")
        return
    check = _Check(text)
    check.condition(tree)
    yield from dict.fromkeys(check.found)


class _Check:
    """Infers the type of each part of an expression; WRONG where a complaint exists already."""

    def __init__(self, text: str) -> None:
        self.text = text.lstrip()
        self.margin = len(text) - len(self.text)
        self.found: list[Complaint] = []

    def condition(self, node: ast.expr) -> None:
        """Require a boolean that depends on the submission."""
        before = len(self.found)
        kind = self.kind(node)
        if len(self.found) > before:
            return
        if not any(isinstance(part, ast.Name) and part.id in NAMES for part in ast.walk(node)):
            self._say(node, "is always the same; compare something of the submission")
        elif kind not in (TRUTH, ANY):
            self._say(node, f"is {called(kind)}, where a condition must stand; compare it with something")

    def kind(self, node: ast.expr) -> Kind:
        match node:
            case ast.Constant(value=value):
                return self._constant(node, value)
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.Attribute(value=whole, attr=name):
                return self._part(node, self.kind(whole), self._as_written(node, name))
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

    def _constant(self, node: ast.expr, value: object) -> Kind:
        """Refuse adjacent texts: Python joins them, so that a missing comma would go unnoticed."""
        if isinstance(value, str) and (node.end_col_offset or 0) - node.col_offset != len(value.encode()) + 2:
            return self._wrong(node, "is not one text in quotes; is there a comma missing?")
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
        return self._wrong(node, f"{called(whole)} has no part {f'“{key}”' if isinstance(key, str) else f'[{key}]'}")

    def _as_written(self, node: ast.Attribute, name: str) -> str:
        """Return the name as written: Python normalizes some letters, such as the ligature ﬁ to fi."""
        if name not in self.text:
            self._say(node, f'“{name}” is not how it is written; put it in brackets: ["…"]')
        return name

    def _list(self, node: ast.expr, items: list[ast.expr]) -> Kind:
        plain = all(isinstance(item, ast.Constant | ast.UnaryOp) for item in items)
        kinds = [self.kind(item) for item in items]
        if WRONG in kinds:
            return WRONG
        if not plain or (kinds.count(TEXT) or kinds.count(NUMBER)) < max(len(items), 1):
            return self._wrong(node, "a list holds texts, or numbers, and nothing else")
        return LIST

    def _sum(self, *values: ast.expr) -> Kind:
        for value in values:
            self._number(value, self.kind(value), "only numbers can be calculated with")
        return NUMBER

    def _number(self, node: ast.expr, kind: Kind, why: str) -> None:
        if kind not in (NUMBER, ANY, WRONG):
            self._say(node, f"is {called(kind)}; {why}")

    def _comparison(self, node: ast.Compare) -> Kind:
        sides = [node.left, *node.comparators]
        kinds = [self.kind(side) for side in sides]
        for n, op in enumerate(node.ops):
            if WRONG not in kinds[n : n + 2]:
                self._pair(op, sides[n], sides[n + 1], kinds[n], kinds[n + 1])
        return TRUTH

    def _pair(self, op: ast.cmpop, left: ast.expr, right: ast.expr, ours: Kind, theirs: Kind) -> None:
        if not isinstance(op, _COMPARISONS):
            self._say(left, "cannot be compared by `is`; write == or !=")
        elif ast.dump(left) == ast.dump(right):
            self._say(left, "is compared with itself")
        elif isinstance(op, _ORDERS):
            self._number(left, ours, "only numbers have an order")
            self._number(right, theirs, "only numbers have an order")
        elif isinstance(op, ast.In | ast.NotIn):
            self._within(left, right, ours, theirs)
        else:
            self._equality(left, right, ours, theirs)

    def _within(self, left: ast.expr, right: ast.expr, ours: Kind, theirs: Kind) -> None:
        keys = isinstance(theirs, dict)
        if keys and not (isinstance(right, ast.Name) and right.id in KEYED):
            self._say(right, "cannot be searched; only details and tags can be asked for a key")
        elif theirs in (NUMBER, TRUTH, NULL):
            self._say(right, f"is {called(theirs)}, in which nothing can be")
        elif isinstance(right, ast.Constant):
            self._say(right, 'is one text, and pieces of it would be found too; write a list: ["…", "…"]')
        elif ours not in (*SCALARS, ANY) or (ours not in (TEXT, ANY) and (keys or theirs == TEXT)):
            self._say(left, f"is {called(ours)}, which cannot be looked for there")
        elif isinstance(left, ast.Constant) and left.value == "":
            self._say(left, "is empty: there is nothing to look for")
        elif isinstance(right, ast.List):
            for item in right.elts:
                self._equality(left, item, ours, self.kind(item))

    def _equality(self, left: ast.expr, right: ast.expr, ours: Kind, theirs: Kind) -> None:
        if NULL in (ours, theirs):
            return self._null(left, right)
        for node, kind in ((left, ours), (right, theirs)):
            if kind not in (*SCALARS, ANY):
                return self._say(node, f"is {called(kind)}, which cannot be compared as a whole")
        if ANY not in (ours, theirs) and ours != theirs:
            return self._say(left, f"is {called(ours)}, and is compared with {called(theirs)}")
        for name, value in ((left, right), (right, left)):
            match name, value:
                case ast.Name(id="risk"), ast.Constant(value=str() as said) if said not in RISKS:
                    self._say(value, f"“{said}” is no risk{meant(said, RISKS)}")
        return None

    def _null(self, *sides: ast.expr) -> None:
        for node in sides:
            if isinstance(node, ast.Name) and node.id in ALWAYS:
                self._say(node, "is always there, and never null")

    def _say(self, node: ast.expr, message: str) -> None:
        before = self.text.encode()[: node.col_offset].decode()
        self.found.append(Complaint(len(before) + 1 + self.margin, message))

    def _wrong(self, node: ast.expr, message: str) -> Kind:
        self._say(node, message)
        return WRONG


def _named(node: ast.expr) -> str:
    return {ast.Call: "a function", ast.Tuple: "a list in ( )", ast.IfExp: "if … else"}.get(type(node), "this")
