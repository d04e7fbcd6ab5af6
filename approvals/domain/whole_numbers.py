"""Read a float that is whole, such as 3600.0, as the integer that it equals: JSON does not tell them apart."""

from typing import Any, get_args, get_origin

import msgspec

from approvals.domain.json_reader import chosen, join, members, unwrap


def with_whole_numbers(data: Any, kind: Any) -> tuple[Any, tuple[str, ...]]:
    """Return the data with integers where the type expects them, and the paths that were changed."""
    found: list[str] = []
    return _read(data, kind, "", found), tuple(found)


def _read(data: Any, kind: Any, path: str, found: list[str]) -> Any:
    inner = chosen(data, unwrap(kind)[0])
    match data:
        case float() if data.is_integer() and _is_whole(inner):
            found.append(path)
            return int(data)
        case dict() if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            types = {field.encode_name: field.type for field in msgspec.structs.fields(inner)}
            return {name: _read(value, types.get(name, Any), join(path, name), found) for name, value in data.items()}
        case dict() if get_origin(inner) is dict:
            of_value = get_args(inner)[1]
            return {key: _read(value, of_value, join(path, key), found) for key, value in data.items()}
        case list() if get_origin(inner) in (tuple, list):
            of_item = get_args(inner)[0]
            return [_read(item, of_item, f"{path}[{n}]", found) for n, item in enumerate(data)]
    return data


def _is_whole(kind: Any) -> bool:
    """Return whether a type takes integers and no floats."""
    taken = list(members(kind))
    return int in taken and float not in taken
