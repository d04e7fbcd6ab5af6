"""Checks of the public URL, the lifetime of links, and the directory file."""

import re
import secrets
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from http.client import HTTPException
from urllib.parse import urljoin, urlsplit

import msgspec

from approvals.adapters.aws.clients import Clients
from approvals.adapters.security.deployment_proof import proven
from approvals.domain.model.errors import Misconfigured
from approvals.domain.web_addresses import is_loopback, read_web_address
from approvals.entrypoints.doctor.result import CheckLine, fail, ok, warn
from approvals.entrypoints.http.health import OK, PROOF
from approvals.settings.environment import Settings

SECONDS = 5.0
MOST_BYTES = 1_000_000
NO_LINK = "/r/doctor"
FORWARD = "let the proxy forward every path and method below it, and give all processes this APPROVALS_PUBLIC_URL"
CHALLENGES = 4
UNPROVEN = "install this release in all processes, and let the proxy forward /.well-known/approvals"
OTHERS = "point APPROVALS_PUBLIC_URL to this deployment, or give its processes these APPROVALS_SIGNING_KEYS"
DIFFER = "give all processes the same APPROVALS_SIGNING_KEYS, or links of one are invalid in the other"
_STYLESHEET = re.compile(rb'<link rel="stylesheet" href="([^"]+)">')


def check(settings: Settings) -> Iterator[CheckLine]:
    yield _scheme(settings.public_url)
    yield _reachable(settings)


def lifetimes(settings: Settings) -> Iterator[CheckLine]:
    if settings.link_lifetime < settings.default_timeout:
        yield warn(
            "links: expire before the default deadline of an approval",
            "raise APPROVALS_LINK_LIFETIME to APPROVALS_DEFAULT_TIMEOUT, or let policies remind people",
        )
    else:
        yield ok("links: live as long as an approval by default")


def directory(settings: Settings, clients: Clients) -> Iterator[CheckLine]:
    if not settings.directory:
        return
    from approvals.adapters.directory.source import read_directory

    try:
        found = read_directory(settings.directory, clients=clients, region=settings.aws_region or None)
    except Misconfigured as error:
        for problem in str(error).splitlines():
            yield fail(f"directory: {problem.strip()}", "fix the file that APPROVALS_DIRECTORY names")
    else:
        yield ok(f"directory: {found.counted}")


def _scheme(url: str) -> CheckLine:
    parts = urlsplit(url)
    if parts.scheme == "https":
        return ok(f"public URL: {url}")
    if is_loopback(parts.hostname or ""):
        return warn(
            f"public URL: {url} can be reached from this machine only", "set APPROVALS_PUBLIC_URL to an https address"
        )
    return fail(f"public URL: {url} is not encrypted, and review links are secrets", "use https")


def _reachable(settings: Settings) -> CheckLine:
    """Open /healthz and a page at the public URL. No response is only a warning: some networks hide a machine's own
    address."""
    url = settings.public_url
    try:
        health = _fetch(f"{url}/healthz")
        if health.status != HTTPStatus.OK:
            return warn(f"public URL: /healthz answers {health.status}", "point the address to this gateway")
        if health.body != OK:
            return warn("public URL: something else answers there", "point the address to this gateway")
        return _page(url) or _ours(url, settings.signing_keys)
    except (OSError, HTTPException, ValueError) as error:
        reason = type(getattr(error, "reason", error)).__name__
        return warn(
            f"public URL: cannot be reached from here ({reason})", "start the gateway, or check from another network"
        )


def _page(url: str) -> CheckLine | None:
    """Open a page as a browser does, fetch its style, and send its form. The page of a bad link is one that needs no
    approval, and its form changes nothing."""
    page = _fetch(f"{url}{NO_LINK}")
    style = _STYLESHEET.search(page.body)
    if style is None:
        return fail(f"public URL: {NO_LINK} answers {page.status}, not with a page of the gateway", FORWARD)
    found = _fetch(urljoin(url, style[1].decode()))
    if found.status != HTTPStatus.OK or found.kind != "text/css":
        return fail(f"public URL: pages have no style: {style[1].decode()} answers {found.status}", FORWARD)
    sent = _fetch(f"{url}{NO_LINK}", b"option=none", {"Origin": read_web_address(url).origin})
    if (sent.status, sent.body) != (page.status, page.body):
        return fail(f"public URL: answers cannot be sent: POST {NO_LINK} answers {sent.status}", FORWARD)
    return None


def _ours(url: str, keys: Sequence[str]) -> CheckLine:
    """Challenge the processes behind the address to prove that they have a signing key of this deployment."""
    answers = [_proves(url, keys) for _ in range(CHALLENGES)]
    if None in answers:
        return warn("public URL: leads to a gateway that cannot prove to be of this deployment", UNPROVEN)
    if not any(answers):
        return fail("public URL: leads to another deployment, or to processes with other signing keys", OTHERS)
    if not all(answers):
        count = answers.count(False)
        return fail(f"signing keys: differ between processes: {count} of {CHALLENGES} answers are from others", DIFFER)
    return ok("public URL: leads to this deployment, whose pages have their style and take answers")


def _proves(url: str, keys: Sequence[str]) -> bool | None:
    challenge = secrets.token_urlsafe(24)
    answer = _fetch(f"{url}{PROOF}/{challenge}")
    return proven(keys, challenge, answer.body.decode(errors="replace")) if answer.status == HTTPStatus.OK else None


class _Response(msgspec.Struct, frozen=True):
    status: int
    kind: str
    body: bytes


def _fetch(url: str, data: bytes | None = None, headers: Mapping[str, str] | None = None) -> _Response:
    """Return the response, whatever its status. Raises OSError without one."""
    request = urllib.request.Request(url, data, dict(headers or {}))  # noqa: S310 http or https, by the settings
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as response:  # noqa: S310
            return _Response(response.status, response.headers.get_content_type(), response.read(MOST_BYTES))
    except urllib.error.HTTPError as error:
        with error:
            return _Response(error.code, error.headers.get_content_type(), error.read(MOST_BYTES))
