"""Settings: every environment variable, parsed once. Unknown, missing and malformed ones are reported by name.

docs/reference/settings.md documents each; a test compares it with this class.
"""

import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any

from approvals.domain.api_keys import ApiKey, parse_entries
from approvals.domain.model.errors import Misconfigured
from approvals.domain.values import duration
from approvals.settings import parsers, secret_sources, slack

PREFIX = "APPROVALS_"
KEYS_FIX = "`approvals key new` creates keys, `approvals serve` a complete approvals.env"
EMBEDDED_DATABASE = "sqlite:///approvals.db"


def _setting(parse: Callable[[str], Any], *, default: Any = None, required: bool = False, secret: bool = False) -> Any:
    return field(
        default=default, repr=not secret, metadata={"parse": parse, "required": required, "secret": secret}
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings. `database_url` is the variable APPROVALS_DATABASE_URL; secrets accept NAME_FILE or NAME_ARN."""

    database_url: str = _setting(parsers.database, default=EMBEDDED_DATABASE, secret=True)
    database_iam: bool = _setting(parsers.flag, default=False)
    database_pooler: str = _setting(parsers.one_of("none", "transaction"), default="none")
    public_url: str = _setting(parsers.url, default="http://127.0.0.1:8000")
    signing_keys: tuple[str, ...] = _setting(parsers.keys, required=True, secret=True)
    sealing_keys: str = _setting(str, default="", secret=True)
    kms_key_id: str = _setting(str, default="")
    api_keys: tuple[ApiKey, ...] = _setting(parse_entries, default=(), secret=True)
    api_auth: str = _setting(parsers.one_of("keys", "iam"), default="keys")
    callbacks: str = _setting(parsers.one_of("aws", "console:"), default="aws")
    sns_topics: tuple[str, ...] = _setting(parsers.topic_arns, default=())
    activities: tuple[str, ...] = _setting(parsers.activity_arns, default=())
    queue_url: str = _setting(str, default="")
    directory: str = _setting(str, default="")
    mail_url: str = _setting(str, default="", secret=True)
    mail_from: str = _setting(str, default="")
    mail_reply_to: str = _setting(str, default="")
    slack_tokens: dict[str, str] | None = _setting(slack.tokens, default=None, secret=True)
    slack_signing_secrets: tuple[str, ...] = _setting(slack.signing_secrets, default=(), secret=True)
    slack_app_token: str = _setting(slack.app_token, default="", secret=True)
    slack_api_url: str = _setting(slack.api_url, default=slack.SLACK_API)
    slack_match_email: bool = _setting(parsers.flag, default=False)
    aws_region: str = _setting(str, default="")
    assume_roles: dict[str, str] | None = _setting(parsers.mapping, default=None)
    default_timeout: timedelta = _setting(duration, default=timedelta(days=7))
    digest_window: timedelta = _setting(parsers.window, default=timedelta(seconds=10))
    heartbeat: timedelta = _setting(duration, default=timedelta(minutes=20))
    least_margin: timedelta = _setting(duration, default=timedelta(seconds=5))
    link_lifetime: timedelta = _setting(duration, default=timedelta(days=7))
    token_retention: timedelta = _setting(duration, default=timedelta(days=7))
    retention: timedelta | None = _setting(duration, default=None)
    retention_export: str = _setting(parsers.archive, default="")
    plain_http_links: bool = _setting(parsers.flag, default=False)
    listen: str = _setting(parsers.listen, default="127.0.0.1:8000")
    web_processes: int = _setting(parsers.number, default=1)
    web_threads: int = _setting(parsers.number, default=8)
    request_timeout: timedelta = _setting(duration, default=timedelta(seconds=10))
    trusted_proxies: int = _setting(parsers.number, default=0)
    delivery_threads: int = _setting(parsers.number, default=16)
    sweep_seconds: int = _setting(parsers.number, default=1)
    log_format: str = _setting(parsers.one_of("text", "json"), default="text")
    log_level: str = _setting(parsers.one_of("debug", "info", "warning", "error"), default="info")
    access_log: bool = _setting(parsers.flag, default=True)
    metrics_listen: str = _setting(parsers.port, default="")
    metrics_namespace: str = _setting(str, default="Approvals")

    @classmethod
    def from_env(cls, environ: Mapping[str, str], *, fetch: secret_sources.FetchSecret | None = None) -> "Settings":
        """Parse the environment. Raises Misconfigured with all problems, one a line, each with its variable and fix.

        `fetch` returns the text of a secret by its ARN.
        """
        values, problems = {}, list(_unknown(environ))
        for setting in fields(cls):
            try:
                text = _given(environ, setting.name, secret=setting.metadata["secret"], fetch=fetch)
                if text:
                    values[setting.name] = setting.metadata["parse"](text)
                elif setting.metadata["required"]:
                    problems.append(f"{variable(setting.name)} is required; {KEYS_FIX}")
            except (ValueError, OSError) as error:
                problems.append(f"{variable(setting.name)} {error}")
        problems += _conflicts(values)
        if problems:
            raise Misconfigured("\n".join(problems))
        return cls(**_here({"aws_region": _region(environ), **values}))


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + name.upper()


def environment() -> dict[str, str]:
    """Return the environment of the process; nothing else reads it."""
    return dict(os.environ)


def export(name: str, value: str) -> None:
    """Set a variable for a library that takes this setting in no other way."""
    os.environ[name] = value


def _given(environ: Mapping[str, str], name: str, *, secret: bool, fetch: secret_sources.FetchSecret | None) -> str:
    if not secret:
        return environ.get(variable(name), "")
    way = secret_sources.database if name == "database_url" else secret_sources.given
    return way(environ, variable(name), fetch=fetch)


def _unknown(environ: Mapping[str, str]) -> list[str]:
    """Return a problem for each unknown variable, with the most similar known one."""
    known = {variable(setting.name) for setting in fields(Settings)}
    secret = [variable(setting.name) for setting in fields(Settings) if setting.metadata["secret"]]
    known |= {name + way for name in secret for way in secret_sources.WAYS}
    strange = sorted(name for name in environ if name.startswith(PREFIX) and name not in known | _FOREIGN)
    return [f"{name} is not a setting{_meant(name, known)}" for name in strange]


_FOREIGN = frozenset({"APPROVALS_TEST_DATABASE_URL"})


def _meant(name: str, known: set[str]) -> str:
    """Return a suggestion. Names are compared without the prefix, which would make all of them similar."""
    ends = [each.removeprefix(PREFIX) for each in known]
    near = difflib.get_close_matches(name.removeprefix(PREFIX), ends, n=1)
    return f"; did you mean {PREFIX}{near[0]}?" if near else "; see docs/reference/settings.md"


def _region(environ: Mapping[str, str]) -> str:
    """Return the Region of AWS's own variables. botocore reads the second only, and AWS's other tools the first."""
    return environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION", "")


def _here(values: dict[str, Any]) -> dict[str, Any]:
    """Default the public URL to the listening address, if it is a loopback address."""
    listen = values.get("listen", "")
    return {"public_url": f"http://{listen}", **values} if parsers.listens_on_loopback(listen) else values


def _conflicts(values: Mapping[str, Any]) -> list[str]:
    """Return the problems of settings that contradict each other."""
    problems = []
    if bool(values.get("sealing_keys")) == bool(values.get("kms_key_id")):
        problems.append("APPROVALS_SEALING_KEYS or APPROVALS_KMS_KEY_ID is required, and only one of them")
    if values.get("mail_url") and not values.get("mail_from"):
        problems.append("APPROVALS_MAIL_FROM is required with APPROVALS_MAIL_URL: the sender's address")
    if values.get("database_iam") and not values.get("database_url", "").startswith("postgresql"):
        problems.append("APPROVALS_DATABASE_IAM needs APPROVALS_DATABASE_URL: postgresql+psycopg://USER@HOST/NAME")
    return problems + _retention_conflicts(values) + _metrics_conflicts(values) + slack.conflicts(values)


def _retention_conflicts(values: Mapping[str, Any]) -> list[str]:
    """Return the problems of the retention time: nothing is deleted by mistake."""
    kept_for, least = values.get("retention"), values.get("token_retention", Settings.token_retention)
    if kept_for is None:
        return ["APPROVALS_RETENTION is required with APPROVALS_RETENTION_EXPORT"] * bool(
            values.get("retention_export")
        )
    problems = []
    if kept_for < least:
        problems.append("APPROVALS_RETENTION must be as long as APPROVALS_TOKEN_RETENTION at least")
    if not values.get("retention_export"):
        problems.append(
            "APPROVALS_RETENTION_EXPORT is required with APPROVALS_RETENTION: a folder, s3://BUCKET/PREFIX, or none to"
            " delete without a copy"
        )
    return problems


def _metrics_conflicts(values: Mapping[str, Any]) -> list[str]:
    """Return the problem of metrics that other machines could read without a key."""
    listen = values.get("metrics_listen", "")
    keys: tuple[ApiKey, ...] = values.get("api_keys", ())
    if not listen or parsers.listens_on_loopback(listen) or any(key.scopes & {"metrics", "admin"} for key in keys):
        return []
    fix = "`approvals key new api --name prometheus --scope metrics`), or listen on 127.0.0.1"
    return [f"APPROVALS_METRICS_LISTEN is not for this machine alone: add a key to APPROVALS_API_KEYS ({fix}"]
