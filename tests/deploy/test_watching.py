"""Logs end, traces are on, requests are throttled; each alarm watches something that exists and tells somebody."""

from collections.abc import Callable

import pytest

from tests.deploy.templates import Json, Template, references

METRICS_OF_AWS = {
    "AWS/SQS": ({"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}, "QueueName", "SQS::Queue"),
    "AWS/ApiGateway": ({"5xx"}, "ApiId", "ApiGatewayV2::Api"),
    "AWS/Lambda": ({"Invocations", "Errors"}, "FunctionName", "Lambda::Function"),
}
FORBIDDEN_IN_LOGS = ("path", "Path", "rawPath", "protocol", "header", "querystring", "authorizer", "routeKey")


def test_every_log_is_dropped_in_the_end(template: Template) -> None:
    groups = template.of_type("Logs::LogGroup")
    assert {"HttpLogGroup", "IntakeLogGroup", "TickLogGroup", "MigrateLogGroup", "HttpApiLogGroup"} == set(groups)
    assert all(0 < group["RetentionInDays"] <= 30 for group in groups.values())


def test_the_access_log_holds_neither_links_nor_headers(template: Template) -> None:
    form = template.properties("HttpApiStage")["AccessLogSettings"]["Format"]
    assert "$context.status" in form
    assert [word for word in FORBIDDEN_IN_LOGS if f"context.{word}" in form] == []


def test_requests_are_throttled(template: Template) -> None:
    settings = template.properties("HttpApiStage")["DefaultRouteSettings"]
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (25, 50)


def test_all_functions_are_traced(template: Template) -> None:
    assert {f["TracingConfig"]["Mode"] for f in template.functions.values()} == {"Active"}


def test_the_alarms_are(template: Template) -> None:
    assert set(template.of_type("CloudWatch::Alarm")) == {
        "DeadLettersAlarm", "IntakeLateAlarm", "HttpFaultsAlarm", "TickSilentAlarm", "TickFailsAlarm", "CallbacksAlarm",
        "CallbacksLateAlarm", "NoticesLateAlarm", "CallbackAttemptsAlarm", "NoticeAttemptsAlarm", "UnconfirmedAlarm",
    }  # fmt: skip


def test_every_alarm_tells_the_topic(template: Template) -> None:
    for alarm in template.of_type("CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]


def test_alarms_on_aws_watch_something_that_exists(template: Template) -> None:
    for alarm in of_namespace(template, lambda name: name.startswith("AWS/")):
        metrics, dimension, kind = METRICS_OF_AWS[alarm["Namespace"]]
        [named] = alarm["Dimensions"]
        assert alarm["MetricName"] in metrics
        assert named["Name"] == dimension
        assert set(references(named["Value"])) <= set(template.of_type(kind))


def test_alarms_on_our_own_figures_look_where_the_functions_write(template: Template) -> None:
    for alarm in of_namespace(template, lambda name: not name.startswith("AWS/")):
        written = {f["Environment"]["Variables"]["APPROVALS_METRICS_NAMESPACE"] for f in template.functions.values()}
        assert written == {alarm["Namespace"]}


@pytest.mark.parametrize(("alarm", "missing"), [("TickSilentAlarm", "breaching"), ("DeadLettersAlarm", "notBreaching")])
def test_silence_of_the_tick_is_an_alarm_and_silence_elsewhere_is_peace(
    alarm: str, missing: str, template: Template
) -> None:
    assert template.properties(alarm)["TreatMissingData"] == missing


def of_namespace(template: Template, which: Callable[[str], bool]) -> list[Json]:
    return [alarm for alarm in template.of_type("CloudWatch::Alarm").values() if which(alarm["Namespace"])]
