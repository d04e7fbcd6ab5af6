"""Parse state machines: definitions in a document, their states at any depth, and what each one sends where."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

Path = tuple[str | int, ...]

DOORS: dict[str, Path] = {
    "sqs:sendMessage": ("MessageBody",),
    "sns:publish": ("Message",),
    "events:putEvents": ("Entries", 0, "Detail"),
    "eventbridge:putEvents": ("Entries", 0, "Detail"),
    "lambda:invoke": ("Payload",),
    "apigateway:invoke": ("RequestBody",),
}
"""The path of the payload in the arguments of each integration that can reach the gateway."""
_INTEGRATION = re.compile(r":(?:aws-sdk:)?(\w+:\w+)(?:\.(\w+))?$")
_ACTIVITY = re.compile(r":activity:|^\$\{\w*Activity\w*\}$")
_MACHINES = ("AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine")
_TEXTS = ("DefinitionString", "Definition", "definition")
_TYPES = ("StateMachineType", "Type", "type")


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """One definition; `path` is its position in the document, `written` whether it is JSON there."""

    path: Path
    definition: Any
    express: bool
    written: bool = True


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One Task state. `outer` are the states around it, the nearest first."""

    name: str
    path: Path
    state: dict[str, Any]
    jsonata: bool
    express: bool
    outer: tuple[dict[str, Any], ...] = ()

    @property
    def resource(self) -> str:
        return str(self.state.get("Resource", ""))

    @property
    def integration(self) -> str:
        """Return the integration, such as `sqs:sendMessage`; "" for an activity or a function's ARN."""
        found = _INTEGRATION.search(self.resource)
        return found[1] if found and ":states:" in self.resource and not self.is_activity else ""

    @property
    def is_activity(self) -> bool:
        """Return whether the resource is an activity, by its ARN or the name of a substitution."""
        return _ACTIVITY.search(self.resource) is not None

    @property
    def waits(self) -> bool:
        return self.is_activity or self.resource.endswith(".waitForTaskToken")

    @property
    def arguments(self) -> tuple[Path, Any]:
        """Return the arguments of the state with their path."""
        return found(self.state, self.path, "Arguments" if self.jsonata else "Parameters")

    @property
    def payload(self) -> tuple[Path, Any]:
        """Return the part of the arguments that reaches the gateway, with its path; None where it is made elsewhere."""
        path, value = self.arguments
        for step in DOORS.get(self.integration, ()):
            path, value = found(value, path, step)
        return path, value


def machines(document: Any) -> Iterator[Machine]:
    """Yield the definitions in a document: itself, those of a template's resources, or of DescribeStateMachine."""
    if not isinstance(document, dict):
        return
    if "States" in document:
        yield Machine(path=(), definition=document, express=_express(document, ("Type", "type")))
    elif isinstance(document.get("Resources"), dict):
        for name, resource in document["Resources"].items():
            if isinstance(resource, dict) and resource.get("Type") in _MACHINES:
                yield from _within(resource.get("Properties"), ("Resources", name, "Properties"))
    else:
        yield from _within(document, ())


def tasks(machine: Machine) -> Iterator[Task]:
    """Yield every Task state, also those in Parallel and Map states."""
    if isinstance(machine.definition, dict):
        jsonata = machine.definition.get("QueryLanguage") == "JSONata"
        yield from _tasks(machine.definition, machine.path, jsonata=jsonata, express=machine.express, outer=())


def found(value: Any, path: Path, step: str | int) -> tuple[Path, Any]:
    """Return the value under a key, also one with the suffix `.$`; None where there is none."""
    if isinstance(value, list) and isinstance(step, int):
        return (*path, step), value[step] if step < len(value) else None
    key = step if not isinstance(value, dict) or step in value else f"{step}.$"
    return (*path, key), value.get(key) if isinstance(value, dict) else None


def handlers(state: dict[str, Any], field: str) -> Iterator[tuple[int, list[str], dict[str, Any]]]:
    """Yield the catchers or retriers of a state: (index, error names, the whole object)."""
    found = state.get(field)
    for number, one in enumerate(found if isinstance(found, list) else ()):
        names = one.get("ErrorEquals") if isinstance(one, dict) else None
        if isinstance(names, list):
            yield number, [name for name in names if isinstance(name, str)], one


def _within(properties: Any, path: Path) -> Iterator[Machine]:
    for name in _TEXTS if isinstance(properties, dict) else ():
        if name in properties:
            value, written = properties[name], isinstance(properties[name], dict) and "States" in properties[name]
            definition = value if written else _parsed(_text(value))
            express = _express(properties, _TYPES)
            yield Machine(path=(*path, name), definition=definition, express=express, written=written)


def _express(holder: dict[str, Any], names: tuple[str, ...]) -> bool:
    return any(str(holder.get(name, "")).upper() == "EXPRESS" for name in names)


def _text(value: Any) -> str:
    """Return text, also from Fn::Sub and Fn::Join; values that only the deployment knows become `${…}`."""
    match value:
        case str():
            return value
        case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), *_]}:
            return text
        case {"Fn::Join": [str(between), list(parts)]}:
            return between.join(part if isinstance(part, str) else "${…}" for part in parts)
    return ""


def _parsed(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def _tasks(
    definition: dict[str, Any], path: Path, *, jsonata: bool, express: bool, outer: tuple[dict[str, Any], ...]
) -> Iterator[Task]:
    states = definition.get("States")
    for name, state in states.items() if isinstance(states, dict) else ():
        if not isinstance(state, dict):
            continue
        here = (*path, "States", name)
        if state.get("Type") == "Task":
            own = state.get("QueryLanguage", "JSONata" if jsonata else "JSONPath") == "JSONata"
            yield Task(name=name, path=here, state=state, jsonata=own, express=express, outer=outer)
        for inner_path, inner in _inner(state, here):
            config = inner.get("ProcessorConfig")
            fast = isinstance(config, dict) and config.get("ExecutionType") == "EXPRESS"
            yield from _tasks(inner, inner_path, jsonata=jsonata, express=express or fast, outer=(state, *outer))


def _inner(state: dict[str, Any], path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    branches = state.get("Branches")
    for number, branch in enumerate(branches if isinstance(branches, list) else ()):
        if isinstance(branch, dict):
            yield (*path, "Branches", number), branch
    for name in ("ItemProcessor", "Iterator"):
        if isinstance(state.get(name), dict):
            yield (*path, name), state[name]
