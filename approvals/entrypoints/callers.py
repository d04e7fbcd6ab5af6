"""Callers: who may use the API. Of a key only its SHA-256 is kept, with a name and scopes; several may hold at once."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

import msgspec
from flask import request

from approvals.domain.errors import Forbidden, Unauthenticated

SCOPES = ("submit", "read", "decide", "admin")
PREFIX = "apk_"


class ApiKey(msgspec.Struct, frozen=True):
    """One key: whose it is, what it may do (`admin` is everything), and the SHA-256 of the secret in hex."""

    name: str
    scopes: frozenset[str]
    sha256: str


def new_key(name: str, scopes: Sequence[str]) -> tuple[str, str]:
    """A new secret (256 bits), and the line for APPROVALS_API_KEYS that lets it in."""
    secret = PREFIX + secrets.token_urlsafe(32)
    return secret, f"{name}:{'+'.join(scopes)}:{hashlib.sha256(secret.encode()).hexdigest()}"


def parse_keys(text: str) -> tuple[ApiKey, ...]:
    """`name:scope+scope:sha256, …`. Raises ValueError naming the entry by its place and name, never its hash."""
    return tuple(_parse(entry.strip(), n) for n, entry in enumerate(text.split(","), 1) if entry.strip())


def caller(keys: Sequence[ApiKey], scope: str) -> str:
    """Who calls, as `key:NAME`. Raises Unauthenticated, or Forbidden where the scope is missing."""
    given = request.headers.get("Authorization", "")
    scheme, _, secret = given.partition(" ")
    if scheme.casefold() != "bearer" or not secret:
        raise Unauthenticated("send an API key: Authorization: Bearer apk_…")
    key = _known(keys, secret.strip())
    if key is None:
        raise Unauthenticated("this API key is not known here")
    if not key.scopes & {scope, "admin"}:
        raise Forbidden(f"the key “{key.name}” lacks the scope “{scope}”")
    return f"key:{key.name}"


def _known(keys: Sequence[ApiKey], secret: str) -> ApiKey | None:
    """Compares with every key, so that the time says nothing about which one was near."""
    digest = hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
    matching = [key for key in keys if hmac.compare_digest(key.sha256, digest)]
    return matching[0] if matching else None


def _parse(entry: str, place: int) -> ApiKey:
    name, _, rest = entry.partition(":")
    scopes, _, digest = rest.partition(":")
    wanted = frozenset(scopes.split("+"))
    if not name or not wanted <= set(SCOPES):
        raise ValueError(f"entry {place} must read NAME:SCOPE+SCOPE:SHA256 with scopes of {', '.join(SCOPES)}")
    if len(digest) != 64 or set(digest.casefold()) - set("0123456789abcdef"):
        raise ValueError(
            f"entry {place} (“{name}”) must end in a SHA-256 of 64 hex digits; `approvals key new` makes one"
        )
    return ApiKey(name, wanted, digest.casefold())
