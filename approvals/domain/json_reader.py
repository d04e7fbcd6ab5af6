"""Convert JSON into a Struct, and report every problem where it does not match, not only the first."""

import difflib
import json
import re
import types
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from approvals.domain.problems import Invalid, Problem

T = TypeVar("T")
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_UNIONS = (Union, types.UnionType)
MOST_FOUND = 1000
"""Problems that are looked for. Input with more of them is not worth the time."""
MOST_HINTS = 100
"""Unknown names of one object for which a similar known name is looked for, which is slow."""


def read(kind: type[T], data: Any) -> T:
    """Convert `data` (parsed JSON) into a `kind`. Raises Invalid with the problems, each with its path."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError:
        raise Invalid(sorted(set(islice(_problems(data, kind, ""), MOST_FOUND)))) from None


def read_json(raw: bytes | str) -> Any:
    """Parse JSON. Raises Invalid."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid.at("", f"is not JSON: {error}") from None
    except RecursionError:
        raise Invalid.at("", "is nested too deep") from None


def read_json_with_halves(raw: bytes | str) -> Any:
    """Parse JSON that may hold half a character, as a text that was cut through an emoji does. Raises Invalid.

    The caller must refuse such text, which cannot be written. The rest, such as the task token, is readable.
    """
    try:
        return read_json(raw)
    except Invalid:
        text = raw if isinstance(raw, str) else raw.decode(errors="replace")
        if not _HALF.search(text):
            raise
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid.at("", "is not JSON") from None


def _problems(data: Any, kind: Any, path: str) -> Iterator[Problem]:
    """Yield the problems of the parts, or else the one of the whole."""
    inner, fix = unwrap(kind)
    parts = list(_part_problems(data, chosen(data, inner), path))
    if parts:
        yield from parts
    else:
        yield from _own_problem(data, kind, path, fix)


def _part_problems(data: Any, kind: Any, path: str) -> Iterator[Problem]:
    if isinstance(data, dict) and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield from _field_problems(data, kind, path)
    elif isinstance(data, list) and get_origin(kind) in (tuple, list):
        for index, item in enumerate(data):
            yield from _problems(item, get_args(kind)[0], f"{path}[{index}]")
    elif isinstance(data, dict) and get_origin(kind) is dict:
        of_key, of_value = get_args(kind)
        for key, value in data.items():
            yield from _problems(key, of_key, join(path, key))
            yield from _problems(value, of_value, join(path, key))


def _field_problems(data: dict[str, Any], kind: type[msgspec.Struct], path: str) -> Iterator[Problem]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for number, name in enumerate(sorted(data.keys() - fields.keys())):
        hint = meant(name, fields) if number < MOST_HINTS else ""
        yield Problem(join(path, name), f"is not known here{hint}")
    for name, field in fields.items():
        if name in data:
            yield from _problems(data[name], field.type, join(path, name))
        elif field.required:
            yield Problem(join(path, name), "is required")


def _own_problem(data: Any, kind: Any, path: str, fix: str | None) -> Iterator[Problem]:
    try:
        msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        yield Problem(path, _literal_problem(data, kind) or _advice(_plain(str(error)), str(error), fix))


def _literal_problem(data: Any, kind: Any) -> str:
    """Return the problem of a value that is not among the literals of its type; empty for other types."""
    known = _literals(kind)
    words = [word for word in known if isinstance(word, str)]
    if isinstance(data, str) and words:
        return f"“{data}” is not known here{meant(data, words)}"
    return f"must be {' or '.join(map(_CALLED_LITERAL, known))}" if known and not words else ""


def _advice(problem: str, error: str, fix: str | None) -> str:
    """Return the fix, or the problem itself where the fix does not concern it: a wrong type or an excessive length."""
    wrong_type = _KIND.match(error) and _OF_CHARACTERS.search(fix or "")
    too_long = _LENGTH.match(error) and "<=" in error
    return problem if fix is None or wrong_type or too_long else fix


def _literals(kind: Any) -> tuple[Any, ...]:
    """Return the literals that a type allows; empty where it allows other values."""
    kind, fix = unwrap(kind)
    if get_origin(kind) is Literal:
        return get_args(kind)
    inner = get_args(kind) if get_origin(kind) in _UNIONS and not fix else ()
    return tuple(word for member in inner for word in _literals(member))


def meant(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown name: the nearest known name, or all of them."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean “{near[0]}”?" if near else f"; known are {', '.join(sorted(known)) or 'none'}"


_LENGTH = re.compile(r"Expected `(str|array|object)` of length (>=|<=) (\d+)")
_UNITS = {"str": "character", "array": "entry", "object": "entry"}
_LIMIT = re.compile(r"Expected `(?:int|float)` (>=|<=) (\S+)")
_KIND = re.compile(r"Expected `([a-z |]+)`, got `([a-z]+)`")
_OF_CHARACTERS = re.compile(r"\b(?:characters|letters)\b")
"""A fix that tells which characters a text may have. It does not help with a value that is not text."""
_CALLED = {
    "str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list",
    "object": "an object", "null": "nothing", "datetime": "a moment",
}  # fmt: skip
_CALLED_LITERAL = {True: "true", False: "false"}.__getitem__
_MOMENT = "write a moment with its offset from UTC, such as 2026-03-02T09:30:00Z"


def _plain(message: str) -> str:
    """Rephrase an error of msgspec, without its path."""
    if match := _LENGTH.match(message):
        kind, least, count = match[1], match[2] == ">=", int(match[3])
        unit = _UNITS[kind] if count == 1 else _UNITS[kind].replace("entry", "entrie") + "s"
        return f"needs at least {count} {unit}" if least else f"may have at most {count} {unit}"
    if match := _LIMIT.match(message):
        return f"must be at {'least' if match[1] == '>=' else 'most'} {match[2]}"
    if match := _KIND.match(message):
        return f"must be {_called(match[1])}, and is {_called(match[2])}"
    if "RFC3339" in message or "timezone component" in message:
        return _MOMENT
    return message.split(" - at `", maxsplit=1)[0].replace("Expected `", "expected `").replace("`", "")


def _called(kinds: str) -> str:
    return " or ".join(_CALLED.get(kind, kind) for kind in kinds.split(" | "))


def unwrap(kind: Any) -> tuple[Any, str | None]:
    """Return the type under Annotated and the fix that its annotation names; for a union, the first that has one."""
    if get_origin(kind) is Annotated:
        kind, *notes = get_args(kind)
        said = (note.extra["fix"] for note in notes if getattr(note, "extra", None) and "fix" in note.extra)
        return kind, next(said, None) or unwrap(kind)[1]
    inner = get_args(kind) if get_origin(kind) in _UNIONS else ()
    return kind, next((fix for member in inner if (fix := unwrap(member)[1])), None)


def chosen(data: Any, kind: Any) -> Any:
    """Return the member of a union that has the JSON shape of `data`."""
    return next((member for member in members(kind) if _has_shape(data, member)), kind)


def members(kind: Any) -> Iterator[Any]:
    """Yield the types of a union, also of unions within it; of another type itself."""
    kind = unwrap(kind)[0]
    if get_origin(kind) in _UNIONS:
        for member in get_args(kind):
            yield from members(member)
    else:
        yield kind


def _has_shape(data: Any, kind: Any) -> bool:
    if isinstance(data, dict):
        return get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, msgspec.Struct))
    return isinstance(data, list) and get_origin(kind) in (tuple, list)


def join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
