"""Adapted: every door passes what arrived through here, and gets a payload of our own shape."""

from typing import Any

from approvals.domain.model import payload_adapter as adapting
from approvals.domain.model.payload_adapter import Source
from approvals.flows.gateway import Gateway


def adapted(payload: Any, *, source: Source, gateway: Gateway) -> Any:
    """In our own shape; as it came where no adapter matches. Raises Invalid, each path naming the adapter."""
    return adapting.adapt(payload, source=source, adapters=gateway.adapters)


def essentials(payload: Any, *, source: Source, gateway: Gateway) -> Any:
    """Of what could not be adapted: its task token and execution in our own shape, so that its task can be failed."""
    return adapting.essentials(payload, source=source, adapters=gateway.adapters)
