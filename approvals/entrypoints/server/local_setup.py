"""Start without set-up: keys are created once and kept in approvals.env, next to the embedded database."""

import base64
import secrets
from collections.abc import Mapping
from pathlib import Path

from approvals.domain.api_keys import SCOPES, entry
from approvals.settings.environment import PREFIX

ENV_FILE = "approvals.env"
API_KEY_PREFIX = "apk_"
_HEAD = """\
# Created by approvals for this folder. It contains secrets: keep it private and out of version control.
# Every line is a setting (docs/reference/settings.md); environment variables override it.
"""


def new_signing_key() -> str:
    return secrets.token_urlsafe(48)


def new_sealing_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def new_api_key() -> str:
    return API_KEY_PREFIX + secrets.token_urlsafe(32)


def with_env_file(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the environment, completed by approvals.env if it exists."""
    path = folder / ENV_FILE
    return {**_read(path), **environ} if path.is_file() else dict(environ)


def ensure_env_file(environ: Mapping[str, str], folder: Path) -> tuple[dict[str, str], str | None]:
    """Return the completed environment; create approvals.env first if nothing is configured, and return its API key.

    The file is created for the embedded database only: with another database the operator configures the keys.
    """
    merged = with_env_file(environ, folder)
    if _is_configured(merged):
        return merged, None
    api_key = new_api_key()
    _write(folder / ENV_FILE, _new_settings(api_key))
    return with_env_file(environ, folder), api_key


def preview_environment(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the completed environment, with temporary keys if nothing is configured; no file is created."""
    merged = with_env_file(environ, folder)
    return merged if _is_configured(merged) else {**_new_settings(new_api_key()), **merged}


def _is_configured(environ: Mapping[str, str]) -> bool:
    return any(name.startswith(_CONFIGURED_BY) for name in environ)


def _new_settings(api_key: str) -> dict[str, str]:
    return {
        "APPROVALS_SIGNING_KEYS": new_signing_key(),
        "APPROVALS_SEALING_KEYS": new_sealing_key(),
        "APPROVALS_API_KEYS": entry("first", SCOPES, api_key),
        "APPROVALS_MAIL_URL": "console:",
        "APPROVALS_MAIL_FROM": "approvals@localhost.localdomain",
        "APPROVALS_DIGEST_WINDOW": "0s",  # on a first try each mail should appear at once
    }


_CONFIGURED_BY = tuple(PREFIX + name for name in ("DATABASE", "SIGNING_KEYS", "SEALING_KEYS", "KMS_KEY_ID", "API_KEYS"))
"""Any of these settings means that an operator has configured the gateway."""


def _read(path: Path) -> dict[str, str]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _write(path: Path, values: Mapping[str, str]) -> None:
    """Write the file; first its mode, so that the keys are never readable by others, even in a file that existed."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(_HEAD + "".join(f"{name}={value}\n" for name, value in values.items()), encoding="utf-8")
