"""Encryption of task tokens at rest, with the gateway's own keys or KMS. A token is bound to its approval.

The first byte of a sealed token names the method, so that a change of the setting is detected.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_BY_KEY_RING, _BY_KMS = b"\x01", b"\x02"
_FINGERPRINT, _NONCE = 4, 12
_MEANT_FOR_OTHERS = {"InvalidCiphertextException", "IncorrectKeyException"}


class CannotOpen(ValueError):
    """The token was sealed for another approval or by another key, or was changed. Retrying is useless."""


class KeyRing:
    """AES-256-GCM. The last key encrypts, all decrypt: add a new key at the end, and remove the old one later."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"a key ring needs at least one key, and keys of {KEY_BYTES} bytes")
        self._keys = [(_fingerprint(key), AESGCM(key)) for key in keys]

    def seal(self, token: str, *, approval_id: str) -> bytes:
        fingerprint, key = self._keys[-1]
        nonce = os.urandom(_NONCE)
        return _BY_KEY_RING + fingerprint + nonce + key.encrypt(nonce, token.encode(), approval_id.encode())

    def open(self, sealed: bytes, *, approval_id: str) -> str:
        body = _body(sealed, _BY_KEY_RING)
        fingerprint, rest = body[:_FINGERPRINT], body[_FINGERPRINT:]
        fitting = [key for known, key in self._keys if known == fingerprint]
        for key in fitting:
            try:
                return key.decrypt(rest[:_NONCE], rest[_NONCE:], approval_id.encode()).decode()
            except (InvalidTag, ValueError):
                continue
        if fitting:
            raise CannotOpen("the sealed task token was changed, or belongs to another approval")
        raise CannotOpen("the key that sealed this task token is not among the keys of this gateway")


class Kms:
    """KMS encrypts and decrypts each token; its log names the approval. Any key that the role can use decrypts.

    Temporary refusals of KMS (throttled, denied, key disabled) raise botocore's errors.
    """

    def __init__(
        self, client_factory: Callable[[], Any], *, key_id: str, failed: Callable[[], None] = lambda: None
    ) -> None:
        """`failed` is called when KMS refuses, or cannot be reached."""
        self._client, self._key_id, self._failed = client_factory, key_id, failed

    def seal(self, token: str, *, approval_id: str) -> bytes:
        try:
            answer = self._client().encrypt(
                KeyId=self._key_id, Plaintext=token.encode(), EncryptionContext={"approvalId": approval_id}
            )
        except (BotoCoreError, ClientError):
            self._failed()
            raise
        return _BY_KMS + bytes(answer["CiphertextBlob"])

    def open(self, sealed: bytes, *, approval_id: str) -> str:
        body = _body(sealed, _BY_KMS)
        try:
            answer = self._client().decrypt(CiphertextBlob=body, EncryptionContext={"approvalId": approval_id})
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _MEANT_FOR_OTHERS:
                raise CannotOpen("the sealed task token was changed, or belongs to another approval") from None
            self._failed()
            raise
        except BotoCoreError:
            self._failed()
            raise
        return bytes(answer["Plaintext"]).decode()


def parse_keys(text: str) -> list[bytes]:
    """Parse comma-separated keys, oldest first, each 32 bytes as base64url. Raises ValueError without the key."""
    parts = [part.strip() for part in text.split(",")]
    return [_key(part, f"key {number} of {len(parts)}") for number, part in enumerate(parts, start=1)]


def _key(text: str, name: str) -> bytes:
    if not text:
        raise ValueError(f"{name} is empty")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"{name} is not base64url (A-Z, a-z, 0-9, - and _)") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"{name} has {len(key)} bytes; it must have {KEY_BYTES}")
    return key


def _fingerprint(key: bytes) -> bytes:
    return hashlib.sha256(b"approvals key fingerprint" + key).digest()[:_FINGERPRINT]


def _body(sealed: bytes, kind: bytes) -> bytes:
    """Return the bytes after the first byte, which must be `kind`."""
    if sealed[:1] == kind:
        return sealed[1:]
    if sealed[:1] == _BY_KMS:
        raise CannotOpen("this task token was sealed by KMS, and this gateway is set up with keys of its own")
    if sealed[:1] == _BY_KEY_RING:
        raise CannotOpen("this task token was sealed by the gateway's own key, and this gateway is set up with KMS")
    raise CannotOpen("this is no sealed task token")
