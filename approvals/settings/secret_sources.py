"""Sources of a setting's text: its variable, or for secrets a file (NAME_FILE) or AWS (NAME_ARN).

Each raises ValueError, whose text continues after the variable's name and never contains the secret.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

FetchSecret = Callable[[str], str]
"""Returns the text of a secret by its ARN. Raises ValueError."""
WAYS = ("_FILE", "_ARN")


def given(environ: Mapping[str, str], name: str, *, fetch: FetchSecret | None) -> str:
    """Return the text of a secret setting from its only source."""
    direct, path, arn = (environ.get(name + way, "") for way in ("", *WAYS))
    if path:
        if direct or arn:
            raise ValueError(f"is set twice, also as {name}_FILE")
        return _in_file(path)
    if not arn:
        return direct
    if direct:
        raise ValueError(f"is set twice, also as {name}_ARN")
    return _fetched(arn, fetch)


def database(environ: Mapping[str, str], name: str, *, fetch: FetchSecret | None) -> str:
    """Return the database's URL; its secret may be the JSON that RDS writes, alone or with a URL without password."""
    address, arn = environ.get(name, ""), environ.get(f"{name}_ARN", "")
    if not arn or environ.get(f"{name}_FILE"):
        return given(environ, name, fetch=fetch)
    secret = _fetched(arn, fetch)
    if secret.startswith("{"):
        return _with_login(_login(secret), address)
    if address:
        raise ValueError(f"is set twice, also as {name}_ARN, whose secret is not JSON with username and password")
    return secret


def _in_file(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"cannot be read from its file {path}: {error.strerror}") from None


def _fetched(arn: str, fetch: FetchSecret | None) -> str:
    if fetch is None:
        raise ValueError(f"cannot be read from {arn} here: only the gateway itself reads secrets of AWS")
    return fetch(arn).strip()


def _login(secret: str) -> dict[str, Any]:
    try:
        login = json.loads(secret)
    except ValueError:
        raise ValueError("has a secret that begins like JSON but is not valid JSON") from None
    if not (login.get("username") and login.get("password")):
        raise ValueError("has a JSON secret without username and password")
    return dict(login)


def _with_login(login: dict[str, Any], address: str) -> str:
    """Return the URL of the database; without a host in the secret, `address` has it."""
    user, password = (quote(str(login[name]), safe="") for name in ("username", "password"))
    if address:
        parts = urlsplit(address)
        return parts._replace(netloc=f"{user}:{password}@{parts.netloc.rpartition('@')[2]}").geturl()
    if not login.get("host"):
        raise ValueError(
            "has a secret without host: also set APPROVALS_DATABASE_URL=postgresql+psycopg://HOST/NAME?sslmode=require"
        )
    place = f"{login['host']}:{login.get('port', 5432)}/{login.get('dbname', 'approvals')}"
    return f"postgresql+psycopg://{user}:{password}@{place}?sslmode=require"
