"""Reading what was sent into a Struct; when it does not fit, every fault is found, not only the first."""

import types
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

from approvals.domain.errors import Fault, Invalid

T = TypeVar("T")


def read(kind: type[T], data: Any) -> T:
    """`data` (as JSON gives it) as a `kind`. Raises Invalid with all faults, each with its path."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError:
        raise Invalid(sorted(set(_faults(data, kind, "")))) from None


def read_json(raw: bytes | str) -> Any:
    """Raises Invalid where `raw` is not JSON."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid.at("", f"is not JSON: {error}") from None


def _faults(data: Any, kind: Any, path: str) -> Iterator[Fault]:
    """The faults in the parts, or else the one of the whole."""
    inner, mend = _unwrap(kind)
    parts = list(_part_faults(data, _chosen(data, inner), path))
    if parts:
        yield from parts
    else:
        yield from _own_fault(data, kind, path, mend)


def _part_faults(data: Any, kind: Any, path: str) -> Iterator[Fault]:
    if isinstance(data, dict) and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield from _field_faults(data, kind, path)
    elif isinstance(data, list) and get_origin(kind) in (tuple, list):
        for index, item in enumerate(data):
            yield from _faults(item, get_args(kind)[0], f"{path}[{index}]")
    elif isinstance(data, dict) and get_origin(kind) is dict:
        for key, value in data.items():
            yield from _faults(value, get_args(kind)[1], _join(path, key))


def _field_faults(data: dict[str, Any], kind: type[msgspec.Struct], path: str) -> Iterator[Fault]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name in data.keys() - fields.keys():
        yield Fault(_join(path, name), f"is not known here; known are {', '.join(sorted(fields))}")
    for name, field in fields.items():
        if name in data:
            yield from _faults(data[name], field.type, _join(path, name))
        elif field.required:
            yield Fault(_join(path, name), "is required")


def _own_fault(data: Any, kind: Any, path: str, mend: str | None) -> Iterator[Fault]:
    try:
        msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        yield Fault(path, mend or _plain(str(error)))


def _plain(message: str) -> str:
    """The sentence of msgspec without its own path."""
    text = message.split(" - at `", maxsplit=1)[0].replace("Expected `", "expected `").replace("`", "")
    return text.replace("expected str of length >=", "needs at least this many characters:").replace(
        "expected str of length <=", "may have at most this many characters:"
    )


def _unwrap(kind: Any) -> tuple[Any, str | None]:
    """The type under Annotated, and what its author says one should write."""
    mend = None
    while get_origin(kind) is Annotated:
        kind, *notes = get_args(kind)
        mend = next(
            (note.extra["mend"] for note in notes if getattr(note, "extra", None) and "mend" in note.extra), mend
        )
    return kind, mend


def _chosen(data: Any, kind: Any) -> Any:
    """The member of a union that `data` is meant to be: the one with its JSON shape."""
    if get_origin(kind) not in (Union, types.UnionType):
        return kind
    members = [_unwrap(member)[0] for member in get_args(kind)]
    return next((member for member in members if _has_shape(data, member)), kind)


def _has_shape(data: Any, kind: Any) -> bool:
    if isinstance(data, dict):
        return get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, msgspec.Struct))
    return isinstance(data, list) and get_origin(kind) in (tuple, list)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
