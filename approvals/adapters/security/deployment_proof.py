"""A proof that a process belongs to a deployment: it answers a challenge with an HMAC under a signing key.

The key is derived from the signing key, so that no answer is a link or a nonce of a page.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{32,64}")
_PURPOSE = b"approvals.deployment-proof"


def prove(keys: Sequence[str], challenge: str) -> str:
    """Answer a challenge with the key that signs, which is the last one."""
    return _answer(keys[-1], challenge)


def proven(keys: Sequence[str], challenge: str, answer: str) -> bool:
    """Return whether one of the keys has made this answer."""
    return any(hmac.compare_digest(_answer(key, challenge).encode(), answer.encode()) for key in keys)


def _answer(key: str, challenge: str) -> str:
    derived = hmac.digest(key.encode(), _PURPOSE, "sha256")
    return hmac.new(derived, challenge.encode(), hashlib.sha256).hexdigest()
