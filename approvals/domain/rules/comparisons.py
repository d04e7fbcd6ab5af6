"""Compare two values of a submission. Types never mix: text is not a number, true is not 1.

A value that is missing or null makes the answer unknown: neither true nor false.
"""

import decimal
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import msgspec

DIGITS = 2000
"""Numbers are compared exactly. Longer ones are refused, since they cost time; sums and products are exact as well."""
MOST_ITEMS = 1000
"""Items of a list that is searched. A longer list is refused, so that no submission makes its rules slow."""
_BITS = int(DIGITS / math.log10(2))
LONG = f"a list of more than {MOST_ITEMS} items"
HUGE = f"a number of more than {DIGITS} digits"
EXACT = decimal.Context(prec=DIGITS, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[])
NUMBER, TEXT, TRUTH, INFINITE = "a number", "text", "true or false", "no finite number"
NULL, LIST, OBJECT = "null", "a list", "an object"
KEYED = ("details", "tags")
"""The objects that can be asked for a key. Others are refused: the same field may hold a list elsewhere."""
SCALARS = (NUMBER, TEXT, TRUTH)


class Undetermined:
    """Neither true nor false, since a value is missing."""

    def __bool__(self) -> bool:
        return False


UNKNOWN: Final = Undetermined()
Truth = bool | Undetermined


class ContextValue(msgspec.Struct, frozen=True):
    """A value of the submission with its path."""

    path: str
    value: Any


class TypeMismatch(Exception):
    """A value of a type that the expression cannot use: its path, its type, and the use."""

    def __init__(self, value: Any, use: str) -> None:
        self.path = value.path if isinstance(value, ContextValue) else ""
        self.found, self.use = f"is {kind_of(bare(value))}", use
        super().__init__(f"{self.path} {self.found}: {use}")


def kind_of(value: Any) -> str:
    """Return the name of a JSON value's type."""
    match value:
        case None:
            return NULL
        case bool():
            return TRUTH
        case int():
            return NUMBER if value.bit_length() <= _BITS else HUGE
        case float():
            return NUMBER if math.isfinite(value) else INFINITE
        case Decimal():
            return NUMBER if value.is_finite() else INFINITE
        case str():
            return TEXT
        case list() | tuple():
            return LIST if len(value) <= MOST_ITEMS else LONG
    return OBJECT


def bare(value: Any) -> Any:
    return value.value if isinstance(value, ContextValue) else value


def absent(value: Any) -> bool:
    """Return whether a value is missing or null, so that there is nothing to compare."""
    return value is UNKNOWN or bare(value) is None


def truth(value: Any) -> Truth:
    """Return a value as a condition. Raises Misfit for other types."""
    found = bare(value)
    if absent(found):
        return UNKNOWN
    if isinstance(found, bool):
        return found
    raise TypeMismatch(value, "takes it as true or false")


def opposite(value: Any) -> Truth:
    held = truth(value)
    return held if isinstance(held, Undetermined) else not held


def part(whole: Any, key: str | int) -> Any:
    """Return the value under a key or index, or UNKNOWN."""
    inside = bare(whole)
    if absent(whole):
        return UNKNOWN
    if isinstance(key, str) and isinstance(inside, dict):
        return ContextValue(f"{whole.path}.{key}", inside[key]) if key in inside else UNKNOWN
    if isinstance(key, int) and isinstance(inside, list | tuple):
        return ContextValue(f"{whole.path}[{key}]", inside[key]) if key < len(inside) else UNKNOWN
    raise TypeMismatch(whole, f"looks for {f'“{key}”' if isinstance(key, str) else f'[{key}]'} in it")


def equal(left: Any, right: Any) -> Truth:
    """Compare two values of one type. A literal `null` asks whether the other one is null."""
    if left is None or right is None:
        other = right if left is None else left
        return UNKNOWN if other is UNKNOWN else bare(other) is None
    if absent(left) or absent(right):
        return UNKNOWN
    _check_same(left, right)
    return bool(_countable(left) == _countable(right))


def within(item: Any, whole: Any) -> Truth:
    """Look for text in text, an item in a list, or a key in details or tags. Empty text is in nothing."""
    inside = bare(whole)
    if absent(item) or absent(whole):
        return UNKNOWN
    if isinstance(inside, dict) and isinstance(whole, ContextValue) and whole.path in KEYED:
        _check_same(item, "")
        return bare(item) in inside
    if isinstance(inside, str):
        _check_same(item, whole)
        return bare(item) in inside if bare(item) else UNKNOWN
    if isinstance(inside, list | tuple) and len(inside) <= MOST_ITEMS:
        return _among(item, whole, inside)
    raise TypeMismatch(whole, f"looks for {kind_of(bare(item))} in it")


def ordered(left: Any, right: Any, order: Callable[[Decimal, Decimal], bool]) -> Truth:
    numbers = _numbers(left, right, "compares it with a number")
    return UNKNOWN if numbers is None else order(*numbers)


def counted(left: Any, right: Any, count: Callable[[Decimal, Decimal], Decimal]) -> Decimal | Undetermined:
    numbers = _numbers(left, right, "calculates with it")
    return UNKNOWN if numbers is None else count(*numbers)


def _among(item: Any, whole: Any, inside: list[Any] | tuple[Any, ...]) -> bool:
    """Look at every item: a list with items of another type is refused, wherever they are."""
    if isinstance(bare(item), str) and all(isinstance(one, str) for one in inside):
        return bare(item) in inside
    if not isinstance(whole, ContextValue):
        return any([equal(item, one) is True for one in inside])  # noqa: C419  all of them
    return any([equal(item, ContextValue(f"{whole.path}[{n}]", one)) is True for n, one in enumerate(inside)])  # noqa: C419


def _check_same(left: Any, right: Any) -> None:
    """Require two texts, numbers or booleans. The problem is that of the submission's value, not of the rule's."""
    ours, theirs = kind_of(bare(left)), kind_of(bare(right))
    if ours == theirs and ours in SCALARS:
        return
    if isinstance(left, ContextValue):
        raise TypeMismatch(left, f"compares it with {theirs}")
    raise TypeMismatch(right, f"compares it with {ours}")


def _numbers(left: Any, right: Any, use: str) -> tuple[Decimal, Decimal] | None:
    """Return both as numbers, or None where one is missing; both types are checked first."""
    for value in (left, right):
        if not absent(value) and kind_of(bare(value)) != NUMBER:
            raise TypeMismatch(value, use)
    return None if absent(left) or absent(right) else (_number(bare(left)), _number(bare(right)))


def _countable(value: Any) -> Any:
    found = bare(value)
    return _number(found) if kind_of(found) == NUMBER else found


def _number(value: float | Decimal) -> Decimal:
    """Return the number as written: 420.10 is 420.1, not the nearest binary fraction."""
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
