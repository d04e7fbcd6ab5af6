"""Settings: every environment variable, parsed once; what is unknown, missing or malformed is refused by its name.

docs/settings.md documents each; a test holds it against this class.
"""

import difflib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from approvals import slack_settings, sources
from approvals.domain.api_keys import ApiKey, parse_entries
from approvals.domain.errors import Misconfigured
from approvals.domain.values import duration

PREFIX = "APPROVALS_"
KEYS_MEND = "`approvals key new` makes keys, `approvals serve` a whole approvals.env"
EMBEDDED_DATABASE = "sqlite:///approvals.db"


def _setting(parse: Callable[[str], Any], *, default: Any = None, required: bool = False, secret: bool = False) -> Any:
    return field(
        default=default, repr=not secret, metadata={"parse": parse, "required": required, "secret": secret}
    )  # fmt: skip


def _text(text: str) -> str:
    return text


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError('must be "true" or "false"')
    return text == "true"


def _number(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("must be a whole number")
    return int(text)


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an address such as https://approvals.example.com")
    return text.rstrip("/")


def _database(text: str) -> str:
    """With the driver that we use, which nobody writes elsewhere. The text is a secret: no fault repeats it."""
    scheme, _, rest = text.partition("://")
    place = rest.rpartition("@")[2].partition("/")[0]
    if scheme in ("postgres", "postgresql", "postgresql+psycopg") and _HOST.fullmatch(place):
        return f"postgresql+psycopg://{rest}"
    if text.startswith("sqlite:///"):
        return text
    raise ValueError("must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/NAME")


_HOST = re.compile(r"([^:\[\]]*|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?")


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return text

    return parse


def _keys(text: str) -> tuple[str, ...]:
    keys = _list(text)
    if any(len(key) < 32 for key in keys):
        raise ValueError("every key needs at least 32 characters; `approvals key new signing` makes one")
    return keys


def _arns(begins: str, *, example: str) -> Callable[[str], tuple[str, ...]]:
    wanted = re.compile(rf"arn:aws[a-z-]*:{begins}[^\s:]+")

    def parse(text: str) -> tuple[str, ...]:
        found = _list(text)
        if strange := [arn for arn in found if not wanted.fullmatch(arn)]:
            raise ValueError(f"must be ARNs such as {example}, comma separated; “{strange[0]}” is none")
        return found

    return parse


_topic_arns = _arns(r"sns:[a-z0-9-]+:\d{12}:", example="arn:aws:sns:REGION:123456789012:NAME")
activity_arns = _arns(r"states:[a-z0-9-]+:\d{12}:activity:", example="arn:aws:states:REGION:123456789012:activity:NAME")


def _window(text: str) -> timedelta:
    """Elsewhere a duration of nothing means nothing; here it means none."""
    window = timedelta(0) if text == "0s" else duration(text)
    if window > timedelta(hours=1):
        raise ValueError("must be at most 1h: for so long nobody would be asked")
    return window


def _listen(text: str) -> str:
    found = _TCP.fullmatch(text)
    if _OPENED.fullmatch(text) or (found and int(found["port"]) < 1 << 16):
        return text
    raise ValueError(f"must be HOST:PORT, such as 127.0.0.1:8000, or unix:PATH, or fd://NUMBER, and is {text!r}")


_TCP = re.compile(r"([^:\[\]/\s]+|\[[0-9a-fA-F:.]+\]):(?P<port>[0-9]{1,5})")
_OPENED = re.compile(r"unix:\S+|fd://[0-9]{1,5}")


def _mapping(text: str) -> dict[str, str]:
    pairs = [entry.partition("=") for entry in _list(text)]
    if not all(key and value for key, _, value in pairs):
        raise ValueError("must read ACCOUNT=ROLE_ARN,ACCOUNT=ROLE_ARN")
    return {key: value for key, _, value in pairs}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings. `database_url` is the variable APPROVALS_DATABASE_URL; secrets also take NAME_FILE or NAME_ARN."""

    database_url: str = _setting(_database, default=EMBEDDED_DATABASE, secret=True)
    database_iam: bool = _setting(_flag, default=False)
    public_url: str = _setting(_url, default="http://127.0.0.1:8000")
    signing_keys: tuple[str, ...] = _setting(_keys, required=True, secret=True)
    sealing_keys: str = _setting(_text, default="", secret=True)
    kms_key_id: str = _setting(_text, default="")
    api_keys: tuple[ApiKey, ...] = _setting(parse_entries, default=(), secret=True)
    api_auth: str = _setting(_one_of("keys", "iam"), default="keys")
    sns_topics: tuple[str, ...] = _setting(_topic_arns, default=())
    activities: tuple[str, ...] = _setting(activity_arns, default=())
    queue_url: str = _setting(_text, default="")
    directory: str = _setting(_text, default="")
    mail_url: str = _setting(_text, default="", secret=True)
    mail_from: str = _setting(_text, default="")
    slack_tokens: dict[str, str] | None = _setting(slack_settings.tokens, default=None, secret=True)
    slack_signing_secrets: tuple[str, ...] = _setting(slack_settings.signing_secrets, default=(), secret=True)
    slack_app_token: str = _setting(slack_settings.app_token, default="", secret=True)
    slack_api_url: str = _setting(slack_settings.api_url, default=slack_settings.SLACK_API)
    slack_match_email: bool = _setting(_flag, default=False)
    aws_region: str = _setting(_text, default="")
    assume_roles: dict[str, str] | None = _setting(_mapping, default=None)
    default_timeout: timedelta = _setting(duration, default=timedelta(days=7))
    digest_window: timedelta = _setting(_window, default=timedelta(seconds=10))
    heartbeat: timedelta = _setting(duration, default=timedelta(minutes=20))
    least_margin: timedelta = _setting(duration, default=timedelta(seconds=5))
    link_lifetime: timedelta = _setting(duration, default=timedelta(days=7))
    token_retention: timedelta = _setting(duration, default=timedelta(days=7))
    plain_http_links: bool = _setting(_flag, default=False)
    listen: str = _setting(_listen, default="127.0.0.1:8000")
    web_processes: int = _setting(_number, default=1)
    web_threads: int = _setting(_number, default=8)
    trusted_proxies: int = _setting(_number, default=0)
    delivery_threads: int = _setting(_number, default=16)
    sweep_seconds: int = _setting(_number, default=1)
    log_format: str = _setting(_one_of("text", "json"), default="text")
    log_level: str = _setting(_one_of("debug", "info", "warning", "error"), default="info")
    metrics_namespace: str = _setting(_text, default="Approvals")

    @classmethod
    def from_env(cls, environ: Mapping[str, str], *, fetch: sources.Fetch | None = None) -> "Settings":
        """Raises Misconfigured with every fault, one a line, each naming its variable and the mend.

        `fetch` gives the text of a secret by its ARN.
        """
        values, faults = {}, list(_unknown(environ))
        for setting in fields(cls):
            try:
                text = _given(environ, setting.name, secret=setting.metadata["secret"], fetch=fetch)
                if text:
                    values[setting.name] = setting.metadata["parse"](text)
                elif setting.metadata["required"]:
                    faults.append(f"{variable(setting.name)} is required; {KEYS_MEND}")
            except (ValueError, OSError) as error:
                faults.append(f"{variable(setting.name)} {error}")
        faults += _conflicts(values)
        if faults:
            raise Misconfigured("\n".join(faults))
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
    return f"; did you mean {PREFIX}{near[0]}?" if near else "; see docs/settings.md"


def _here(values: dict[str, Any]) -> dict[str, Any]:
    """A gateway that listens for this machine alone is reached where it listens."""
    listen = values.get("listen", "")
    alone = listen.rpartition(":")[0] in ("127.0.0.1", "localhost", "[::1]")
    return {"public_url": f"http://{listen}", **values} if alone else values


def _conflicts(values: Mapping[str, Any]) -> list[str]:
    """What is wrong only together."""
    faults = []
    if bool(values.get("sealing_keys")) == bool(values.get("kms_key_id")):
        faults.append("APPROVALS_SEALING_KEYS or APPROVALS_KMS_KEY_ID is required, and only one of them")
    if values.get("mail_url") and not values.get("mail_from"):
        faults.append("APPROVALS_MAIL_FROM is required with APPROVALS_MAIL_URL: the address mails come from")
    if values.get("database_iam") and not values.get("database_url", "").startswith("postgresql"):
        faults.append("APPROVALS_DATABASE_IAM needs APPROVALS_DATABASE_URL: postgresql+psycopg://USER@HOST/NAME")
    return faults + slack_settings.conflicts(values)
