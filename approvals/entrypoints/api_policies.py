"""Explaining a policy without submitting anything: for the API and for the command line."""

from typing import Any

from approvals.domain.explain import Explanation, explain
from approvals.entrypoints.api_shapes import Draft
from approvals.entrypoints.envelopes import submission_of
from approvals.flows.gateway import Gateway


def explained(gateway: Gateway, payload: Any) -> Explanation:
    """What would happen if this were submitted now. Raises Invalid with all faults, as submitting would."""
    draft = submission_of(Draft, payload)
    return explain(draft, directory=gateway.directory, terms=gateway.terms, now=gateway.clock())
