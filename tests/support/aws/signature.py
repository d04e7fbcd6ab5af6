"""AWS Signature Version 4, calculated from a request as it arrived, as AWS's documentation describes it."""

import hashlib
import hmac
from http.client import HTTPMessage


def is_signed(requestline: str, headers: HTTPMessage, body: bytes, *, secret: str) -> bool:
    """Return whether the signature is the one of this request, and covers all that it must."""
    algorithm, _, rest = headers["Authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    _, day, region, service, end = parts["Credential"].split("/")
    names = parts["SignedHeaders"].split(";")
    if not {"host", "x-amz-date", "x-amz-target"} <= set(names):
        return False
    method, path, _ = requestline.split(" ")
    listed = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names)
    canonical = "\n".join([method, path, "", listed, parts["SignedHeaders"], hashlib.sha256(body).hexdigest()])
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join([algorithm, headers["X-Amz-Date"], f"{day}/{region}/{service}/{end}", hashed])
    key = f"AWS4{secret}".encode()
    for word in (day, region, service, end):
        key = hmac.digest(key, word.encode(), "sha256")
    return hmac.compare_digest(hmac.digest(key, to_sign.encode(), "sha256").hex(), parts["Signature"])
