"""Traces: whether this process makes spans, and where they go. The standard variables `OTEL_*` say it.

OpenTelemetry is imported only where they do, or where a host that instruments Python programs has imported it.
"""

import logging
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from approvals.telemetry import tracing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

NAME = "approvals"
ON_LAMBDA_SECONDS = 2.0
"""How long an invocation waits for a collector that does not answer, instead of ten seconds."""
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_TIMEOUTS = ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")

log = logging.getLogger(__name__)


def trace_as_set_up(environ: Mapping[str, str]) -> None:
    """Make spans in this process from now on, if the environment says so. Call it after a fork, never before."""
    if tracing.on() or environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return
    if (provider := _of_the_host()) is not None:
        _use(provider, shut_down=provider.force_flush)
    elif _wanted(environ):
        try:
            own = _own_provider(environ)
            _use(own, shut_down=own.shutdown)
        except ImportError:
            log.warning(
                "the environment asks for traces, which need approvals-gateway[traces]; there are none",
                extra={"event": "traces.off"},
            )


def _wanted(environ: Mapping[str, str]) -> bool:
    exporter = environ.get("OTEL_TRACES_EXPORTER", "").strip()
    return exporter != "none" and bool(exporter or any(environ.get(name) for name in _ENDPOINTS))


def _of_the_host() -> Any:
    """Return the tracer provider that another program has set up in this process, such as AWS's layer for Lambda."""
    api = sys.modules.get("opentelemetry.trace")
    provider = api.get_tracer_provider() if api else None
    return provider if provider and hasattr(provider, "force_flush") else None


def _own_provider(environ: Mapping[str, str]) -> "TracerProvider":
    """Return a provider that sends batches to the collector, sampled as OTEL_TRACES_SAMPLER says."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create()
    if not environ.get("OTEL_SERVICE_NAME") and "service.name=" not in environ.get("OTEL_RESOURCE_ATTRIBUTES", ""):
        resource = resource.merge(Resource({"service.name": NAME}))
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(_exporter(environ)))
    return provider


def _exporter(environ: Mapping[str, str]) -> Any:
    exporter = environ.get("OTEL_TRACES_EXPORTER", "").strip() or "otlp"
    if exporter == "console":
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        return ConsoleSpanExporter()
    protocol = next((environ[name] for name in _PROTOCOLS if environ.get(name)), "http/protobuf")
    if (exporter, protocol) != ("otlp", "http/protobuf"):
        log.warning(
            "traces are sent as OTLP by http/protobuf, not %s by %s", exporter, protocol, extra={"event": "traces.otlp"}
        )
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    patient = "AWS_LAMBDA_FUNCTION_NAME" not in environ or any(environ.get(name) for name in _TIMEOUTS)
    return OTLPSpanExporter() if patient else OTLPSpanExporter(timeout=ON_LAMBDA_SECONDS)


def _use(provider: Any, *, shut_down: Callable[[], object]) -> None:
    from approvals.telemetry.traces.recorded_spans import OpenTelemetry

    tracer = provider.get_tracer("approvals")
    tracing.use(OpenTelemetry(tracer, flush=provider.force_flush, shut_down=shut_down))
