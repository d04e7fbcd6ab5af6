"""Shapes that the library cannot take: converting to such a union outside a Struct frees memory that is not its own."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect as shapes

import approvals.adapters
import approvals.domain
import approvals.entrypoints
from approvals.domain.values import Value

PACKAGES = (approvals.domain, approvals.adapters, approvals.entrypoints)
COLLECTIONS = (shapes.ListType, shapes.VarTupleType, shapes.SetType, shapes.DictType)


def structs(kind: type[msgspec.Struct] = Value) -> Iterator[type[msgspec.Struct]]:
    for one in kind.__subclasses__():
        yield one
        yield from structs(one)


def parts(shape: Any) -> Iterator[Any]:
    """The shape, and all that is in it short of other Structs."""
    yield shape
    inner = [*getattr(shape, "types", ()), *getattr(shape, "item_types", ())]
    inner += [getattr(shape, name, None) for name in ("type", "item_type", "key_type", "value_type")]
    for one in inner:
        if isinstance(one, shapes.Type):
            yield from parts(one)


def dangerous(shape: Any) -> bool:
    """Text with a pattern, beside an array or object: msgspec 0.22 drops a reference too many when it lets go of it."""
    members = getattr(shape, "types", ()) if isinstance(shape, shapes.UnionType) else ()
    inner = [one.type if isinstance(one, shapes.Metadata) else one for one in members]
    patterned = any(isinstance(one, shapes.StrType) and one.pattern for one in inner)
    return patterned and any(isinstance(one, COLLECTIONS) for one in inner)


def test_no_field_may_be_patterned_text_or_a_collection() -> None:
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    found = [
        f"{kind.__name__}.{field.name}"
        for kind in {*structs()}
        for field in shapes.type_info(kind).fields  # type: ignore[attr-defined]
        if any(map(dangerous, parts(field.type)))
    ]
    assert found == []


def test_the_guard_sees_one() -> None:
    """Described only: making a type of it is what crashes."""
    either = shapes.UnionType(types=(shapes.StrType(pattern="^a$"), shapes.VarTupleType(item_type=shapes.IntType())))
    assert any(map(dangerous, parts(shapes.DictType(key_type=shapes.StrType(), value_type=either))))
    assert not any(map(dangerous, parts(shapes.UnionType(types=(shapes.StrType(), shapes.ListType(shapes.AnyType()))))))
