"""The web application: blueprints, error handlers, security headers and health."""

import logging
from collections.abc import Sequence

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from approvals import resources, wiring
from approvals.domain.api_keys import ApiKey
from approvals.domain.model.errors import Unavailable, Unreadable
from approvals.domain.problems import ApprovalsError
from approvals.entrypoints.api import auth as callers
from approvals.entrypoints.api import routes as api
from approvals.entrypoints.api.auth import Authenticate
from approvals.entrypoints.http import health
from approvals.entrypoints.http import sns_webhook as sns
from approvals.entrypoints.http.access_log import NO_ROUTE, identify_requests, route
from approvals.entrypoints.http.problems import domain_problem, http_problem, unreadable
from approvals.entrypoints.http.public_path import PublicFlask
from approvals.entrypoints.http.request_body import take_whole_body
from approvals.entrypoints.http.request_counts import counting
from approvals.entrypoints.http.sns_webhook import Signatures
from approvals.entrypoints.http.traced_requests import trace_requests
from approvals.entrypoints.pages.channel import routes as channel
from approvals.entrypoints.pages.inbox import routes as inbox
from approvals.entrypoints.pages.link_token import LinkConverter
from approvals.entrypoints.pages.review import routes as pages
from approvals.entrypoints.pages.review.model import columns
from approvals.entrypoints.pages.template_words import WORDS
from approvals.flows.gateway import Gateway
from approvals.presentation.refusals import error_sentence
from approvals.settings.environment import Settings
from approvals.telemetry.meter import Meter

BODY_BYTES = 256 * 1024
AWAY_SECONDS = 5
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    # Not no-referrer: browsers would then send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
}

log = logging.getLogger(__name__)


def app_of(settings: Settings, gateway: Gateway, *, lives_on: bool = True, meter: Meter | None = None) -> Flask:
    """Build the application; `lives_on` tells whether its threads keep running between requests (not on Lambda).

    The `meter` counts requests.
    """
    iam = settings.api_auth == "iam"
    app = create_app(
        gateway, api_keys=settings.api_keys, who=callers.by_iam if iam else None,
        topics=settings.sns_topics, signatures=wiring.sns_signatures(settings), prove=wiring.proof_of(settings),
        more=_slack(settings, gateway, lives_on=lives_on) if settings.slack_signing_secrets else (),
        access_log=settings.access_log,
    )  # fmt: skip
    if meter:
        app.after_request(counting(meter))
    return app


def _slack(settings: Settings, gateway: Gateway, *, lives_on: bool) -> Sequence[Blueprint]:
    """Return Slack's blueprint; its modules are imported here to keep cold starts short."""
    from approvals.entrypoints.slack import context as slack_context
    from approvals.entrypoints.slack import routes as slack_door

    after = slack_door.in_background() if lives_on else slack_door.within_budget
    within = slack_context.SOON if lives_on else slack_context.BEFORE_STANDING_STILL
    slack = slack_context.slack_of(settings, gateway, within=within)
    return [slack_door.blueprint(slack, secrets=settings.slack_signing_secrets, afterwards=after)]


def create_app(
    gateway: Gateway, *, api_keys: Sequence[ApiKey] = (), who: Authenticate | None = None, topics: Sequence[str] = (),
    signatures: Signatures | None = None, prove: health.Prove = lambda _: None, more: Sequence[Blueprint] = (),
    access_log: bool = True,
) -> Flask:  # fmt: skip
    """Create the Flask application. Each view declares its authentication in `view.authentication`.

    `who` replaces the API keys; `topics` are the SNS topics that may send over HTTPS; `more` are optional blueprints.
    """
    templates = resources.folder("templates")
    app = PublicFlask(
        "approvals",
        public_url=gateway.public_url,
        template_folder=templates / "pages",
        static_folder=templates / "static",
    )
    app.url_map.converters["link"] = LinkConverter
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = BODY_BYTES
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(words=WORDS, columns=columns)  # so that macros need no context, and load once
    for blueprint in (
        health.blueprint(gateway, prove),
        api.blueprint(gateway, who or callers.by_keys(api_keys)),
        pages.blueprint(gateway),
        inbox.blueprint(gateway),
        channel.blueprint(gateway),
        sns.blueprint(gateway, topics=topics, signatures=signatures),
        *more,
    ):
        app.register_blueprint(blueprint)
    app.register_error_handler(ApprovalsError, domain_problem)
    app.register_error_handler(HTTPException, http_problem)
    app.register_error_handler(Unreadable, unreadable)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(Exception, _unforeseen)
    trace_requests(app)
    identify_requests(app, new_id=wiring.new_id, access_log=access_log)
    app.before_request(take_whole_body)
    app.after_request(_secured)
    vars(app.view_functions["static"])["authentication"] = "none"
    return app


def _unavailable(error: Unavailable) -> Response:
    """Answer 503 while the database cannot be used. Its reason is for the log only."""
    log.error("a request failed: the database cannot be used: %s", error.reason, extra=_failed())
    return http_problem(ServiceUnavailable(error_sentence(error), retry_after=AWAY_SECONDS))


def _unforeseen(error: Exception) -> Response:
    """Answer 500 to an unexpected error, without details."""
    log.exception("a request failed", extra=_failed())
    return http_problem(InternalServerError(original_exception=error))


def _failed() -> dict[str, object]:
    return {"event": "http.error", "path": route() or NO_ROUTE}


def _secured(response: Response) -> Response:
    response.headers.extend(HEADERS)
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
