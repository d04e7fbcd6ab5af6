"""Lint the states of a workflow that ask the gateway, before the workflow waits for a year.

A pure function over parsed JSON. Rules about the waiting state are here, those about its payload in payload_checks.py,
about times in time_checks.py.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from approvals.domain.asl.expressions import plain
from approvals.domain.asl.finding import Finding, GatewayTask
from approvals.domain.asl.payload_checks import payload_findings
from approvals.domain.asl.state_machine import Machine, Task, handlers, machines, tasks
from approvals.domain.asl.time_checks import time_findings

_ANY = ("States.ALL", "States.TaskFailed")
_TARGETS = ("QueueUrl", "TopicArn", "FunctionName", "ApiEndpoint", "EventBusName")


def lint(document: Any, *, names: Sequence[str] = (), express: bool = False, sweep_seconds: int = 1) -> list[Finding]:
    """Return all findings in document order. `names` are of queues, topics, functions, APIs and activities."""
    holders = list(machines(document))
    if not holders:
        return [
            Finding(
                code="no-machine",
                severity="error",
                path=(),
                says="no state machine is found in this file",
                fix="give a definition (StartAt, States) or a CloudFormation template that holds one",
            )
        ]
    found = [finding for machine in holders for finding in _of_machine(machine)]
    asking = [_asking(task, names, express) for machine in holders for task in tasks(machine)]
    ours = [one for one in asking if one is not None]
    if not ours and not found:
        return [
            Finding(
                code="no-asking-state",
                severity="info",
                path=(),
                says="no state here asks the gateway",
                fix="name what leads to it: --queue, --topic, --function, --api, --bus or --activity",
            )
        ]
    return found + [finding for one in ours for finding in _of_state(one, sweep_seconds)]


def _of_machine(machine: Machine) -> Iterator[Finding]:
    if not isinstance(machine.definition, dict) or not isinstance(machine.definition.get("States"), dict):
        yield Finding(
            code="unreadable",
            severity="error",
            path=machine.path,
            says="this definition cannot be read as JSON",
            fix="keep substitutions inside of strings, or lint the definition's own file",
        )


def _asking(task: Task, names: Sequence[str], express: bool) -> GatewayTask | None:
    asking = GatewayTask(task=task, express=express or task.express)
    return asking if asking.is_submission or _leads_to(task, names) else None


def _leads_to(task: Task, names: Iterable[str]) -> bool:
    arguments = task.arguments[1]
    places = [task.resource]
    if isinstance(arguments, dict):
        places += [str(arguments.get(name, arguments.get(f"{name}.$", ""))) for name in _TARGETS]
        entries = arguments.get("Entries")
        listed = entries if isinstance(entries, list) else []
        places += [str(entry.get("EventBusName", "")) for entry in listed if isinstance(entry, dict)]
    return any(name in place for name in names for place in places)


def _of_state(asking: GatewayTask, sweep_seconds: int) -> Iterator[Finding]:
    yield from _waiting(asking)
    yield from time_findings(asking, sweep_seconds)
    yield from _caught(asking)
    yield from _retried(asking)
    yield from _repeated_in_map(asking)
    yield from payload_findings(asking)


def _waiting(asking: GatewayTask) -> Iterator[Finding]:
    if asking.express:
        yield asking.error("express", "Express workflows cannot wait for a task token", "make the workflow STANDARD")
    if not asking.task.waits:
        yield asking.error(
            "does-not-wait",
            "the state goes on at once, without an answer",
            "let Resource end in .waitForTaskToken"
            if asking.task.integration
            else "use an integration that can wait, such as arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            at=(*asking.path, "Resource"),
        )


def _caught(asking: GatewayTask) -> Iterator[Finding]:
    for outcome, code, why in (
        ("rejected", "no-catch-rejected", "when somebody says no"),
        ("expired", "no-catch-timed-out", "when nobody answers in time"),
    ):
        error = asking.error_when(outcome)
        if not error or asking.catches(error):
            continue
        fix = f'add a Catch with "ErrorEquals": ["{error}"]'
        if general := asking.catches(*_ANY):
            yield asking.info(code, f"{error} is caught by {general} only, like any other error", f"{fix} before it")
        else:
            yield asking.warning(code, f"{error} is not caught: the workflow fails {why}", fix)


def _retried(asking: GatewayTask) -> Iterator[Finding]:
    """Find a retrier that repeats a rejection. The first that matches counts, also those of enclosing states."""
    rejected = asking.error_when("rejected")
    for depth, state in enumerate((asking.task.state, *asking.task.outer)):
        for number, names, retrier in handlers(state, "Retry"):
            fitting = next((name for name in names if name in (rejected, *_ANY)), None)
            if fitting is None or not rejected:
                continue
            if retrier.get("MaxAttempts") != 0:
                where = (*asking.path, "Retry", number) if depth == 0 else ()
                yield asking.error(
                    "retry-rejected",
                    f"a Retry for {fitting}{' around this state' if depth else ''} asks people again"
                    " after they said no",
                    f'put {{"ErrorEquals": ["{rejected}"], "MaxAttempts": 0}} before it',
                    at=where,
                )
            break
        if asking.catches_here(state, rejected, *_ANY):
            return


def _repeated_in_map(asking: GatewayTask) -> Iterator[Finding]:
    """Find a state in a Map that is repeated, and whose payload does not say for which item."""
    around = asking.task.outer
    depth = sum(state.get("Type") == "Map" for state in around)
    names_item = "mapItem" in asking.fields or "Map" in _keys(asking.fields.get("context", ("", None))[1])
    if not depth or names_item or not asking.is_readable:
        return
    if any(_repeats(state) for state in (asking.task.state, *around)):
        yield asking.warning(
            "no-map-item",
            "a Retry repeats this state of a Map, and the payload does not say for which item",
            _naming_the_item(asking, depth),
            at=asking.task.payload[0],
        )


def _keys(value: Any) -> set[str]:
    return {plain(key) for key in value} if isinstance(value, dict) else set()


def _repeats(state: dict[str, Any]) -> bool:
    return any(retrier.get("MaxAttempts") != 0 for _, _, retrier in handlers(state, "Retry"))


def _naming_the_item(asking: GatewayTask, depth: int) -> str:
    """Return the fields to add in the state's query language; for Maps in Maps, the path of the item."""
    index, places = asking.write("index", "Map.Item.Index"), "$states.input." if asking.jsonata else "$."
    item = f"{places}index"
    if depth > 1:
        item = f"[{places}outer, {places}index]" if asking.jsonata else f"States.Array({places}outer, {places}index)"
    field = f'"mapItem": "{{% {item} %}}"' if asking.jsonata else f'"mapItem.$": "{item}"'
    return f"add {index} to the ItemSelector of the Map, and {field} to the payload"
