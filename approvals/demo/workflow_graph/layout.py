"""A layered layout of a graph, from top to bottom.

A small version of Sugiyama's method: remove cycles, assign layers by the longest path, order by the mean of the
neighbours (barycentre), then assign coordinates.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from approvals.demo.workflow_graph.state_graph import Edge, Graph

SIDE_GAP = 16
LINE_WIDTH = 12
SWEEPS = 25

NodeKey = tuple[str, ...]
Layer = list["LayoutNode"]


@dataclass(kw_only=True)
class LayoutNode:
    """A node of a layer: a state, or a dummy node of an edge that spans several layers. `x` is its centre."""

    key: NodeKey
    layer: int
    width: float
    order: float = 0
    x: float = 0


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The layers of a graph. `chains` are the nodes along each edge; `back` are the edges that close a cycle."""

    rows: Sequence[Layer]
    nodes: Mapping[NodeKey, LayoutNode]
    chains: Mapping[Edge, Sequence[LayoutNode]]
    back: Sequence[Edge]


def lay_out(graph: Graph, *, widths: Mapping[str, float]) -> Layout:
    """Lay out the graph. Deterministic: equal graphs have equal layouts."""
    back = _back_edges(graph)
    forward = [edge for edge in graph.edges if edge not in back]
    layers = _layers(graph, forward)
    nodes: dict[NodeKey, LayoutNode] = {
        (name,): LayoutNode(key=(name,), layer=layers[name], width=width) for name, width in widths.items()
    }
    chains = {edge: _chain(edge, layers, nodes) for edge in forward}
    rows = _rows(list(nodes.values()))
    above, below = _neighbours(chains.values())
    _order(rows, above)
    _place(rows, above, below)
    _straighten(rows, above, below)
    return Layout(rows=rows, nodes=nodes, chains=chains, back=[edge for edge in graph.edges if edge in back])


def _back_edges(graph: Graph) -> set[Edge]:
    """Return the edges that close a cycle, in a depth-first search from the start."""
    found: set[Edge] = set()
    done: set[str] = set()

    def visit(name: str, above: frozenset[str]) -> None:
        for edge in graph.edges:
            if edge.source != name:
                continue
            if edge.target in above | {name}:
                found.add(edge)
            elif edge.target not in done:
                visit(edge.target, above | {name})
        done.add(name)

    for name in [graph.start, *(node.name for node in graph.nodes)]:
        if name not in done:
            visit(name, frozenset())
    return found


def _layers(graph: Graph, forward: Sequence[Edge]) -> dict[str, int]:
    """Return the layer of each state: the length of the longest path to it."""
    layers = {node.name: 0 for node in graph.nodes}
    for _ in graph.nodes:
        for edge in forward:
            layers[edge.target] = max(layers[edge.target], layers[edge.source] + 1)
    return layers


def _chain(edge: Edge, layers: Mapping[str, int], nodes: dict[NodeKey, LayoutNode]) -> list[LayoutNode]:
    """Return the nodes along an edge, adding dummy nodes for the layers between its ends."""
    keys: list[NodeKey] = [(edge.source,)]
    for layer in range(layers[edge.source] + 1, layers[edge.target]):
        keys.append((edge.source, edge.target, str(layer)))
        nodes[keys[-1]] = LayoutNode(key=keys[-1], layer=layer, width=LINE_WIDTH)
    return [nodes[key] for key in [*keys, (edge.target,)]]


def _rows(nodes: Sequence[LayoutNode]) -> list[Layer]:
    rows: list[Layer] = [[] for _ in range(max(node.layer for node in nodes) + 1)]
    for node in nodes:
        node.order = len(rows[node.layer])
        rows[node.layer].append(node)
    return rows


def _neighbours(chains: Iterable[Sequence[LayoutNode]]) -> tuple[dict[NodeKey, Layer], dict[NodeKey, Layer]]:
    above: dict[NodeKey, Layer] = defaultdict(list)
    below: dict[NodeKey, Layer] = defaultdict(list)
    for chain in chains:
        for upper, lower in pairwise(chain):
            above[lower.key].append(upper)
            below[upper.key].append(lower)
    return above, below


def _order(rows: Sequence[Layer], above: Mapping[NodeKey, Layer]) -> None:
    """Order each layer by the mean position of the nodes above; ties keep the definition's order."""
    for row in rows:
        for node in row:
            if node.key in above:
                orders = [upper.order for upper in above[node.key]]
                node.order = sum(orders) / len(orders) + node.order / 1000
        row.sort(key=lambda node: node.order)
        for index, node in enumerate(row):
            node.order = index - (len(row) - 1) / 2


def _place(rows: Sequence[Layer], above: Mapping[NodeKey, Layer], below: Mapping[NodeKey, Layer]) -> None:
    """Sweep down and up in turn, moving each node as near to the mean of its neighbours as its layer allows."""
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            _spread(row, [_middle(node, [*above.get(node.key, ()), *below.get(node.key, ())]) for node in row])


def _straighten(rows: Sequence[Layer], above: Mapping[NodeKey, Layer], below: Mapping[NodeKey, Layer]) -> None:
    """Align a single node of a layer with its single successor."""
    for row in reversed(rows):
        following = below.get(row[0].key, [])
        if len(row) == len(following) == 1 and len(above[following[0].key]) == 1:
            row[0].x = following[0].x


def _middle(node: LayoutNode, near: Sequence[LayoutNode]) -> float:
    return sum(other.x for other in near) / len(near) if near else node.x


def _spread(row: Layer, wanted: Sequence[float]) -> None:
    """Set the x nearest to `wanted` that keep order and gaps (isotonic regression, pool adjacent violators)."""
    offsets = [0.0]
    for left, right in pairwise(row):
        offsets.append(offsets[-1] + (left.width + right.width) / 2 + SIDE_GAP)
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        mean, size = want - offset, 1
        while pools and pools[-1][0] >= mean:
            other, count = pools.pop()
            mean, size = (mean * size + other * count) / (size + count), size + count
        pools.append((mean, size))
    starts = [mean for mean, size in pools for _ in range(size)]
    for node, start, offset in zip(row, starts, offsets, strict=True):
        node.x = start + offset
