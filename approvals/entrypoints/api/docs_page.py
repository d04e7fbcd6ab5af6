"""The page of the API's documentation: turn the OpenAPI document into values for a template. Pure."""

from typing import Any

import msgspec

from approvals.entrypoints.api.openapi import PROBLEMS, TAGS, problems_of
from approvals.entrypoints.api.operation import Operation
from approvals.entrypoints.api.operations import OPERATIONS

Schema = dict[str, Any]
_SHAPES = dict.fromkeys(
    answer.shape.__name__ for operation in OPERATIONS for answer in operation.answers.values() if answer.shape
)
"""What answers are made of stands on the page once, and is named elsewhere."""
_WORDS = {"minimum": "at least", "maximum": "at most", "pattern": "matches"}


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One property, or one of several shapes that a value may have; `children` are its parts."""

    name: str
    kind: str
    required: bool
    description: str
    children: tuple["Node", ...] = ()


class ShownOperation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation, as the page shows it."""

    operation: Operation
    parameters: tuple[Node, ...]
    body: tuple[Node, ...]
    answers: tuple[tuple[int, str, str], ...]
    """(status, description, name of the shape or "")"""
    problems: tuple[tuple[int, str], ...]
    curl: str


class Docs(msgspec.Struct, frozen=True, kw_only=True):
    """The whole page: chapters of (tag, description, operations), then the shapes of responses."""

    title: str
    description: str
    chapters: tuple[tuple[str, str, tuple[ShownOperation, ...]], ...]
    shapes: tuple[Node, ...]


def described(document: dict[str, Any]) -> Docs:
    """Return the page of a document."""
    shown = [_shown(operation, document) for operation in OPERATIONS]
    schemas = document["components"]["schemas"]
    return Docs(
        title=document["info"]["title"],
        description=document["info"]["description"],
        chapters=tuple(
            (tag, description, tuple(s for s in shown if s.operation.tag == tag)) for tag, description in TAGS.items()
        ),
        shapes=tuple(_shape(name, schemas) for name in _SHAPES),
    )


def _shown(operation: Operation, document: dict[str, Any]) -> ShownOperation:
    schemas = document["components"]["schemas"]
    described = document["paths"][operation.path][operation.method.lower()]
    parameters = [_resolved(p, document) for p in described["parameters"]]
    return ShownOperation(
        operation=operation,
        parameters=tuple(
            _node(
                p["name"], p["schema"], schemas, required=p.get("required", False), description=p.get("description", "")
            )
            for p in parameters
        ),
        body=_children(schemas[operation.body.__name__], schemas) if operation.body else (),
        answers=tuple(
            (status, answer.description, answer.shape.__name__ if answer.shape else "")
            for status, answer in operation.answers.items()
        ),
        problems=tuple((status, PROBLEMS[status][0]) for status in problems_of(operation)),
        curl=_curl(operation, document["servers"][0]["url"]),
    )


def _shape(name: str, schemas: dict[str, Schema]) -> Node:
    description = schemas[name]["description"]
    return Node(
        name=name, kind="object", required=True, description=description, children=_children(schemas[name], schemas)
    )


def _resolved(parameter: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in parameter:
        return parameter
    found: dict[str, Any] = document["components"]["parameters"][_name(parameter)]
    return found


def _node(name: str, schema: Schema, schemas: dict[str, Schema], *, required: bool, description: str = "") -> Node:
    target = _target(schema, schemas)
    description = description or schema.get("description", "") or target.get("description", "")
    kind = _kind(schema, schemas)
    kind = kind if required else kind.removesuffix(" or null")  # leaving it out has the same effect
    return Node(name=name, kind=kind, required=required, description=description, children=_children(schema, schemas))


def _children(schema: Schema, schemas: dict[str, Schema]) -> tuple[Node, ...]:
    """Return the parts of a value, through references, lists and maps; of several schemas the first with parts."""
    if _name(schema) in _SHAPES:
        return ()
    schema = _target(schema, schemas)
    if "properties" in schema:
        needed = schema.get("required", ())
        return tuple(_node(n, s, schemas, required=n in needed) for n, s in schema["properties"].items())
    inner = [*schema.get("anyOf", ()), *(schema[k] for k in ("items", "additionalProperties") if _is_schema(schema, k))]
    return next((children for one in inner if (children := _children(one, schemas))), ())


def _kind(schema: Schema, schemas: dict[str, Schema]) -> str:
    """Return the type in words, with its limits."""
    if _name(schema) in _SHAPES:
        return _name(schema)
    schema = _target(schema, schemas)
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one, schemas) for one in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if _is_schema(schema, "items"):
        return f"list of {_kind(schema['items'], schemas)}"
    if _is_schema(schema, "additionalProperties"):
        return f"map of {_kind(schema['additionalProperties'], schemas)}"
    return ", ".join([schema.get("format") or schema.get("type", "anything"), *_limits(schema)])


def _limits(schema: Schema) -> list[str]:
    limits = [f"{words} {schema[key]}" for key, words in _WORDS.items() if key in schema]
    return [*limits, f"≤ {schema['maxLength']} characters"] if "maxLength" in schema else limits


def _is_schema(schema: Schema, key: str) -> bool:
    return isinstance(schema.get(key), dict) and bool(schema[key])


def _target(schema: Schema, schemas: dict[str, Schema]) -> Schema:
    return schemas[_name(schema)] if "$ref" in schema else schema


def _name(schema: Schema) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _curl(operation: Operation, url: str) -> str:
    lines = [f"curl {url}{operation.path.replace('{approvalId}', '$APPROVAL').replace('{inquiry}', '0')}"]
    if operation.scope:
        lines.append('-H "Authorization: Bearer $APPROVALS_KEY"')
    if operation.body:
        body = msgspec.json.format(msgspec.json.encode(operation.example), indent=2).decode()
        lines += ["-H 'Content-Type: application/json'", f"-d '{body}'"]
    return " \\\n  ".join(lines)
