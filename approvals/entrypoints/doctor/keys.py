"""Key checks: present, hard to guess, and ready for rotation. No part of a key is shown."""

from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError

from approvals.adapters.aws.clients import Clients
from approvals.adapters.security.token_vault import Kms, parse_keys
from approvals.entrypoints.doctor.result import CheckLine, aws_failure, fail, ok, warn
from approvals.settings.environment import Settings

LEAST_VARIETY = 10
_PROBE = "approvals-doctor"


def check(settings: Settings) -> Iterator[CheckLine]:
    """Check all keys. The settings require a length; a repeated word can still be guessed."""
    if any(len(set(key)) < LEAST_VARIETY for key in settings.signing_keys):
        yield fail("signing keys: one can be guessed", "approvals key new signing")
    else:
        yield ok(f"signing keys: {len(settings.signing_keys)}")
    if settings.sealing_keys:
        yield _sealing(settings.sealing_keys)
    yield _api(settings)


def kms(settings: Settings, clients: Clients) -> Iterator[CheckLine]:
    """Check that the KMS key encrypts and decrypts."""
    vault = Kms(lambda: clients.get("kms", region=settings.aws_region or None), key_id=settings.kms_key_id)
    try:
        sealed = vault.seal(_PROBE, approval_id=_PROBE)
    except (ClientError, BotoCoreError) as error:
        yield aws_failure("KMS key: cannot encrypt", error, permission="kms:Encrypt on the key")
        return
    try:
        opened = vault.open(sealed, approval_id=_PROBE)
    except (ClientError, BotoCoreError) as error:
        yield aws_failure("KMS key: cannot decrypt", error, permission="kms:Decrypt on the key")
        return
    right = opened == _PROBE
    yield ok("KMS key: encrypts and decrypts") if right else fail("KMS key: decrypts to other text", "use another key")


def _sealing(text: str) -> CheckLine:
    try:
        return ok(f"sealing keys: {len(parse_keys(text))}")
    except ValueError as error:
        return fail(f"sealing keys: {error}", "approvals key new sealing")


def _api(settings: Settings) -> CheckLine:
    if settings.api_auth == "iam":
        return ok("API keys: not needed, callers authenticate by IAM")
    count = len(settings.api_keys)
    if count == 1:
        fix = "approvals key new api --name NAME --scope submit"
        return warn("API keys: only one, so it cannot be rotated without downtime", fix)
    return ok(f"API keys: {count or 'none, so the API is closed'}")
