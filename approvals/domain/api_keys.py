"""API keys: only the SHA-256 of a key is stored, with a name and scopes. Several can be valid, for rotation."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence

import msgspec

from approvals.domain.model.errors import Forbidden, Unauthenticated

SCOPES = ("submit", "read", "decide", "metrics", "admin")


class ApiKey(msgspec.Struct, frozen=True):
    """An API key: its name, its scopes (`admin` includes all), and the SHA-256 of its secret in hex."""

    name: str
    scopes: frozenset[str]
    sha256: str


def entry(name: str, scopes: Iterable[str], secret: str) -> str:
    """Return the entry of APPROVALS_API_KEYS that accepts `secret`."""
    return f"{name}:{'+'.join(scopes)}:{_digest(secret)}"


def parse_entries(text: str) -> tuple[ApiKey, ...]:
    """Parse `name:scope+scope:sha256, …`. Raises ValueError with the entry's position and name, never its hash."""
    return tuple(_parse(part.strip(), place) for place, part in enumerate(text.split(","), 1) if part.strip())


def caller(keys: Sequence[ApiKey], authorization: str, *, scope: str) -> ApiKey:
    """Return the key in the Authorization header. Raises Unauthenticated, or Forbidden where it lacks the scope."""
    scheme, _, secret = authorization.partition(" ")
    if scheme.casefold() != "bearer" or not secret.strip():
        raise Unauthenticated("send an API key: Authorization: Bearer apk_…")
    digest = _digest(secret.strip())
    # Every key is compared, so that the time taken reveals nothing about the keys.
    matching = [key for key in keys if hmac.compare_digest(key.sha256, digest)]
    if not matching:
        raise Unauthenticated("this API key is not known here")
    if not matching[0].scopes & {scope, "admin"}:
        raise Forbidden(f"the key “{matching[0].name}” lacks the scope “{scope}”")
    return matching[0]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _parse(text: str, place: int) -> ApiKey:
    name, _, rest = text.partition(":")
    scopes, _, digest = rest.partition(":")
    wanted = frozenset(scopes.split("+"))
    if not name or not wanted <= set(SCOPES):
        raise ValueError(f"entry {place} must read NAME:SCOPE+SCOPE:SHA256 with scopes of {', '.join(SCOPES)}")
    if len(digest) != 64 or set(digest.casefold()) - set("0123456789abcdef"):
        raise ValueError(f"entry {place} (“{name}”) must end in 64 hex digits; `approvals key new api` makes one")
    return ApiKey(name, wanted, digest.casefold())
