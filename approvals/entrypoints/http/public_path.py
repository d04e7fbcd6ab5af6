"""The path of the public URL: all addresses on pages have it, whether or not a proxy removes it from requests."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask

DEFAULT_STAGE = "$default"


class PublicFlask(Flask):
    """Find the application's own path of a request, and let `url_for` put the public path before it.

    A path of ours may also begin as the public one does (`https://example.com/v1`), so the routes decide.
    """

    def __init__(self, name: str, *, public_url: str, **options: Any) -> None:
        super().__init__(name, **options)
        self._routes = self.url_map.bind("")
        self._public = _as_wsgi(urlsplit(public_url).path.rstrip("/"))

    def request_context(self, environ: dict[str, Any]) -> Any:
        # A proxy with `location /approvals { proxy_pass http://…/; }` sends two slashes.
        path = "/" + environ.get("PATH_INFO", "").lstrip("/")
        own = self._own_path(path, stage=_stage(environ))
        return super().request_context({**environ, "PATH_INFO": own, "SCRIPT_NAME": self._public})

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is: none of ours is asynchronous, and Flask would look at each at every request."""
        return func

    def _own_path(self, path: str, *, stage: str) -> str:
        rests = [path.removeprefix(base) or "/" for base in self._bases(stage) if f"{path}/".startswith(f"{base}/")]
        return next(filter(self._routes.allowed_methods, [*rests, path]), rests[0]) if rests else path

    def _bases(self, stage: str) -> Iterator[str]:
        """Return what may precede the application's own path, the longest first."""
        if stage:
            yield f"{stage}{self._public}"
        if self._public:
            yield self._public
        if stage:
            yield stage


def _stage(environ: dict[str, Any]) -> str:
    """Return the path of the stage, which API Gateway leaves before every path, or an empty text."""
    name = environ.get("apig_wsgi.request_context", {}).get("stage") or DEFAULT_STAGE
    return "" if name == DEFAULT_STAGE else f"/{name}"


def _as_wsgi(path: str) -> str:
    """Return a path as WSGI has it (PEP 3333): its bytes, each of which is one character."""
    return unquote_to_bytes(path).decode("latin-1")
