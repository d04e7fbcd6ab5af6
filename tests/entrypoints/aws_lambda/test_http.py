"""The handler http: paths, bodies and headers as API Gateway and function URLs bring them and want them back."""

import base64
from urllib.parse import urlencode

import pytest

from approvals.domain.api_keys import entry
from approvals.domain.model.messages.audience import ForReviewer
from approvals.entrypoints.app import app_of
from approvals.entrypoints.aws_lambda import http as lambda_http
from approvals.entrypoints.aws_lambda.runtime import HandlerContext
from tests.builders import a_submission
from tests.e2e.whole import hidden_fields
from tests.entrypoints.aws_lambda.invoking import Context, call
from tests.fakes import PUBLIC_URL
from tests.lambda_.functions import http_event
from tests.support.mail.smtp import SmtpServer
from tests.support.wheel import ROOT


@pytest.mark.parametrize("path", ["/%C5%BE", "/r/%E2%82%AC%25%2F", "/%F0%9F%98%80", "/%FF", "/a%20b%3Fc"])
def test_a_path_that_came_decoded_is_no_problem_of_the_function(environ: dict[str, str], path: str) -> None:
    assert call(lambda_http.make(environ), "GET", path)["statusCode"] == 404


def test_half_a_character_in_a_path_is_none_either(environ: dict[str, str]) -> None:
    event = {**http_event("GET", "/", headers={}), "rawPath": "/\ud800"}
    assert lambda_http.make(environ)(event, Context())["statusCode"] == 404


def test_a_function_url_hands_the_path_over_as_it_was(environ: dict[str, str]) -> None:
    event = http_event("GET", "/", headers={})
    event["rawPath"] = "/static/page%2Ecss"
    event["requestContext"]["domainName"] = "abc.lambda-url.eu-west-1.on.aws"
    assert lambda_http.make(environ)(event, Context())["statusCode"] == 200


@pytest.mark.parametrize(
    ("public_path", "stage", "raw_path"),
    [
        ("", "$default", "/r/x"),
        ("/prod", "prod", "/prod/r/x"),  # the address of a stage
        ("/approvals", "prod", "/approvals/r/x"),  # an API mapping of a domain of one's own
        ("/approvals", "prod", "/prod/approvals/r/x"),
        ("/approvals", "prod", "/prod/r/x"),
        ("/approvals", "prod", "/r/x"),
        ("", "v1", "/v1/r/x"),
        ("", "v1", "/r/x"),
    ],
)
def test_a_stage_and_an_api_mapping_are_no_part_of_our_own_path(
    environ: dict[str, str], public_path: str, stage: str, raw_path: str
) -> None:
    http = lambda_http.make({**environ, "APPROVALS_PUBLIC_URL": f"https://tools.example.com{public_path}"})
    event = http_event("GET", raw_path, headers={})
    event["requestContext"]["stage"] = stage
    page = http(event, Context())
    assert f'href="{public_path}/static/page.css"' in page["body"]
    assert "This link does not work" in page["body"]
    event["rawPath"] = raw_path.removesuffix("/r/x") + "/v1/approvals"
    assert http(event, Context())["statusCode"] == 401


def test_the_page_is_answered_through_the_handler(
    environ: dict[str, str], made: list[HandlerContext], smtp: SmtpServer
) -> None:
    http = lambda_http.make(environ)
    gateway = made[0].gateway
    approval = gateway.submit(a_submission(reviewers=("ana@example.com",)), caller="tests").opened
    assert approval is not None
    link = gateway.ports.links.url(approval.id, ForReviewer(0), now=gateway.now()).removeprefix(PUBLIC_URL)
    page = call(http, "GET", link, headers={"cookie": "a=1; b=2"})
    assert (page["statusCode"], page["headers"]["cache-control"]) == (200, "no-store")
    form = urlencode({**hidden_fields(page["body"]), "option": "approve", "comment": "schön"}).encode()
    headers = {
        "content-type": "application/x-www-form-urlencoded", "origin": PUBLIC_URL, "sec-fetch-site": "same-origin",
    }  # fmt: skip
    assert call(http, "POST", link, headers=headers, body=form)["statusCode"] == 303
    assert gateway.approval(approval.id).status == "approved"
    assert smtp.received == [], "mails are the tick's: no mail server stands in the way of an answer"


def test_what_is_no_text_leaves_encoded(environ: dict[str, str]) -> None:
    answer = call(lambda_http.make(environ), "GET", "/static/page.css", headers={"accept-encoding": "gzip"})
    content = base64.b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"].encode()
    assert content == (ROOT / "templates" / "static" / "page.css").read_bytes()


@pytest.mark.parametrize("path", ["/", "/healthz", "/r/nothing", "/v1/approvals", "/static/page.css", "/docs"])
def test_no_header_is_there_twice_since_one_of_them_would_be_lost(
    environ: dict[str, str], made: list[HandlerContext], path: str
) -> None:
    lambda_http.make(environ)
    answer = app_of(made[0].settings, made[0].gateway).test_client().get(path)
    names = [name.lower() for name, _ in answer.headers]
    assert len(names) == len(set(names))
    answer.close()


def test_a_body_over_the_limit_is_refused(environ: dict[str, str]) -> None:
    http = lambda_http.make({**environ, "APPROVALS_API_KEYS": entry("shop", ["submit"], "apk_shop")})
    headers = {"content-type": "application/json", "authorization": "Bearer apk_shop"}
    assert call(http, "POST", "/v1/approvals", headers=headers, body=b" " * 300_000)["statusCode"] == 413
