"""Dashboards, rules and alarms name metrics that there are, and each alarm has its section in the runbook."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from approvals.telemetry.emf import SERVICE, dimension
from approvals.telemetry.instruments import BY_NAME, INSTRUMENTS
from tests.deploy.templates import Json, Template
from tests.support.wheel import ROOT

DEPLOY = ROOT / "deploy"
RULES: Json = yaml.safe_load((DEPLOY / "prometheus/rules.yml").read_text())
ALARMS = [rule for group in RULES["groups"] for rule in group["rules"] if "alert" in rule]
RUNBOOK = (ROOT / "docs/how-to/runbook.md").read_text()
PARTS = ("_bucket", "_count", "_sum")
EMF = {one.emf: one for one in INSTRUMENTS if one.emf}
AWS = {"AWS/SQS", "AWS/Lambda", "AWS/ApiGateway"}
IN_TERRAFORM = {
    "Namespace": "local.environment.APPROVALS_METRICS_NAMESPACE", "AWS::Region": "local.region",
    "DeadLetters": "aws_sqs_queue.dead.name", "Intake": "aws_sqs_queue.intake.name",
    "Http": 'aws_lambda_function.function["http"].function_name',
    "TakeIn": 'aws_lambda_function.function["intake"].function_name',
    "Tick": 'aws_lambda_function.function["tick"].function_name', "Api": "aws_apigatewayv2_api.http.id",
}  # fmt: skip
"""What the dashboard names, in the words of both."""


def series(text: str) -> set[str]:
    """Return the instruments that a text names."""
    names = re.findall(r"\bapprovals_[a-z_]+", text)
    return {next((name.removesuffix(part) for part in PARTS if _is_part(name, part)), name) for name in names}


def _is_part(name: str, part: str) -> bool:
    return name.endswith(part) and name.removesuffix(part) in BY_NAME


def anchors() -> set[str]:
    return {heading.lower().replace(" ", "-") for heading in re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)}


def section_of(alarm: str) -> str:
    """Return the section that the runbook's table names for an alarm."""
    rows = [line for line in RUNBOOK.splitlines() if line.startswith("| ")]
    found = [row for row in rows if alarm in re.split(r"[|,\s]+", row)]
    assert len(found) == 1, alarm
    return found[0].rpartition("(#")[2].partition(")")[0]


def test_rules_and_the_dashboard_of_grafana_name_instruments_that_there_are() -> None:
    for file in ("prometheus/rules.yml", "prometheus/rules_test.yml", "grafana/approvals.json"):
        named = series((DEPLOY / file).read_text())
        assert named
        assert named <= set(BY_NAME), file


def test_grafana_shows_every_instrument() -> None:
    assert set(BY_NAME) == series((DEPLOY / "grafana/approvals.json").read_text()) | {"approvals_page_answer_seconds"}


def test_the_dashboard_of_grafana_is_one_that_grafana_imports() -> None:
    board = json.loads((DEPLOY / "grafana/approvals.json").read_text())
    panels = board["panels"]
    assert {panel["datasource"]["uid"] for panel in panels} == {"${source}"}
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


@pytest.mark.parametrize("arguments", [("check", "rules", "rules.yml"), ("test", "rules", "rules_test.yml")])
def test_promtool_accepts_the_rules_and_their_tests(arguments: tuple[str, ...]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool here: run scripts/test-machine")
    done = subprocess.run(
        [promtool, *arguments], cwd=DEPLOY / "prometheus", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", ALARMS, ids=lambda rule: str(rule["alert"]))
def test_an_alarm_of_prometheus_leads_to_its_section(rule: Json) -> None:
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert (ROOT / page).is_file()
    assert anchor in anchors()
    assert section_of(rule["alert"]) == anchor


def test_an_alarm_of_cloudwatch_leads_to_its_section() -> None:
    named = re.findall(r"^  (\w+)Alarm:$", (DEPLOY / "serverless/alarms.yml").read_text(), re.MULTILINE)
    text = (DEPLOY / "terraform/alarms.tf").read_text()
    kebab = [*re.findall(r"^    ([a-z-]+) += {$", text, re.MULTILINE), "tick-silent"]
    assert sorted(re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower() for name in named) == sorted(kebab)
    assert {section_of(name) for name in (*named, *kebab)} <= anchors()


def figures(body: str) -> list[list[Any]]:
    return [metric for widget in json.loads(body)["widgets"] for metric in widget["properties"]["metrics"]]


def test_the_dashboard_of_cloudwatch_shows_metrics_that_are_written(template: Template) -> None:
    [board] = template.of_type("CloudWatch::Dashboard").values()
    body, names = board["DashboardBody"]["Fn::Sub"]
    assert set(re.findall(r"\$\{([\w:]+)\}", body)) == set(IN_TERRAFORM) == {*names, "AWS::Region"}
    ours = [metric for metric in figures(body) if metric[0] not in AWS]
    for namespace, name, *dimensions, _look in ours:
        given = dict(zip(dimensions[::2], dimensions[1::2], strict=True))
        assert (namespace, given.pop("Service")) == ("${Namespace}", SERVICE)
        assert_written(name, given)
    assert {metric[1] for metric in ours} >= set(EMF) - {
        "AnswersRefused", "CallbackTime", "HeartbeatsSent", "PageToAnswer", "ReviewersUnreachable"
    }  # fmt: skip


def assert_written(name: str, dimensions: dict[str, str]) -> None:
    """Assert that a metric with these dimensions is one that is written."""
    instrument = EMF[name]
    assert set(dimensions) in [set(map(dimension, labels)) for labels in instrument.emf_by], name
    values = {dimension(label.name): label.values for label in instrument.labels}
    assert all(given in values[name] for name, given in dimensions.items()), name


def test_the_dashboard_of_terraform_is_the_same(template: Template) -> None:
    [board] = template.of_type("CloudWatch::Dashboard").values()
    body = board["DashboardBody"]["Fn::Sub"][0]
    code = (DEPLOY / "terraform/dashboard.tf").read_text()
    text = code.partition("<<-JSON\n")[2].partition("  JSON\n")[0]
    for ours, theirs in IN_TERRAFORM.items():
        text = text.replace(f"${{{theirs}}}", f"${{{ours}}}")
    assert json.loads(text) == json.loads(body)


def test_alarms_name_metrics_that_are_written(template: Template) -> None:
    alarms = [one for one in template.of_type("CloudWatch::Alarm").values() if one["Namespace"] not in AWS]
    assert len(alarms) == 6
    for alarm in alarms:
        given = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
        assert given.pop("Service") == SERVICE
        assert_written(alarm["MetricName"], given)


def test_the_alarms_of_terraform_are_the_same(template: Template) -> None:
    code = (DEPLOY / "terraform/alarms.tf").read_text()
    pattern = r'NAMESPACE, "(\w+)", { Service = "approvals"(?:, Lane = "(\w+)")? }\]\s+when  = {.*above = (\d+) }'
    theirs = {(name, lane, int(above)) for name, lane, above in re.findall(pattern, code)}
    alarms = [one for one in template.of_type("CloudWatch::Alarm").values() if one["Namespace"] not in AWS]
    ours = {(one["MetricName"], _lane(one), one["Threshold"]) for one in alarms}
    assert ours == theirs


def _lane(alarm: Json) -> str:
    return next((one["Value"] for one in alarm["Dimensions"] if one["Name"] == "Lane"), "")


def test_the_functions_that_a_dashboard_names_are_there(template: Template) -> None:
    [board] = template.of_type("CloudWatch::Dashboard").values()
    _, names = board["DashboardBody"]["Fn::Sub"]
    named = {value.get("Ref") or value["Fn::GetAtt"][0] for value in names.values() if isinstance(value, dict)}
    assert named <= set(template.resources)
