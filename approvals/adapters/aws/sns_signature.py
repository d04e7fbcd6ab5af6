"""SNS signatures: verify that a message received over HTTPS was sent recently by SNS in its topic's Region.

Signed fields and signature versions: SNS developer guide, "Verifying the signatures of Amazon SNS messages".
"""

import base64
import binascii
import re
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from approvals.adapters.aws.https_fetch import Answered
from approvals.presentation.lists import listed

STALE_AFTER = timedelta(hours=1)
CERTIFICATE_BYTES = 64 * 1024
CERTIFICATES_KEPT = 8
_CERTIFICATE_PATH = re.compile(r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem")
_TOPIC = re.compile(r"arn:(aws[a-z-]*):sns:([a-z0-9-]{1,32}):\d{12}:[A-Za-z0-9_.-]{1,256}")
_OF_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_OF_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED = {
    "Notification": _OF_NOTIFICATION,
    "SubscriptionConfirmation": _OF_CONFIRMATION,
    "UnsubscribeConfirmation": _OF_CONFIRMATION,
}
_OPTIONAL = "Subject"


class FetchUrl(Protocol):
    """Fetch the body of a URL. Raises Unreachable or Answered."""

    def __call__(self, url: str, *, at_most: int) -> bytes: ...


class Forged(Exception):
    """A message that SNS did not send, or not recently. The text names the problem without the content."""


class SnsSignatures:
    """Verifies messages, and caches the certificates of SNS."""

    def __init__(self, fetch: FetchUrl, *, clock: Callable[[], datetime]) -> None:
        self._fetch, self._clock = fetch, clock
        self._lock = threading.Lock()
        self._certificates: dict[str, Any] = {}

    def check(self, message: Mapping[str, Any]) -> None:
        """Verify a message. Raises Forged, or Unreachable if the certificate cannot be fetched now."""
        text = string_to_sign(message)
        self._check_time(message["Timestamp"])
        url = certificate_url(message)
        self._verify(self._certificate(url), message, text)

    def confirm(self, message: Mapping[str, Any]) -> None:
        """Confirm a subscription at its SubscribeURL. Raises Forged if the URL is not AWS's, or Unreachable."""
        url = message.get("SubscribeURL")
        if (
            not isinstance(url, str)
            or not _is_of_sns(url, message["TopicArn"])
            or _action(url) != "ConfirmSubscription"
        ):
            raise Forged("its SubscribeURL is not that of SNS")
        try:
            self._fetch(url, at_most=CERTIFICATE_BYTES)
        except Answered as error:
            raise Forged(f"SNS did not accept the confirmation: {error}") from None

    def _check_time(self, timestamp: str) -> None:
        try:
            at = datetime.fromisoformat(timestamp)
            distance = abs(self._clock() - at)
        except (ValueError, TypeError, OverflowError):
            raise Forged("its Timestamp is not a date and time") from None
        if distance > STALE_AFTER:
            raise Forged("it is older than an hour")

    def _certificate(self, url: str) -> Any:
        from cryptography import x509

        with self._lock:
            if url in self._certificates:
                return self._certificates[url]
        try:
            certificate = x509.load_pem_x509_certificate(self._fetch(url, at_most=CERTIFICATE_BYTES))
        except (Answered, ValueError):
            raise Forged("its certificate cannot be read") from None
        with self._lock:
            while len(self._certificates) >= CERTIFICATES_KEPT:
                self._certificates.pop(next(iter(self._certificates)))
            self._certificates[url] = certificate
        return certificate

    def _verify(self, certificate: Any, message: Mapping[str, Any], text: bytes) -> None:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding, rsa

        if not certificate.not_valid_before_utc <= self._clock() <= certificate.not_valid_after_utc:
            raise Forged("its certificate is not valid at this time")
        # SNS signs with version 1 by default; forging it would require a second preimage of SHA-1.
        version = {"1": hashes.SHA1, "2": hashes.SHA256}.get(str(message.get("SignatureVersion")))
        if version is None:
            raise Forged("its SignatureVersion is neither 1 nor 2")
        try:
            key = certificate.public_key()
            signature = base64.b64decode(message["Signature"], validate=True)
            if not isinstance(key, rsa.RSAPublicKey):
                raise Forged("its certificate has no RSA key")
            key.verify(signature, text, padding.PKCS1v15(), version())
        except (InvalidSignature, UnsupportedAlgorithm, binascii.Error, ValueError, TypeError, KeyError):
            raise Forged("its signature is wrong") from None


def string_to_sign(message: Mapping[str, Any]) -> bytes:
    """Return the signed fields, names and values on lines of their own. Raises Forged if one is missing or not text."""
    names = SIGNED.get(str(message.get("Type")))
    if names is None:
        raise Forged(f"its Type is none of {listed([*SIGNED], word='or')}")
    wanted = [name for name in names if name != _OPTIONAL or message.get(name) is not None]
    values = [message.get(name) for name in wanted]
    if not all(isinstance(value, str) for value in values):
        raise Forged(f"it lacks one of {listed([*wanted], cut=99)}")
    return "".join(f"{name}\n{value}\n" for name, value in zip(wanted, values, strict=True)).encode()


def certificate_url(message: Mapping[str, Any]) -> str:
    """Return the certificate's URL, which must be at SNS in the topic's Region. Raises Forged."""
    url = message.get("SigningCertURL", message.get("SigningCertUrl"))
    if not isinstance(url, str) or not _is_of_sns(url, message["TopicArn"]):
        raise Forged("its certificate is not at the SNS of its topic's Region")
    if not _CERTIFICATE_PATH.fullmatch(urlsplit(url).path) or "?" in url or "#" in url:
        raise Forged("its certificate is not one of SNS")
    return url


def _is_of_sns(url: str, topic: str) -> bool:
    """Return whether the URL is https at exactly this host, without port or user."""
    known = _TOPIC.fullmatch(topic)
    if known is None or not url.isascii() or not url.isprintable():
        return False
    partition, region = known.groups()
    host = f"sns.{region}.amazonaws.com" + (".cn" if partition == "aws-cn" else "")
    return url.startswith(f"https://{host}/") and "\\" not in url


def _action(url: str) -> str:
    return ",".join(parse_qs(urlsplit(url).query).get("Action", ()))
