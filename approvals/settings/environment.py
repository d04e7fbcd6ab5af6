"""Settings: every environment variable, parsed once; what is unknown, missing or malformed is refused by its name.

docs/reference/settings.md documents each; a test holds it against this class.
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
from approvals.settings import parsers as kinds
from approvals.settings import secret_sources as sources
from approvals.settings import slack as slack_settings

PREFIX = "APPROVALS_"
KEYS_MEND = "`approvals key new` makes keys, `approvals serve` a whole approvals.env"
EMBEDDED_DATABASE = "sqlite:///approvals.db"


def _setting(parse: Callable[[str], Any], *, default: Any = None, required: bool = False, secret: bool = False) -> Any:
    return field(
        default=default, repr=not secret, metadata={"parse": parse, "required": required, "secret": secret}
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings. `database_url` is the variable APPROVALS_DATABASE_URL; secrets also take NAME_FILE or NAME_ARN."""

    database_url: str = _setting(kinds.database, default=EMBEDDED_DATABASE, secret=True)
    database_iam: bool = _setting(kinds.flag, default=False)
    public_url: str = _setting(kinds.url, default="http://127.0.0.1:8000")
    signing_keys: tuple[str, ...] = _setting(kinds.keys, required=True, secret=True)
    sealing_keys: str = _setting(str, default="", secret=True)
    kms_key_id: str = _setting(str, default="")
    api_keys: tuple[ApiKey, ...] = _setting(parse_entries, default=(), secret=True)
    api_auth: str = _setting(kinds.one_of("keys", "iam"), default="keys")
    sns_topics: tuple[str, ...] = _setting(kinds.topic_arns, default=())
    activities: tuple[str, ...] = _setting(kinds.activity_arns, default=())
    queue_url: str = _setting(str, default="")
    directory: str = _setting(str, default="")
    mail_url: str = _setting(str, default="", secret=True)
    mail_from: str = _setting(str, default="")
    slack_tokens: dict[str, str] | None = _setting(slack_settings.tokens, default=None, secret=True)
    slack_signing_secrets: tuple[str, ...] = _setting(slack_settings.signing_secrets, default=(), secret=True)
    slack_app_token: str = _setting(slack_settings.app_token, default="", secret=True)
    slack_api_url: str = _setting(slack_settings.api_url, default=slack_settings.SLACK_API)
    slack_match_email: bool = _setting(kinds.flag, default=False)
    aws_region: str = _setting(str, default="")
    assume_roles: dict[str, str] | None = _setting(kinds.mapping, default=None)
    default_timeout: timedelta = _setting(duration, default=timedelta(days=7))
    digest_window: timedelta = _setting(kinds.window, default=timedelta(seconds=10))
    heartbeat: timedelta = _setting(duration, default=timedelta(minutes=20))
    least_margin: timedelta = _setting(duration, default=timedelta(seconds=5))
    link_lifetime: timedelta = _setting(duration, default=timedelta(days=7))
    token_retention: timedelta = _setting(duration, default=timedelta(days=7))
    plain_http_links: bool = _setting(kinds.flag, default=False)
    listen: str = _setting(kinds.listen, default="127.0.0.1:8000")
    web_processes: int = _setting(kinds.number, default=1)
    web_threads: int = _setting(kinds.number, default=8)
    trusted_proxies: int = _setting(kinds.number, default=0)
    delivery_threads: int = _setting(kinds.number, default=16)
    sweep_seconds: int = _setting(kinds.number, default=1)
    log_format: str = _setting(kinds.one_of("text", "json"), default="text")
    log_level: str = _setting(kinds.one_of("debug", "info", "warning", "error"), default="info")
    metrics_namespace: str = _setting(str, default="Approvals")

    @classmethod
    def from_env(cls, environ: Mapping[str, str], *, fetch: sources.Fetch | None = None) -> "Settings":
        """Raises Misconfigured with every fault, one a line, each naming its variable and the mend.

        `fetch` gives the text of a secret by its ARN.
        """
        values, problems = {}, list(_unknown(environ))
        for setting in fields(cls):
            try:
                text = _given(environ, setting.name, secret=setting.metadata["secret"], fetch=fetch)
                if text:
                    values[setting.name] = setting.metadata["parse"](text)
                elif setting.metadata["required"]:
                    problems.append(f"{variable(setting.name)} is required; {KEYS_MEND}")
            except (ValueError, OSError) as error:
                problems.append(f"{variable(setting.name)} {error}")
        problems += _conflicts(values)
        if problems:
            raise Misconfigured("\n".join(problems))
        return cls(**_here(values))


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def environment() -> dict[str, str]:
    """The process's environment: the only place that reads it."""
    return dict(os.environ)


def _given(environ: Mapping[str, str], name: str, *, secret: bool, fetch: sources.Fetch | None) -> str:
    if not secret:
        return environ.get(variable(name), "")
    way = sources.database if name == "database_url" else sources.given
    return way(environ, variable(name), fetch=fetch)


def _unknown(environ: Mapping[str, str]) -> list[str]:
    """Misspelt variables, each with what was probably meant."""
    known = {variable(setting.name) for setting in fields(Settings)}
    secret = [variable(setting.name) for setting in fields(Settings) if setting.metadata["secret"]]
    known |= {name + way for name in secret for way in sources.WAYS}
    strange = sorted(name for name in environ if name.startswith(PREFIX) and name not in known | _FOREIGN)
    return [f"{name} is no setting{_meant(name, known)}" for name in strange]


_FOREIGN = frozenset({"APPROVALS_TEST_DATABASE_URL"})


def _meant(name: str, known: set[str]) -> str:
    """The prefix, which all of them share, makes none alike."""
    ends = [each.removeprefix(PREFIX) for each in known]
    near = difflib.get_close_matches(name.removeprefix(PREFIX), ends, n=1)
    return f"; did you mean {PREFIX}{near[0]}?" if near else "; see docs/reference/settings.md"


def _here(values: dict[str, Any]) -> dict[str, Any]:
    """A gateway that listens for this machine alone is reached where it listens."""
    listen = values.get("listen", "")
    alone = listen.rpartition(":")[0] in ("127.0.0.1", "localhost", "[::1]")
    return {"public_url": f"http://{listen}", **values} if alone else values


def _conflicts(values: Mapping[str, Any]) -> list[str]:
    """What is wrong only together."""
    problems = []
    if bool(values.get("sealing_keys")) == bool(values.get("kms_key_id")):
        problems.append("APPROVALS_SEALING_KEYS or APPROVALS_KMS_KEY_ID is required, and only one of them")
    if values.get("mail_url") and not values.get("mail_from"):
        problems.append("APPROVALS_MAIL_FROM is required with APPROVALS_MAIL_URL: the address mails come from")
    if values.get("database_iam") and not values.get("database_url", "").startswith("postgresql"):
        problems.append("APPROVALS_DATABASE_IAM needs APPROVALS_DATABASE_URL: postgresql+psycopg://USER@HOST/NAME")
    return problems + slack_settings.conflicts(values)
