"""Callers: who may use the API, by the Authorization header of the request at hand."""

from collections.abc import Sequence

from flask import request

from approvals.domain import api_keys
from approvals.domain.api_keys import ApiKey


def caller(keys: Sequence[ApiKey], scope: str) -> str:
    """Who calls, as `key:NAME`. Raises Unauthenticated, or Forbidden where the scope is missing."""
    return f"key:{key(keys, scope).name}"


def key(keys: Sequence[ApiKey], scope: str) -> ApiKey:
    """The same, with all that is known of the key."""
    return api_keys.caller(keys, request.headers.get("Authorization", ""), scope=scope)
