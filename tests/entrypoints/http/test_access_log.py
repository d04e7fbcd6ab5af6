"""The access log names routes and never paths; each answer has the id of its request, as do its log lines."""

import logging
import re
from typing import Any

import pytest
from flask import Flask
from gunicorn.config import Config

from approvals.entrypoints.app import create_app
from approvals.entrypoints.server.gunicorn import ServerLog
from approvals.entrypoints.server.logs import JsonFormatter
from approvals.telemetry.context import request_id
from tests.fakes import World


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if record.name == "approvals.access"]


@pytest.fixture
def app(world: World, caplog: pytest.LogCaptureFixture) -> Flask:
    caplog.set_level(logging.INFO)
    return create_app(world.gateway)


@pytest.mark.parametrize("path", ["/r/a-link-that-nobody-may-read.abc", "/i/another-link"])
def test_a_line_names_the_route_and_not_the_path(app: Flask, caplog: pytest.LogCaptureFixture, path: str) -> None:
    app.test_client().get(f"{path}?token=secret")
    [line] = lines(caplog)
    assert (line["event"], line["method"]) == ("http.request", "GET")
    assert re.fullmatch(r"/[ri]/<\w+>|\(none\)", line["route"])
    assert line["milliseconds"] >= 0
    assert path not in str(line)
    assert "secret" not in str(line)


def test_what_has_no_route_is_logged_without_its_path(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    app.test_client().open("/wp-admin/ana@example.com", method="BREW")
    [line] = lines(caplog)
    assert (line["route"], line["method"], line["status"]) == ("(none)", "OTHER", 404)


def test_health_checks_have_no_line(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    assert "X-Request-Id" in app.test_client().get("/healthz").headers
    app.test_client().get("/readyz")
    assert lines(caplog) == []


def test_static_files_have_no_line(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    found = app.test_client().get("/static/page.css")
    assert (found.status_code, lines(caplog)) == (200, [])
    found.close()


def test_no_line_is_written_where_the_access_log_is_off(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    answer = create_app(world.gateway, access_log=False).test_client().get("/")
    assert answer.headers["X-Request-Id"]
    assert lines(caplog) == []


@pytest.mark.parametrize("given", ["abc-123", "JKJaXmPLvHcESHA=", "f" * 64])
def test_a_short_token_of_the_caller_is_taken_over(app: Flask, given: str) -> None:
    assert app.test_client().get("/", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "f" * 65, "ana@example.com", "a b", "/r/abc", 'x"y', "ž"])
def test_any_other_text_is_replaced(app: Flask, given: str) -> None:
    answer = app.test_client().get("/", headers={"X-Request-Id": given})
    assert re.fullmatch("[0-9a-f]{25}", answer.headers["X-Request-Id"])


def test_the_id_of_api_gateway_goes_before_that_of_the_caller(app: Flask) -> None:
    environ = {"apig_wsgi.request_context": {"requestId": "of-gateway="}}
    answer = app.test_client().get("/", headers={"X-Request-Id": "mine"}, environ_overrides=environ)
    assert answer.headers["X-Request-Id"] == "of-gateway="


def test_a_problem_names_the_request(app: Flask) -> None:
    answer = app.test_client().get("/v1/approvals/none", headers={"X-Request-Id": "mine"})
    assert answer.json is not None
    assert (answer.status_code, answer.json["requestId"], answer.headers["X-Request-Id"]) == (401, "mine", "mine")


def test_log_lines_of_a_request_have_its_id_and_later_ones_do_not(app: Flask) -> None:
    line = JsonFormatter()
    record = logging.makeLogRecord({"msg": "inside"})
    app.view_functions["health.home"] = lambda: line.format(record)
    inside = app.test_client().get("/", headers={"X-Request-Id": "mine"}).text
    assert '"request_id":"mine"' in inside
    assert request_id.get() == ""
    assert "request_id" not in line.format(record)


def test_lines_of_gunicorn_quote_no_request_and_go_to_our_handler(caplog: pytest.LogCaptureFixture) -> None:
    line = ServerLog(Config())
    line.warning("Invalid request from ip=127.0.0.1: Invalid Request Line 'GET /r/secret HTTP/9.9'")
    line.exception("Error handling request %s", "/r/secret")
    line.warning("Worker (pid:%s) was sent SIGKILL", 7)
    messages = [record.getMessage() for record in caplog.records]
    assert messages[0] == "an invalid request was refused"
    assert messages[1] == "a request failed in the server"
    assert messages[2] == "Worker (pid:7) was sent SIGKILL"
    assert logging.getLogger("gunicorn.error").handlers == []
