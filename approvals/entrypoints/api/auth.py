"""Callers of the API: known by an API key, or by the identity that API Gateway's IAM authorizer found."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from flask import request

from approvals.domain import api_keys
from approvals.domain.api_keys import ApiKey
from approvals.domain.model.errors import Forbidden, Unauthenticated

KEY_HEADER = "X-Api-Key"
"""For apigateway:invoke, which refuses to send an Authorization header."""
IAM_SCOPES = frozenset({"submit", "read"})
"""A role that may invoke the whole API must not thereby answer its own approvals."""


class Caller(msgspec.Struct, frozen=True):
    """The caller, as `key:NAME` or `iam:ARN`, and its scopes."""

    name: str
    scopes: frozenset[str]


Authenticate = Callable[[str], Caller]
"""Returns the caller of a request that needs this scope. Raises Unauthenticated, or Forbidden without the scope."""


def by_keys(keys: Sequence[ApiKey]) -> Authenticate:
    def who(scope: str) -> Caller:
        key = api_keys.caller(keys, _credentials(), scope=scope)
        return Caller(f"key:{key.name}", key.scopes)

    return who


def by_iam(scope: str) -> Caller:
    """Return the caller by the event that API Gateway gives to the Lambda, which no client can write."""
    event = request.environ.get("apig_wsgi.full_event")
    arn = _at(event, "requestContext", "authorizer", "iam", "userArn")
    if not isinstance(arn, str) or not arn.startswith("arn:"):
        raise Unauthenticated("sign the request with AWS credentials (SigV4); API Gateway did not name the caller")
    if scope not in IAM_SCOPES:
        raise Forbidden(f"with APPROVALS_API_AUTH=iam nobody has the scope “{scope}”; use the command line")
    return Caller(f"iam:{arn}", IAM_SCOPES)


def _credentials() -> str:
    given = request.headers.get("Authorization")
    if given is None and (key := request.headers.get(KEY_HEADER)):
        return f"Bearer {key}"
    return given or ""


def _at(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
