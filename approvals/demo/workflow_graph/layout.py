"""Where the states of a graph stand and which spots the lines between them pass: layers from top to bottom.

Sugiyama's method in small: turn cycles round, layer by the longest way, order by the neighbours' middle, then spread.
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
    """A place in a layer: of a state, or of a long line that only passes through. `x` is its centre."""

    key: NodeKey
    layer: int
    width: float
    order: float = 0
    x: float = 0


@dataclass(frozen=True, kw_only=True)
class Layout:
    """`chains` are the spots of each way from its source to its target; `back` are the ways that close a cycle."""

    rows: Sequence[Layer]
    spots: Mapping[NodeKey, LayoutNode]
    chains: Mapping[Edge, Sequence[LayoutNode]]
    back: Sequence[Edge]


def lay_out(graph: Graph, *, widths: Mapping[str, float]) -> Layout:
    """Deterministic: the same graph is always laid out the same."""
    back = _back_edges(graph)
    forward = [edge for edge in graph.edges if edge not in back]
    layers = _layers(graph, forward)
    spots: dict[NodeKey, LayoutNode] = {
        (name,): LayoutNode(key=(name,), layer=layers[name], width=width) for name, width in widths.items()
    }
    chains = {edge: _chain(edge, layers, spots) for edge in forward}
    rows = _rows(list(spots.values()))
    above, below = _neighbours(chains.values())
    _order(rows, above)
    _place(rows, above, below)
    _straighten(rows, above, below)
    return Layout(rows=rows, spots=spots, chains=chains, back=[edge for edge in graph.edges if edge in back])


def _back_edges(graph: Graph) -> set[Edge]:
    """Those that close a cycle, seen from the start."""
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
    """The length of the longest way from the start."""
    layers = {node.name: 0 for node in graph.nodes}
    for _ in graph.nodes:
        for edge in forward:
            layers[edge.target] = max(layers[edge.target], layers[edge.source] + 1)
    return layers


def _chain(edge: Edge, layers: Mapping[str, int], spots: dict[NodeKey, LayoutNode]) -> list[LayoutNode]:
    """The spots of a way; those between its ends are made here."""
    keys: list[NodeKey] = [(edge.source,)]
    for layer in range(layers[edge.source] + 1, layers[edge.target]):
        keys.append((edge.source, edge.target, str(layer)))
        spots[keys[-1]] = LayoutNode(key=keys[-1], layer=layer, width=LINE_WIDTH)
    return [spots[key] for key in [*keys, (edge.target,)]]


def _rows(spots: Sequence[LayoutNode]) -> list[Layer]:
    rows: list[Layer] = [[] for _ in range(max(spot.layer for spot in spots) + 1)]
    for spot in spots:
        spot.order = len(rows[spot.layer])
        rows[spot.layer].append(spot)
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
    """From top to bottom, each row by the middle of what stands above; equals stay as they were written."""
    for row in rows:
        for spot in row:
            if spot.key in above:
                orders = [upper.order for upper in above[spot.key]]
                spot.order = sum(orders) / len(orders) + spot.order / 1000
        row.sort(key=lambda spot: spot.order)
        for index, spot in enumerate(row):
            spot.order = index - (len(row) - 1) / 2


def _place(rows: Sequence[Layer], above: Mapping[NodeKey, Layer], below: Mapping[NodeKey, Layer]) -> None:
    """Down and up in turn: each spot as near to the middle of its neighbours as the others of its row allow."""
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            _spread(row, [_middle(spot, [*above.get(spot.key, ()), *below.get(spot.key, ())]) for spot in row])


def _straighten(rows: Sequence[Layer], above: Mapping[NodeKey, Layer], below: Mapping[NodeKey, Layer]) -> None:
    """Who is alone in a row, and leads to one that nobody else leads to, stands right above it."""
    for row in reversed(rows):
        following = below.get(row[0].key, [])
        if len(row) == len(following) == 1 and len(above[following[0].key]) == 1:
            row[0].x = following[0].x


def _middle(spot: LayoutNode, near: Sequence[LayoutNode]) -> float:
    return sum(other.x for other in near) / len(near) if near else spot.x


def _spread(row: Layer, wanted: Sequence[float]) -> None:
    """The x nearest to `wanted` that keep the order and the gaps: isotonic regression by pooling neighbours."""
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
    for spot, start, offset in zip(row, starts, offsets, strict=True):
        spot.x = start + offset
