"""Every setting is given to the functions or left out for a reason, and what is given is a setting."""

import re
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import yaml

from approvals.domain.values import duration
from approvals.entrypoints.lambdas import HANDLERS
from approvals.settings.environment import Settings, variable
from tests.deploy.templates import Template
from tests.support.wheel import ROOT

GIVEN: dict[str, object] = yaml.safe_load((ROOT / "deploy/serverless/environment.yml").read_text())
LEFT_OUT: dict[str, str] = yaml.safe_load((Path(__file__).parent / "settings_left_out.yml").read_text())
SECRET = {setting.name for setting in fields(Settings) if setting.metadata["secret"]}
NAMES = {setting.name for setting in fields(Settings)}


def test_every_setting_is_given_or_left_out_for_a_reason() -> None:
    silent = {name for name in NAMES if not {variable(name), f"{variable(name)}_ARN"} & set(GIVEN)} - set(LEFT_OUT)
    assert silent == set(), "put them into deploy/serverless/environment.yml, or the reason into settings_left_out.yml"


def test_no_setting_is_both_given_and_left_out_and_all_exist() -> None:
    assert set(LEFT_OUT) <= NAMES
    assert {variable(name) for name in LEFT_OUT} & {name.removesuffix("_ARN") for name in GIVEN} == set()
    assert set(GIVEN) <= {variable(n) for n in NAMES} | {f"{variable(n)}_ARN" for n in SECRET}


def test_terraform_gives_the_same_but_for_what_its_settings_may_add() -> None:
    code = (ROOT / "deploy/terraform/main.tf").read_text()
    given = set(re.findall(r"^    (APPROVALS_\w+) +=", code, re.MULTILINE))
    assert set(GIVEN) - given == {
        "APPROVALS_SNS_TOPICS", "APPROVALS_ASSUME_ROLES", "APPROVALS_DEFAULT_TIMEOUT", "APPROVALS_HEARTBEAT",
        "APPROVALS_DIGEST_WINDOW", "APPROVALS_MAIL_REPLY_TO", "APPROVALS_DATABASE_POOLER",
        "APPROVALS_LINK_LIFETIME", "APPROVALS_TOKEN_RETENTION", "APPROVALS_PLAIN_HTTP_LINKS", "APPROVALS_LOG_LEVEL",
        "APPROVALS_SLACK_MATCH_EMAIL", "APPROVALS_RETENTION", "APPROVALS_RETENTION_EXPORT",
    }  # fmt: skip
    assert given <= set(GIVEN)


def test_secrets_are_named_and_never_shown(template: Template) -> None:
    for function in template.functions.values():
        values = function["Environment"]["Variables"]
        assert all("resolve:" not in str(value) for value in values.values())
        for name in ("APPROVALS_SIGNING_KEYS", "APPROVALS_API_KEYS"):
            assert name not in values
            assert set(values[f"{name}_ARN"]) == {"Ref"}


def test_with_slack_its_secrets_are_named_and_readable_and_without_it_nothing_of_it_is_there(
    everything: Template, prod: Template
) -> None:
    for function, found in everything.functions.items():
        values = found["Environment"]["Variables"]
        named = {values["APPROVALS_SLACK_TOKENS_ARN"]["Ref"], values["APPROVALS_SLACK_SIGNING_SECRETS_ARN"]["Ref"]}
        [keys] = [s for s in everything.role_statements(function) if s.get("Sid") == "Keys"]
        assert named <= {resource["Ref"] for resource in keys["Resource"]}
    assert "Slack" not in str(prod.content["Parameters"])
    for found in prod.functions.values():
        assert found["Environment"]["Variables"]["APPROVALS_SLACK_TOKENS_ARN"] == ""


def test_answers_leave_two_minutes_before_the_state_gives_up(template: Template) -> None:
    for function in template.functions.values():
        assert duration(function["Environment"]["Variables"]["APPROVALS_LEAST_MARGIN"]).total_seconds() >= 120


def test_the_directory_is_where_its_layer_lies(everything: Template, prod: Template) -> None:
    for function in everything.functions.values():
        assert function["Environment"]["Variables"]["APPROVALS_DIRECTORY"] == "/opt/approvals.yml"
        assert function["Layers"] == [{"Ref": "DirectoryLayerArn"}]
    assert not any("Layers" in function for function in prod.functions.values())


def test_with_iam_the_api_is_behind_the_authorizer_and_pages_are_not(everything: Template, prod: Template) -> None:
    routes = {r["RouteKey"]: r.get("AuthorizationType") for r in everything.of_type("ApiGatewayV2::Route").values()}
    assert routes == {"$default": None, "ANY /v1/{proxy+}": "AWS_IAM"}
    assert [r["RouteKey"] for r in prod.of_type("ApiGatewayV2::Route").values()] == ["$default"]
    assert everything.content["Parameters"]["ApiAuth"]["Default"] == "iam"


def test_every_handler_is_one_of_the_code(template: Template) -> None:
    handlers = {function["Handler"] for function in template.functions.values()}
    assert {handler.rpartition(".")[2] for handler in handlers} == set(HANDLERS)
    for handler in handlers:
        module, _, name = handler.rpartition(".")
        assert name in import_module(module).HANDLERS
        assert callable(import_module(f"approvals.entrypoints.aws_lambda.{name.partition('_')[0]}").make)
