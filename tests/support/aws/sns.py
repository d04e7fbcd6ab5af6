"""A fake SNS: a signing certificate, and messages signed as in the developer guide."""

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from approvals.adapters.aws.https_fetch import Answered, Unreachable
from tests.builders import NOW

TOPIC = "arn:aws:sns:eu-central-1:123456789012:asks"
HOST = "https://sns.eu-central-1.amazonaws.com"
CERTIFICATE = f"{HOST}/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem"
SUBSCRIBE = f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f37"
HASHES = {"1": hashes.SHA1, "2": hashes.SHA256}
ORDER = {
    "Notification": ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
    "SubscriptionConfirmation": ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
    "UnsubscribeConfirmation": ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
}


@cache
def _key(name: str) -> rsa.RSAPrivateKey:  # noqa: ARG001 - the cache keeps one key per name
    return rsa.generate_private_key(65537, 2048)


def certificate(key_name: str = "sns", *, issued: datetime = NOW) -> bytes:
    """Return a certificate valid for a year before and after `issued`, signed by a test authority."""
    subject, issuer = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in ("sns.amazonaws.com", "Test CA")
    )
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(_key(key_name).public_key())
        .serial_number(1)
        .not_valid_before(issued - timedelta(days=365))
        .not_valid_after(issued + timedelta(days=365))
        .sign(_key("authority"), hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM)


def signed(message: dict[str, Any], *, version: str = "1", key_name: str = "sns") -> dict[str, Any]:
    text = "".join(f"{name}\n{message[name]}\n" for name in ORDER[message["Type"]] if name in message)
    signature = _key(key_name).sign(text.encode(), padding.PKCS1v15(), HASHES[version]())
    return {**message, "SignatureVersion": version, "Signature": base64.b64encode(signature).decode()}


def notification(payload: Any, **changes: Any) -> dict[str, Any]:
    return {
        "Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "TopicArn": TOPIC,
        "Message": payload if isinstance(payload, str) else json.dumps(payload),
        "Timestamp": "2026-03-02T09:29:59.123Z",
        "SigningCertURL": CERTIFICATE, "UnsubscribeURL": f"{HOST}/?Action=Unsubscribe", **changes,
    }  # fmt: skip


def confirmation(kind: str = "SubscriptionConfirmation", **changes: Any) -> dict[str, Any]:
    more = {"Type": kind, "Token": "2336412f37", "SubscribeURL": SUBSCRIBE, **changes}
    message = notification("You have chosen to subscribe to the topic.", **more)
    del message["UnsubscribeURL"]
    return message


@dataclass
class Web:
    """A fake web of known URLs. Other URLs are refused; with `down` nothing answers."""

    pages: dict[str, bytes] = field(default_factory=lambda: {CERTIFICATE: certificate(), SUBSCRIBE: b"<ok/>"})
    fetched: list[str] = field(default_factory=list)
    down: bool = False

    def __call__(self, url: str, *, at_most: int) -> bytes:
        self.fetched.append(url)
        if self.down:
            raise Unreachable("nobody there")
        if url not in self.pages:
            raise Answered("404")
        return self.pages[url][:at_most]
