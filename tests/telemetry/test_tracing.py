"""The seam of tracing: what it costs without a tracer, and the headers that it continues."""

import subprocess
import sys
import timeit

import pytest

from approvals.telemetry import tracing
from approvals.telemetry.traces.headers import from_headers, from_xray, to_xray

W3C = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"
XRAY = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def test_a_span_costs_less_than_a_microsecond_without_a_tracer() -> None:
    def begun() -> None:
        with tracing.span("submit"):
            pass

    assert min(timeit.repeat(begun, number=10_000, repeat=5)) / 10_000 < 1e-6


def test_the_headers_of_x_ray_and_w3c_name_the_same_span() -> None:
    assert from_xray(XRAY) == from_headers({"X-Amzn-Trace-Id": XRAY}) == W3C
    assert to_xray(W3C) == XRAY
    assert (
        from_headers({"traceparent": W3C, "tracestate": "vendor=1", "X-Amzn-Trace-Id": "Root=1"}) == f"{W3C} vendor=1"
    )
    assert tracing.is_kept(W3C)
    assert not tracing.is_kept(from_xray(XRAY.replace("Sampled=1", "Sampled=0")))


@pytest.mark.parametrize("header", ["", "Root=1-5759e988-bd862e3fe1be46a994272793", "Root=;Parent=;Sampled=1", "x"])
def test_a_header_without_a_parent_continues_nothing(header: str) -> None:
    assert from_xray(header) == ""


def test_opentelemetry_is_imported_only_where_traces_are_set_up() -> None:
    ask = "import sys, approvals.wiring; print('opentelemetry.trace' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
