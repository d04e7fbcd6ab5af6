"""Signed links to the review page and the inbox, and nonces of rendered pages. Each purpose has its own salt, so that
none is valid for another. A link contains an approval's id, a reviewer's number and a time, no address or token."""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, TypeVar

import msgspec
from itsdangerous import BadData, URLSafeSerializer
from msgspec import Meta

from approvals.domain.model.errors import BadLink, LinkExpired, LinkFromFuture, UnknownKey
from approvals.domain.model.messages.audience import (
    CHANNEL_NUMBER,
    ForChannel,
    ForReviewer,
    Holder,
    holder_of,
    number_of,
)
from approvals.domain.model.records import Rendering

KEY_LENGTH = 32
LONGEST = 1000
CLOCKS_APART = timedelta(minutes=5)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_WHOLE = re.compile(r"\.?[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}")

_Id = Annotated[str, Meta(min_length=1, max_length=200)]
_Number = Annotated[int, Meta(ge=CHANNEL_NUMBER, le=1_000_000)]  # links that were sent hold it: it must stay


class _Link(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    approval_id: _Id
    reviewer: _Number
    issued: Annotated[int, Meta(ge=0, le=250_000_000_000)]


class _Nonce(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    approval_id: _Id
    reviewer: _Number
    microseconds: Annotated[int, Meta(ge=0, le=250_000_000_000_000_000)]
    content_sha256: Annotated[str, Meta(max_length=64)]


T = TypeVar("T")


class SignedLinks:
    """Creates and verifies links. Keys are oldest first: the last key signs, all verify."""

    def __init__(self, keys: Sequence[str], *, public_url: str, lifetime: timedelta) -> None:
        if not keys or any(len(key) < KEY_LENGTH for key in keys):
            raise ValueError(f"links need at least one signing key, and keys of at least {KEY_LENGTH} characters")
        self._links, self._nonces = _serializer(keys, "approvals.review-link"), _serializer(keys, "approvals.rendering")
        self._inboxes = _serializer(keys, "approvals.inbox-link")
        self._all = (self._links, self._nonces, self._inboxes)
        self._public_url, self._lifetime = public_url.rstrip("/"), lifetime

    def url(self, approval_id: str, holder: Holder, *, now: datetime) -> str:
        page = "l" if isinstance(holder, ForChannel) else "r"
        return f"{self._public_url}/{page}/{_signed(self._links, _link(approval_id, number_of(holder), now))}"

    def read(self, token: str, *, now: datetime) -> tuple[str, Holder]:
        """Return (approval id, its holder). Raises BadLink; UnknownKey, LinkFromFuture, LinkExpired if it is whole."""
        return self._in_time(self._read_link(self._links, token), now)

    def inbox_url(self, approval_id: str, reviewer: int, *, now: datetime) -> str:
        """Return the inbox link of this reviewer, identified by an approval, so that it contains no address."""
        return f"{self._public_url}/i/{_signed(self._inboxes, _link(approval_id, reviewer, now))}"

    def read_inbox(self, token: str, *, now: datetime) -> tuple[str, int]:
        """Return an approval's id and a reviewer's number. Raises BadLink and its kinds, as `read` does."""
        approval_id, holder = self._in_time(self._read_link(self._inboxes, token), now)
        if not isinstance(holder, ForReviewer):
            raise BadLink("only reviewers have an inbox")
        return approval_id, holder.number

    def _read_link(self, serializer: URLSafeSerializer, token: str) -> _Link:
        """Raise UnknownKey for a link that is whole and signed by another key, and BadLink for anything else."""
        try:
            return _read(serializer, token, _Link)
        except BadLink:
            if _is_whole(serializer, token) and not any(map(partial(_signs, token), self._all)):
                raise UnknownKey("none of our keys signed this link") from None
            raise

    def _in_time(self, link: _Link, now: datetime) -> tuple[str, Holder]:
        age = now - (_EPOCH + timedelta(seconds=link.issued))
        if age < -CLOCKS_APART:
            raise LinkFromFuture(link.approval_id)
        if age > self._lifetime:
            raise LinkExpired(link.approval_id, holder_of(link.reviewer))
        return link.approval_id, holder_of(link.reviewer)

    def nonce(self, rendering: Rendering) -> str:
        at = (rendering.at - _EPOCH) // _MICROSECOND
        number = number_of(rendering.holder)
        return _signed(self._nonces, _Nonce(rendering.approval_id, number, at, rendering.content_sha256))

    def read_nonce(self, nonce: str) -> Rendering:
        """Return the contents of a nonce. Raises BadLink."""
        read = _read(self._nonces, nonce, _Nonce)
        at = _EPOCH + read.microseconds * _MICROSECOND
        return Rendering(read.approval_id, holder_of(read.reviewer), at, read.content_sha256)


def _link(approval_id: str, reviewer: int, now: datetime) -> _Link:
    return _Link(approval_id, reviewer, (now - _EPOCH) // timedelta(seconds=1))


def _serializer(keys: Sequence[str], salt: str) -> URLSafeSerializer:
    options = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    return URLSafeSerializer(list(keys), salt=salt, signer_kwargs=options)


def _signed(serializer: URLSafeSerializer, payload: msgspec.Struct) -> str:
    signed = serializer.dumps(msgspec.structs.astuple(payload))
    return signed if isinstance(signed, str) else signed.decode()


def _read(serializer: URLSafeSerializer, token: str, shape: type[T]) -> T:
    """Return the signed value. Raises BadLink for anything else, because anyone can send anything."""
    if len(token) > LONGEST or not token.isascii():
        raise BadLink("this link is not complete, or not ours")
    try:
        return msgspec.convert(serializer.loads(token), shape)
    except (BadData, msgspec.ValidationError):
        raise BadLink("this link is not complete, or not ours") from None


def _is_whole(serializer: URLSafeSerializer, token: str) -> bool:
    """Return whether a token has the shape of a link, whatever key signed it."""
    if len(token) > LONGEST or not _WHOLE.fullmatch(token):
        return False
    try:
        msgspec.convert(serializer.loads_unsafe(token)[1], _Link)
    except msgspec.ValidationError:
        return False
    return True


def _signs(token: str, serializer: URLSafeSerializer) -> bool:
    try:
        serializer.loads(token)
    except BadData:
        return False
    return True
