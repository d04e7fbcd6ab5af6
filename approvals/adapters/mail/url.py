"""Parse the mail URL: smtp://, smtps:// or ses://. Errors name the problem and never show the password."""

from typing import Literal, get_args
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import msgspec

from approvals.domain.model.errors import Misconfigured
from approvals.domain.web_addresses import is_loopback
from approvals.presentation.lists import listed

Encryption = Literal["tls", "required", "optional", "no"]
_STARTTLS = ("required", "optional", "no")
_FORMS = (
    "smtp://user:password@host:587, smtp://host:25?starttls=required|optional|no, smtps://user:password@host:465,"
    " or ses://eu-central-1"
)


class SmtpServer(msgspec.Struct, frozen=True, kw_only=True):
    """`encryption` is TLS from the first byte, or whether STARTTLS must, may or shall not be used."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    encryption: Encryption = "required"

    def __repr__(self) -> str:
        return f"SmtpServer({self.host}:{self.port}, {self.encryption})"


class SesService(msgspec.Struct, frozen=True, kw_only=True):
    """SES in one Region, or in the deployment's own."""

    region: str | None = None
    configuration_set: str | None = None


def parse_mail_url(text: str) -> SmtpServer | SesService:
    """Parse the mail URL. Raises Misconfigured."""
    try:
        parts = urlsplit(text.strip())
        options = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        port = parts.port
    except ValueError:
        raise Misconfigured(f"the mail URL cannot be read; write {_FORMS}") from None
    if parts.scheme == "ses":
        return _ses(parts, options)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/"):
        raise Misconfigured(f"the mail URL must look like {_FORMS}")
    return _smtp(parts, port, options)


def _ses(parts: SplitResult, options: dict[str, str]) -> SesService:
    _only({"configuration-set"}, options)
    return SesService(region=parts.hostname, configuration_set=options.get("configuration-set"))


def _smtp(parts: SplitResult, port: int | None, options: dict[str, str]) -> SmtpServer:
    host = parts.hostname or ""
    encryption = _encryption(parts.scheme, host, options)
    usual = 465 if encryption == "tls" else 587 if parts.username else 25
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if user and encryption in ("optional", "no") and not is_loopback(host):
        raise Misconfigured("the mail URL would send a password without encryption; leave starttls out or use smtps://")
    return SmtpServer(host=host, port=port or usual, user=user, password=password, encryption=encryption)


def _encryption(scheme: str, host: str, options: dict[str, str]) -> Encryption:
    if scheme == "smtps":
        _only(set(), options)
        return "tls"
    _only({"starttls"}, options)
    chosen = options.get("starttls", "optional" if is_loopback(host) else "required")
    if chosen not in _STARTTLS:
        raise Misconfigured(f"starttls in the mail URL is one of {listed([*_STARTTLS], word='or')}")
    return next(word for word in get_args(Encryption) if word == chosen)


def _only(known: set[str], options: dict[str, str]) -> None:
    for name in options.keys() - known:
        raise Misconfigured(
            f"the mail URL has an option “{name}”; known are: {listed(sorted(known), cut=99, nobody='none')}"
        )
