"""The graph of a state machine: its states and transitions, read from the Amazon States Language.

Parallel and Map are one state each; their inner states are not drawn.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

COMPARISONS = {
    "Equals": "=",
    "GreaterThan": ">",
    "GreaterThanEquals": "≥",
    "LessThan": "<",
    "LessThanEquals": "≤",
}
OTHERWISE = "otherwise"


@dataclass(frozen=True, kw_only=True)
class StateNode:
    name: str
    type: str
    ends: bool
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A transition. `caught` marks one for an error; the label is its condition."""

    source: str
    target: str
    label: str = ""
    caught: bool = False


@dataclass(frozen=True, kw_only=True)
class Graph:
    start: str
    nodes: tuple[StateNode, ...]
    edges: tuple[Edge, ...]


def read_graph(definition: Mapping[str, Any]) -> Graph:
    """Read the graph; several transitions between the same two states become one with all labels."""
    states = definition["States"]
    nodes = tuple(_node(name, state) for name, state in states.items())
    edges: dict[tuple[str, str], Edge] = {}
    for name, state in states.items():
        for edge in _edges(name, state):
            before = edges.get((edge.source, edge.target))
            edges[edge.source, edge.target] = _joined(before, edge) if before else edge
    return Graph(start=definition["StartAt"], nodes=nodes, edges=tuple(edges.values()))


def _node(name: str, state: Mapping[str, Any]) -> StateNode:
    ends = bool(state.get("End")) or state["Type"] in ("Succeed", "Fail")
    return StateNode(name=name, type=state["Type"], ends=ends, note=_note(state))


def _note(state: Mapping[str, Any]) -> str:
    """Return a note about the inner states of a Parallel or Map."""
    if state["Type"] == "Parallel":
        return f"{len(state['Branches'])} branches"
    return "for each item" if state["Type"] == "Map" else ""


def _edges(name: str, state: Mapping[str, Any]) -> Iterator[Edge]:
    for choice in state.get("Choices", ()):
        yield Edge(source=name, target=choice["Next"], label=_condition(choice))
    if "Default" in state:
        yield Edge(source=name, target=state["Default"], label=OTHERWISE)
    if "Next" in state:
        yield Edge(source=name, target=state["Next"])
    for catcher in state.get("Catch", ()):
        label = ", ".join(error.removeprefix("Approval.") for error in catcher["ErrorEquals"])
        yield Edge(source=name, target=catcher["Next"], label=label, caught=True)


def _condition(choice: Mapping[str, Any]) -> str:
    """Return a simple comparison as a short label; other conditions have none."""
    variable = str(choice.get("Variable", "")).rpartition(".")[2]
    for operator, value in choice.items():
        words = operator.removeprefix("Numeric").removeprefix("String").removeprefix("Boolean")
        if words in COMPARISONS:
            return f"{variable} {COMPARISONS[words]} {value}"
    return ""


def _joined(before: Edge, edge: Edge) -> Edge:
    label = ", ".join(filter(None, (before.label, edge.label)))
    return Edge(source=edge.source, target=edge.target, label=label, caught=before.caught and edge.caught)
