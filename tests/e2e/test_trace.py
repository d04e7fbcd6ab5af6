"""One trace from the message of a workflow to its callback, as a collector receives it over OTLP."""

from collections.abc import Generator

import pytest

from approvals.adapters.aws.sqs import SqsQueue
from approvals.entrypoints.intake.batch import QueueMessage
from approvals.telemetry import tracing
from approvals.wiring.traces import trace_as_set_up
from tests.e2e.whole import Whole
from tests.telemetry.collector import Collector, attributes

ROOT, PARENT = "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
TRACE_ID = ROOT[2:].replace("-", "")


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Generator[Collector]:
    collector = Collector()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    trace_as_set_up({"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
    yield collector
    tracing.shut_down()
    collector.close()


def in_a_trace(whole: Whole) -> SqsQueue:
    """Return the queue, whose messages come with the header of X-Ray: the interpreter of the tests has no X-Ray."""

    def message(id_: str, body: str, receipt: str, token: str, _trace: str) -> QueueMessage:
        return QueueMessage(id_, body, receipt, token, f"Root={ROOT};Parent={PARENT};Sampled=1")

    return SqsQueue(lambda: whole.aws.client("sqs"), url=whole.machines.queue_url, make=message)


def test_a_trace_leads_from_the_message_to_the_callback(collector: Collector, whole: Whole) -> None:
    whole.queue = in_a_trace(whole)
    execution = whole.start()
    [approval] = whole.take_in()
    whole.work()
    whole.person("ana@example.com").answer("approve")
    tracing.flush()
    tree = collector.tree(TRACE_ID)
    print("", *tree, sep="\n")  # noqa: T201 - `pytest -s` shows the trace
    assert tree[:2] == [f"process {whole.queue.source.name}", "  submit"]
    assert [line.strip() for line in tree[2:6]] == ["deliver asked", "SMTP send"] * 2
    assert tree[-3:] == ["    decide", "      deliver callback", "        SFN.SendTaskSuccess"]
    [root] = [span for span in collector.spans if span.parent_span_id.hex() == PARENT]
    assert (attributes(root)["messaging.system"], collector.service) == ("aws_sqs", "approvals")
    [sent] = [span for span in collector.spans if span.name == "deliver callback"]
    assert attributes(sent)["approvals.approval_id"] == approval.id
    assert attributes(sent)["aws.step_functions.execution.arn"] == execution
    assert attributes(sent)["aws.xray.annotations"] == ("approvals.approval_id", "aws.step_functions.execution.arn")


def test_the_request_of_a_person_is_named_by_its_route_and_linked_with_the_decision(
    collector: Collector, whole: Whole
) -> None:
    whole.queue = in_a_trace(whole)
    whole.start()
    whole.take_in()
    whole.work()
    person = whole.person("ana@example.com")
    link = person.link
    person.answer("approve")
    tracing.flush()
    [request] = [span for span in collector.spans if span.name.startswith("POST /r/")]
    [decided] = [span for span in collector.spans if span.name == "decide"]
    assert request.name == "POST /r/<link>"
    assert [one.span_id for one in decided.links] == [request.span_id]
    assert [one.span_id for one in request.links] == [decided.span_id]
    everything = "".join(str(span) for span in collector.spans)
    assert "@example.com" not in everything
    assert link.rpartition("/")[2] not in everything
