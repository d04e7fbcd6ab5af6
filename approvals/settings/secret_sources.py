"""Where the text of a setting comes from: its variable, or for secrets a file (NAME_FILE) or AWS (NAME_ARN).

What is raised is a ValueError, to be read after the variable's name; it never shows the text.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

Fetch = Callable[[str], str]
"""Gives the text of a secret by its ARN. Raises ValueError."""
WAYS = ("_FILE", "_ARN")


def given(environ: Mapping[str, str], name: str, *, fetch: Fetch | None) -> str:
    """The text of a secret setting, from the one way in which it is given."""
    direct, path, arn = (environ.get(name + way, "") for way in ("", *WAYS))
    if path:
        if direct or arn:
            raise ValueError(f"is given twice, also as {name}_FILE")
        return _in_file(path)
    if not arn:
        return direct
    if direct:
        raise ValueError(f"is given twice, also as {name}_ARN")
    return _fetched(arn, fetch)


def database(environ: Mapping[str, str], name: str, *, fetch: Fetch | None) -> str:
    """The same for the database, whose secret may be JSON as RDS writes it: alone, or beside a URL without password."""
    address, arn = environ.get(name, ""), environ.get(f"{name}_ARN", "")
    if not arn or environ.get(f"{name}_FILE"):
        return given(environ, name, fetch=fetch)
    secret = _fetched(arn, fetch)
    if secret.startswith("{"):
        return _with_login(_login(secret), address)
    if address:
        raise ValueError(f"is given twice, also as {name}_ARN, whose secret is not JSON with username and password")
    return secret


def _in_file(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"cannot be read from its file {path}: {error.strerror}") from None


def _fetched(arn: str, fetch: Fetch | None) -> str:
    if fetch is None:
        raise ValueError(f"cannot be read from {arn} here: secrets of AWS are read by the gateway itself")
    return fetch(arn).strip()


def _login(secret: str) -> dict[str, Any]:
    try:
        login = json.loads(secret)
    except ValueError:
        raise ValueError("has a secret that begins like JSON and is none") from None
    if not (login.get("username") and login.get("password")):
        raise ValueError("has a JSON secret without username and password")
    return dict(login)


def _with_login(login: dict[str, Any], address: str) -> str:
    """The URL of the database; where the secret names no host, `address` must."""
    user, password = (quote(str(login[name]), safe="") for name in ("username", "password"))
    if address:
        parts = urlsplit(address)
        return parts._replace(netloc=f"{user}:{password}@{parts.netloc.rpartition('@')[2]}").geturl()
    if not login.get("host"):
        raise ValueError("has a secret without host: give postgresql+psycopg://HOST/NAME?sslmode=require beside it")
    place = f"{login['host']}:{login.get('port', 5432)}/{login.get('dbname', 'approvals')}"
    return f"postgresql+psycopg://{user}:{password}@{place}?sslmode=require"
