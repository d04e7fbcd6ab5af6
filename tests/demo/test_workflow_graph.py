"""The demo's graph of a state machine: reading it, boxes without overlaps, and lines that reach their targets."""

import itertools
import re
from typing import Any

import pytest

from approvals.demo.cast.machine import definition
from approvals.demo.cast.scenarios import SCENARIOS
from approvals.demo.workflow_graph.state_graph import Edge, read_graph
from approvals.demo.workflow_graph.svg import Drawing, DrawnState, draw

PASS = {"Type": "Pass"}


def machine(**states: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


REFUND = definition(SCENARIOS["return"], queue_url="queue")
ALONE = machine(Only={"Type": "Succeed"})
CHAIN = machine(A={**PASS, "Next": "B"}, B={**PASS, "Next": "C"}, C={**PASS, "End": True})
DIAMOND = machine(
    Which={"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "Left"}], "Default": "Right"},
    Left={**PASS, "Next": "Join"},
    Right={**PASS, "Next": "Join"},
    Join={"Type": "Succeed"},
)
LOOP = machine(
    Ask={"Type": "Task", "Next": "Enough?", "Catch": [{"ErrorEquals": ["Approval.TimedOut"], "Next": "Pause"}]},
    Pause={"Type": "Wait", "Seconds": 60, "Next": "Ask"},
    **{
        "Enough?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericLessThan": 2, "Next": "Ask"}],
            "Default": "End",
        }
    },
    End={"Type": "Succeed"},
)
ITSELF = machine(Again={"Type": "Choice", "Choices": [{"Next": "Again"}], "Default": "Done"}, Done={"Type": "Succeed"})
CATCH = {"ErrorEquals": ["States.ALL"], "Next": "Oh"}
BOXES = machine(
    Both={"Type": "Parallel", "Branches": [CHAIN, ALONE], "Next": "Each", "Catch": [CATCH]},
    Each={"Type": "Map", "ItemProcessor": ALONE, "Next": "Done", "Catch": [CATCH]},
    Done={"Type": "Succeed"},
    Oh={"Type": "Fail"},
)
WIDE = machine(
    Fan={"Type": "Choice", "Choices": [{"Next": f"Way number {n} of many"} for n in range(9)], "Default": "End"},
    **{f"Way number {n} of many": {**PASS, "Next": "End"} for n in range(9)},
    End={"Type": "Succeed"},
)
SKIPPING = machine(
    A={"Type": "Choice", "Choices": [{"Next": "B"}, {"Next": "D"}], "Default": "E"},
    B={**PASS, "Next": "C"},
    C={**PASS, "Next": "D"},
    D={**PASS, "Next": "E"},
    E={"Type": "Succeed"},
)
UNREACHED = machine(A={**PASS, "End": True}, Lost={**PASS, "Next": "A"})
SHAPES = {
    "refund": REFUND,
    "alone": ALONE,
    "chain": CHAIN,
    "diamond": DIAMOND,
    "loop": LOOP,
    "itself": ITSELF,
    "boxes": BOXES,
    "wide": WIDE,
    "skipping": SKIPPING,
    "unreached": UNREACHED,
}


@pytest.fixture(params=SHAPES.values(), ids=SHAPES.keys())
def asl(request: pytest.FixtureRequest) -> dict[str, Any]:
    return request.param


@pytest.fixture
def drawing(asl: dict[str, Any]) -> Drawing:
    return draw(read_graph(asl))


def test_every_state_is_drawn_once(asl: dict[str, Any], drawing: Drawing) -> None:
    assert [box.node.name for box in drawing.boxes] == list(asl["States"])


def test_no_two_states_overlap(drawing: Drawing) -> None:
    for one, other in itertools.combinations(drawing.boxes, 2):
        beside = abs(one.x - other.x) >= (one.width + other.width) / 2
        apart = abs(one.y - other.y) >= (one.height + other.height) / 2
        assert beside or apart, (one.node.name, other.node.name)


def test_every_state_lies_inside_the_drawing(drawing: Drawing) -> None:
    for box in drawing.boxes:
        assert box.width / 2 <= box.x <= drawing.width - box.width / 2
        assert box.height / 2 <= box.y <= drawing.height - box.height / 2


def test_every_line_ends_on_the_border_of_its_target(drawing: Drawing) -> None:
    boxes = {box.node.name: box for box in drawing.boxes}
    for line in drawing.lines:
        assert on_border(boxes[line.edge.target], *line.end), line.edge


def test_every_line_really_ends_where_it_should(drawing: Drawing) -> None:
    for line in drawing.lines:
        last = float(re.findall(r"-?[\d.]+", line.path)[-1])
        assert last == pytest.approx(line.end[0] if "H" in line.path else line.end[1], abs=0.1)


def test_lines_go_down_unless_they_close_a_cycle(drawing: Drawing) -> None:
    boxes = {box.node.name: box for box in drawing.boxes}
    upwards = {
        (line.edge.source, line.edge.target)
        for line in drawing.lines
        if boxes[line.edge.source].y >= boxes[line.edge.target].y
    }
    assert upwards <= {("Pause", "Ask"), ("Enough?", "Ask"), ("Again", "Again")}


def test_the_same_machine_is_always_drawn_the_same(asl: dict[str, Any], drawing: Drawing) -> None:
    assert draw(read_graph(asl)) == drawing


def test_the_transitions_of_the_refund_have_their_conditions() -> None:
    labels = {(edge.source, edge.target): (edge.label, edge.caught) for edge in read_graph(REFUND).edges}
    assert labels == {
        ("Receive return", "Above the limit?"): ("", False),
        ("Above the limit?", "Ask finance"): ("amount > 100", False),
        ("Above the limit?", "Refund the customer"): ("otherwise", False),
        ("Ask finance", "Refund the customer"): ("", False),
        ("Ask finance", "Keep the money"): ("Rejected", True),
        ("Ask finance", "Ask again tomorrow"): ("TimedOut", True),
        ("Ask finance", "Call support"): ("States.ALL", True),
        ("Refund the customer", "Refunded"): ("", False),
    }


def test_two_transitions_between_the_same_states_are_one() -> None:
    asl = machine(
        Ask={"Type": "Task", "Next": "On", "Catch": [{"ErrorEquals": ["A", "B"], "Next": "On"}]}, On={"Type": "Succeed"}
    )
    assert read_graph(asl).edges == (Edge(source="Ask", target="On", label="A, B", caught=False),)


def test_parallel_and_map_have_a_note_about_their_inner_states() -> None:
    notes = {node.name: node.note for node in read_graph(BOXES).nodes}
    assert notes == {"Both": "2 branches", "Each": "for each item", "Done": "", "Oh": ""}


def test_the_states_that_end_are_known() -> None:
    ending = {node.name for node in read_graph(REFUND).nodes if node.ends}
    assert ending == {"Refunded", "Keep the money", "Ask again tomorrow", "Call support"}


def on_border(box: DrawnState, x: float, y: float) -> bool:
    across, down = abs(x - box.x) - box.width / 2, abs(y - box.y) - box.height / 2
    return abs(max(across, down)) < 0.1
