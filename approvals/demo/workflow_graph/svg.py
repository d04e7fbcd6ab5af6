"""A drawing of a graph: boxes with text and lines as SVG paths, without colours and HTML."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from approvals.demo.workflow_graph.layout import lay_out
from approvals.demo.workflow_graph.state_graph import Edge, Graph, StateNode

LETTER, LINE_HEIGHT, SIDE_PADDING = 7.6, 17.5, 24
LEAST_WIDTH, LEAST_HEIGHT, WRAP_AT = 100, 50, 11
LAYER_GAP, MARGIN, LANE = 50, 12, 24
START_HEIGHT = 34
LABEL_ABOVE, LABEL_BESIDE = 11, 8
ARROW = 5


@dataclass(frozen=True, kw_only=True)
class DrawnState:
    """A state as a box with the centre x and y. `lines` are its texts with their y."""

    node: StateNode
    lines: tuple[tuple[str, float], ...]
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True)
class DrawnEdge:
    """A transition as an SVG path that ends at `end`, on the border of its target, with its label beside it."""

    edge: Edge
    path: str
    end: tuple[float, float]
    label_at: tuple[float, float]
    label_side: Literal["start", "end"]


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """The drawing of a graph. `start` is the position of the start dot."""

    width: float
    height: float
    start: tuple[float, float]
    boxes: tuple[DrawnState, ...]
    lines: tuple[DrawnEdge, ...]


def draw(graph: Graph) -> Drawing:
    texts = {node.name: _wrapped(node) for node in graph.nodes}
    layout = lay_out(graph, widths={name: _width(lines) for name, lines in texts.items()})
    left = min(placed.x - placed.width / 2 for placed in layout.nodes.values()) - MARGIN
    right = max(placed.x + placed.width / 2 for placed in layout.nodes.values())
    heights = [max(_height(texts.get(placed.key[0], ())) for placed in row) for row in layout.rows]
    middles = [START_HEIGHT + sum(heights[:n]) + LAYER_GAP * n + height / 2 for n, height in enumerate(heights)]
    boxes = {}
    for node in graph.nodes:
        placed = layout.nodes[node.name,]
        centre = (placed.x - left, middles[placed.layer])
        boxes[node.name] = _box(node, texts[node.name], centre=centre, height=heights[placed.layer])
    lines = [
        _line(edge, boxes, [(placed.x - left, middles[placed.layer], heights[placed.layer]) for placed in chain[1:-1]])
        for edge, chain in layout.chains.items()
    ]
    lines += [_loop(edge, boxes, lane=right - left + LANE * n) for n, edge in enumerate(layout.back, start=1)]
    return Drawing(
        width=round(right - left + MARGIN + LANE * len(layout.back), 1),
        height=round(middles[-1] + heights[-1] / 2 + MARGIN, 1),
        start=(boxes[graph.start].x, 8),
        boxes=tuple(boxes.values()),
        lines=tuple(lines),
    )


def _wrapped(node: StateNode) -> tuple[str, ...]:
    return tuple(textwrap.wrap(node.name, WRAP_AT, break_long_words=False)) + ((node.note,) if node.note else ())


def _width(lines: Sequence[str]) -> float:
    return max(LEAST_WIDTH, max(map(len, lines)) * LETTER + SIDE_PADDING)


def _height(lines: Sequence[str]) -> float:
    return max(LEAST_HEIGHT, len(lines) * LINE_HEIGHT + 16)


def _box(node: StateNode, texts: Sequence[str], *, centre: tuple[float, float], height: float) -> DrawnState:
    x, y = centre
    first = y - (len(texts) - 1) * LINE_HEIGHT / 2
    lines = tuple((text, round(first + n * LINE_HEIGHT, 1)) for n, text in enumerate(texts))
    return DrawnState(
        node=node, lines=lines, x=round(x, 1), y=round(y, 1), width=round(_width(texts), 1), height=height
    )


def _line(edge: Edge, boxes: dict[str, DrawnState], between: Sequence[tuple[float, float, float]]) -> DrawnEdge:
    """Draw an edge from the lower border of its source, between the nodes, to the upper border of its target."""
    source, target = boxes[edge.source], boxes[edge.target]
    x, y = source.x, source.y + source.height / 2
    end = (target.x, target.y - target.height / 2)
    path = f"M{x:g} {y:g}"
    for next_x, next_y, height in between:
        path += _curve((x, y), (next_x, next_y - height / 2)) + f"V{next_y + height / 2:g}"
        x, y = next_x, next_y + height / 2
    path += _curve((x, y), (end[0], end[1] - ARROW)) + f"V{end[1]:g}"
    leftwards = not between and target.x < source.x
    label_x, label_y = between[0][:2] if between else (end[0], end[1] - LABEL_ABOVE)
    label_x += -LABEL_BESIDE if leftwards else LABEL_BESIDE
    return DrawnEdge(
        edge=edge, path=path, end=end, label_at=(round(label_x, 1), label_y), label_side="end" if leftwards else "start"
    )


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    middle = (start[1] + end[1]) / 2
    return f"C{start[0]:.1f} {middle:.1f} {end[0]:.1f} {middle:.1f} {end[0]:.1f} {end[1]:.1f}"


def _loop(edge: Edge, boxes: dict[str, DrawnState], *, lane: float) -> DrawnEdge:
    """Draw an edge that goes back up, in its own lane to the right."""
    source, target = boxes[edge.source], boxes[edge.target]
    y0, y1 = source.y + source.height / 5, target.y - target.height / 5
    start, end = (source.x + source.width / 2, y0), (target.x + target.width / 2, y1)
    path = f"M{start[0]:g} {y0:g}C{lane:g} {y0:g} {lane:g} {y0:g} {lane:g} {(y0 + y1) / 2:g}"
    path += f"C{lane:g} {y1:g} {lane:g} {y1:g} {end[0] + ARROW:g} {y1:g}H{end[0]:g}"
    return DrawnEdge(edge=edge, path=path, end=end, label_at=(lane - LABEL_BESIDE, (y0 + y1) / 2), label_side="end")
