"""Key checks: present, hard to guess, and ready for rotation. No part of a key is shown."""

from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError

from approvals.adapters.aws.clients import Clients
from approvals.adapters.security.token_vault import Kms, parse_keys
from approvals.entrypoints.doctor.result import CheckLine, aws_failure, code_of, fail, ok, warn
from approvals.settings.environment import Settings

LEAST_VARIETY = 10
_PROBE = "approvals-doctor"
_KEY_STATES = {
    "DisabledException": ("is disabled, so no workflow gets its answer", "aws kms enable-key --key-id KEY"),
    "KMSInvalidStateException": ("is in a state in which it cannot be used", "aws kms describe-key --key-id KEY"),
    "NotFoundException": ("does not exist", "fix APPROVALS_KMS_KEY_ID, or the Region"),
}
_PENDING_DELETION = "pending deletion"
_KEEP = "aws kms cancel-key-deletion --key-id KEY, then aws kms enable-key --key-id KEY, before what waits is lost"


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
        yield _kms_failure("encrypt", error)
        return
    try:
        opened = vault.open(sealed, approval_id=_PROBE)
    except (ClientError, BotoCoreError) as error:
        yield _kms_failure("decrypt", error)
        return
    right = opened == _PROBE
    yield ok("KMS key: encrypts and decrypts") if right else fail("KMS key: decrypts to other text", "use another key")


def _kms_failure(verb: str, error: ClientError | BotoCoreError) -> CheckLine:
    code = code_of(error)
    if _PENDING_DELETION in str(error):
        return fail("KMS key: is pending deletion; then no workflow can ever get its answer", _KEEP)
    if code in _KEY_STATES:
        what, fix = _KEY_STATES[code]
        return fail(f"KMS key: {what}", fix)
    return aws_failure(f"KMS key: cannot {verb}", error, permission=f"kms:{verb.capitalize()} on the key")


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
