"""Checks of the public URL, the lifetime of links, and the directory file."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from urllib.parse import urlsplit

from approvals.adapters.aws.clients import Clients
from approvals.adapters.mail.url import is_loopback
from approvals.domain.model.errors import Misconfigured
from approvals.entrypoints.doctor.result import CheckLine, fail, ok, warn
from approvals.entrypoints.http.health import OK
from approvals.settings.environment import Settings

SECONDS = 5.0


def check(settings: Settings) -> Iterator[CheckLine]:
    yield _scheme(settings.public_url)
    yield _reachable(settings.public_url)


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


def _reachable(url: str) -> CheckLine:
    """Request /healthz at the public URL. No response is only a warning: some networks hide a machine's own address."""
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=SECONDS) as response:  # noqa: S310 http or https, by the settings
            body = response.read(len(OK) + 1)
    except urllib.error.HTTPError as error:
        error.close()
        return warn(f"public URL: /healthz answers {error.code}", "point the address to this gateway")
    except (OSError, HTTPException, ValueError) as error:
        reason = type(getattr(error, "reason", error)).__name__
        return warn(
            f"public URL: cannot be reached from here ({reason})", "start the gateway, or check from another network"
        )
    if body != OK:
        return warn("public URL: something else answers there", "point the address to this gateway")
    return ok("public URL: leads to a gateway")
