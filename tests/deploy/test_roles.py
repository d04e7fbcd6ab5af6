"""The permissions of each function: exactly these actions, and '*' only where AWS knows no resource."""

from pathlib import Path

import pytest

from tests.deploy import packaging
from tests.deploy.templates import Template, actions, as_list

LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
TRACES = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
OWN_LIFE = LOGS | TRACES | {"secretsmanager:GetSecretValue"}
ANSWERS = {"states:SendTaskSuccess", "states:SendTaskFailure", "states:GetExecutionHistory", "sts:AssumeRole"}
MAIL = {"ses:SendEmail", "ses:SendRawEmail"}
NETWORK = {
    "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
}  # fmt: skip
EXPECTED = {
    "http": OWN_LIFE | ANSWERS | {"kms:Encrypt", "kms:Decrypt"},
    "intake": OWN_LIFE | ANSWERS | MAIL
    | {"kms:Encrypt", "kms:Decrypt", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
    "tick": OWN_LIFE | ANSWERS | MAIL | {"kms:Decrypt", "states:SendTaskHeartbeat"},
    "migrate": OWN_LIFE,
}  # fmt: skip
WITHOUT_RESOURCE = TRACES | NETWORK | {
    "states:SendTaskSuccess", "states:SendTaskFailure", "states:SendTaskHeartbeat"
}  # fmt: skip


@pytest.mark.parametrize("function", EXPECTED)
def test_a_role_allows_exactly(function: str, dev: Template) -> None:
    assert allowed(dev, function) == EXPECTED[function]


@pytest.mark.parametrize("function", EXPECTED)
def test_in_a_vpc_a_role_allows_network_interfaces_too(function: str, prod: Template) -> None:
    assert allowed(prod, function) == EXPECTED[function] | NETWORK


@pytest.mark.parametrize("function", EXPECTED)
def test_with_iam_for_the_database_no_role_reads_its_secret(function: str, everything: Template) -> None:
    assert allowed(everything, function) == EXPECTED[function] | NETWORK | {"rds-db:connect"}
    assert "DatabaseUrlArn" not in everything.content["Parameters"]


@pytest.mark.parametrize(("variant", "action"), [("s3", "s3:GetObject"), ("rds", "ssm:GetParameter")])
def test_where_the_directory_is_watched_functions_that_use_it_may_read_it_and_nothing_else(
    variant: str, action: str, packages: dict[str, Path]
) -> None:
    template = Template(packaging.read(packages[variant]))
    for function in EXPECTED:
        found = [s for s in template.role_statements(function) if s["Sid"] == "Directory"]
        place = template.functions[function]["Environment"]["Variables"]["APPROVALS_DIRECTORY"]
        if function == "migrate":
            assert found == []
            continue
        [statement] = found
        assert actions(statement) == [action]
        resource = statement["Resource"]["Fn::Sub"]
        if variant == "s3":
            assert (place, resource) == (
                {"Fn::Sub": "s3://${DirectoryObject}"},
                "arn:${AWS::Partition}:s3:::${DirectoryObject}",
            )
        else:
            assert place == "ssm:/approvals/dev/directory"
            assert resource.endswith(":parameter" + place.removeprefix("ssm:"))


def test_only_the_tick_writes_to_the_archive_and_only_there(packages: dict[str, Path]) -> None:
    template = Template(packaging.read(packages["s3"]))
    found = {name: [s for s in template.role_statements(name) if s["Sid"] == "Archive"] for name in EXPECTED}
    assert {name for name, statements in found.items() if statements} == {"tick"}
    [statement] = found["tick"]
    assert (actions(statement), statement["Resource"]) == (
        ["s3:PutObject"],
        {"Fn::Sub": "arn:${AWS::Partition}:s3:::${ArchiveFolder}/*"},
    )
    values = template.functions["tick"]["Environment"]["Variables"]
    assert values["APPROVALS_RETENTION_EXPORT"] == {"Fn::Sub": "s3://${ArchiveFolder}"}


def test_only_actions_that_know_no_resource_are_allowed_on_all(template: Template) -> None:
    wide = {
        action
        for function in template.functions
        for statement in template.role_statements(function)
        if "*" in as_list(statement["Resource"])
        for action in actions(statement)
    }
    assert wide <= WITHOUT_RESOURCE


def test_no_action_is_a_pattern(template: Template) -> None:
    given = {a for f in template.functions for s in template.role_statements(f) for a in actions(s)}
    assert [action for action in given if "*" in action] == []


@pytest.mark.parametrize("function", EXPECTED)
def test_a_function_has_its_own_role_and_writes_only_its_own_logs(function: str, template: Template) -> None:
    title = function.title()
    assert template.functions[function]["Role"] == {"Fn::GetAtt": [f"{title}Role", "Arn"]}
    [logs] = [s for s in template.role_statements(function) if set(actions(s)) == LOGS]
    assert logs["Resource"] == {"Fn::GetAtt": [f"{title}LogGroup", "Arn"]}


@pytest.mark.parametrize("function", ["http", "intake", "tick"])
def test_a_doctor_has_the_role_of_its_function_and_writes_no_log(function: str, template: Template) -> None:
    doctor = template.functions[f"doctor{function}"]
    assert doctor["Role"] == template.functions[function]["Role"]
    assert doctor["Handler"].endswith(f".doctor_{function}")
    assert not [name for name in template.of_type("Logs::LogGroup") if name.startswith("Doctor")]
    ours, theirs = (found["Environment"]["Variables"] for found in (doctor, template.functions[function]))
    assert set(ours) - set(theirs) == ({"APPROVALS_QUEUE_URL"} if function == "intake" else set())


def test_callers_may_only_ask(everything: Template) -> None:
    statements = everything.properties("CallerPolicy")["PolicyDocument"]["Statement"]
    plain = [statement["Fn::If"][1] if "Fn::If" in statement else statement for statement in statements]
    assert {a for s in plain for a in actions(s)} == {
        "sqs:SendMessage", "lambda:InvokeFunction", "sns:Publish", "events:PutEvents", "execute-api:Invoke"
    }  # fmt: skip
    assert not any("*" in as_list(statement["Resource"]) for statement in plain)


def allowed(template: Template, function: str) -> set[str]:
    return {action for statement in template.role_statements(function) for action in actions(statement)}
