"""Parsers of settings. Each raises ValueError with the fix and without the secret."""

import re
from collections.abc import Callable
from datetime import timedelta

from approvals.domain.values import duration
from approvals.domain.web_addresses import is_loopback, read_web_address


def comma_separated(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError('must be "true" or "false"')
    return text == "true"


def number(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("must be a whole number")
    return int(text)


def url(text: str) -> str:
    """Return the address in the form that mail programs make a link of: its host in ASCII."""
    try:
        address = read_web_address(text)
    except ValueError as error:
        raise ValueError(f"must be an address such as https://approvals.example.com; it {error}") from None
    path = address.rest.rstrip("/")
    if path and not _PATH.fullmatch(path):
        raise ValueError(
            "must be an address such as https://approvals.example.com/approvals, whose path has only letters, digits,"
            " “-”, “_”, “.” and “~”"
        )
    return f"{address.origin}{path}"


_PATH = re.compile(r"(/(?!\.\.?(/|$))[A-Za-z0-9_.~-]+)+")


def database(text: str) -> str:
    """Return the URL with the driver psycopg. No error repeats the text, because it contains a password."""
    scheme, _, rest = text.partition("://")
    place = rest.rpartition("@")[2].partition("/")[0]
    if scheme in ("postgres", "postgresql", "postgresql+psycopg") and _HOST.fullmatch(place):
        return f"postgresql+psycopg://{rest}"
    if text.startswith("sqlite:///"):
        return text
    raise ValueError("must be sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/NAME")


_HOST = re.compile(r"([^:\[\]]*|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?")


def one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return text

    return parse


def keys(text: str) -> tuple[str, ...]:
    keys = comma_separated(text)
    if any(len(key) < 32 for key in keys):
        raise ValueError("every key needs at least 32 characters; `approvals key new signing` makes one")
    return keys


def _arns(begins: str, *, example: str) -> Callable[[str], tuple[str, ...]]:
    wanted = re.compile(rf"arn:aws[a-z-]*:{begins}[^\s:]+")

    def parse(text: str) -> tuple[str, ...]:
        found = comma_separated(text)
        if strange := [arn for arn in found if not wanted.fullmatch(arn)]:
            raise ValueError(f"must be ARNs such as {example}, comma separated; “{strange[0]}” is not one")
        return found

    return parse


topic_arns = _arns(r"sns:[a-z0-9-]+:\d{12}:", example="arn:aws:sns:REGION:123456789012:NAME")
activity_arns = _arns(r"states:[a-z0-9-]+:\d{12}:activity:", example="arn:aws:states:REGION:123456789012:activity:NAME")


def window(text: str) -> timedelta:
    """Return the digest window; unlike other durations it can be 0s, which turns digests off."""
    window = timedelta(0) if text == "0s" else duration(text)
    if window > timedelta(hours=1):
        raise ValueError("must be at most 1h, because mails wait this long")
    return window


def archive(text: str) -> str:
    """Return the location of an archive: a folder, s3://BUCKET or s3://BUCKET/PREFIX, or none."""
    if text == "none" or text.startswith("/") or _BUCKET.fullmatch(text):
        return text
    raise ValueError("must be the absolute path of a folder, s3://BUCKET/PREFIX, or none to delete without a copy")


_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w!.*'()/-]*)?", re.ASCII)


def listen(text: str) -> str:
    if _OPENED.fullmatch(text) or _is_tcp(text):
        return text
    raise ValueError(f"must be HOST:PORT, such as 127.0.0.1:8000, unix:PATH, or fd://NUMBER, not {text!r}")


def port(text: str) -> str:
    if _is_tcp(text):
        return text
    raise ValueError(f"must be HOST:PORT, such as 127.0.0.1:9464, not {text!r}")


def _is_tcp(text: str) -> bool:
    found = _TCP.fullmatch(text)
    return found is not None and int(found["port"]) < 1 << 16


def listens_on_loopback(listen: str) -> bool:
    """Return whether HOST:PORT is reached from this machine alone."""
    return is_loopback(listen.rpartition(":")[0].strip("[]"))


_TCP = re.compile(r"([^:\[\]/\s]+|\[[0-9a-fA-F:.]+\]):(?P<port>[0-9]{1,5})")
_OPENED = re.compile(r"unix:\S+|fd://[0-9]{1,5}")


def mapping(text: str) -> dict[str, str]:
    pairs = [entry.partition("=") for entry in comma_separated(text)]
    if not all(key and value for key, _, value in pairs):
        raise ValueError("must read ACCOUNT=ROLE_ARN,ACCOUNT=ROLE_ARN")
    return {key: value for key, _, value in pairs}
