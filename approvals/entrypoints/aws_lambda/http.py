"""The Lambda for the web application behind an HTTP API or a function URL (payload 2.0)."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from apig_wsgi import make_lambda_handler

from approvals.entrypoints.app import app_of
from approvals.entrypoints.aws_lambda.runtime import HandlerContext, Warm, make_step_functions_client, traced_invocation


def make(environ: Mapping[str, str] | None = None) -> Callable[[Any, Any], Any]:
    warm = Warm(_application, environ=environ)

    def http(event: Any, context: Any) -> Any:
        with traced_invocation():
            return warm(context)(_with_quoted_path(event), context)

    return http


def _application(kept: HandlerContext) -> Callable[[Any, Any], Any]:
    make_step_functions_client(kept)
    app = app_of(kept.settings, kept.gateway, lives_on=False, meter=kept.meter)
    handler: Callable[[Any, Any], Any] = make_lambda_handler(app)
    return handler


def _with_quoted_path(event: dict[str, Any]) -> dict[str, Any]:
    """Quote the path: an HTTP API passes it decoded, a function URL encoded, and apig-wsgi decodes it once."""
    if ".lambda-url." in event["requestContext"].get("domainName", ""):
        return event
    return {**event, "rawPath": quote(event["rawPath"], safe="/", errors="replace")}
