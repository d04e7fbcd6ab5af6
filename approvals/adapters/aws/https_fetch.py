"""Fetching from AWS: https only, no redirects, with a time-out and a size limit."""

import ssl
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.error import HTTPError

SECONDS = 5.0


class Unreachable(Exception):
    """No response, or a server error: a later attempt may work."""


class Answered(Exception):
    """The server refused the request, or its response cannot be used."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:  # fmt: skip
        """Return None, so that a redirect is an error."""


class Fetching:
    """Fetches over https. `trusting` replaces the machine's certificate authorities."""

    def __init__(self, *, trusting: ssl.SSLContext | None = None) -> None:
        self._opener = urllib.request.build_opener(_NoRedirects, urllib.request.HTTPSHandler(context=trusting))

    def __call__(self, url: str, *, at_most: int) -> bytes:
        """Return the body. The caller must have checked the host. Raises Unreachable or Answered."""
        if not url.startswith("https://"):
            raise Answered("only https is fetched")
        try:
            with self._opener.open(url, timeout=SECONDS) as response:
                body: bytes = response.read(at_most + 1)
        except HTTPError as error:
            error.close()
            kind = Unreachable if error.code >= 500 or error.code == 429 else Answered
            raise kind(f"the answer was {error.code}") from None
        except (OSError, HTTPException) as error:
            raise Unreachable(type(error).__name__) from None
        if len(body) > at_most:
            raise Answered(f"the answer has more than {at_most} bytes")
        return body
