"""Mistakes that neither the packager nor cfn-lint finds: conflicting times, queues that lose messages, open access."""

import json

import pytest

from tests.deploy.templates import Template, as_list
from tests.support.wheel import ROOT

SENDS_LAST_SECONDS = 30  # lambda_tick begins nothing when less is left


def test_a_message_is_hidden_for_six_times_what_the_function_may_take(template: Template) -> None:
    mapping = template.properties("IntakeEventSourceMappingSQSIntakeQueue")
    needed = 6 * template.functions["intake"]["Timeout"] + mapping["MaximumBatchingWindowInSeconds"]
    assert template.properties("IntakeQueue")["VisibilityTimeout"] >= needed


def test_a_batch_is_taken_message_by_message_and_never_by_all_of_lambda_at_once(template: Template) -> None:
    mapping = template.properties("IntakeEventSourceMappingSQSIntakeQueue")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 5}


def test_what_cannot_be_taken_goes_to_the_dead_letters(template: Template) -> None:
    redrive = template.properties("IntakeQueue")["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == 5
    assert template.dead_letters_of("IntakeQueue")["MessageRetentionPeriod"] == 14 * 24 * 3600


@pytest.mark.parametrize("name", ["IntakeQueue", "IntakeDeadLetterQueue"])
def test_queues_are_encrypted_and_take_tls_only(name: str, template: Template) -> None:
    assert template.properties(name)["SqsManagedSseEnabled"] is True
    statements = template.properties(f"{name}Policy")["PolicyDocument"]["Statement"]
    [denied] = [s for s in statements if s.get("Effect") == "Deny"]
    assert (denied["Principal"], denied["Action"]) == ("*", "sqs:*")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_services_may_write_to_the_queue_only_for_our_own_rules_and_topic(template: Template) -> None:
    statements = template.properties("IntakeQueuePolicy")["PolicyDocument"]["Statement"]
    plain = [statement["Fn::If"][1] if "Fn::If" in statement else statement for statement in statements]
    allowing = [statement for statement in plain if statement["Effect"] == "Allow"]
    assert len(allowing) == 2
    assert all("aws:SourceArn" in json.dumps(statement["Condition"]) for statement in allowing)


def test_pages_answer_before_api_gateway_gives_up(template: Template) -> None:
    assert template.functions["http"]["Timeout"] <= 29


def test_a_tick_has_time_to_do_something_and_ends_before_the_next(template: Template) -> None:
    assert SENDS_LAST_SECONDS + 15 <= template.functions["tick"]["Timeout"] <= 60
    assert template.properties("TickEventsRuleSchedule1")["ScheduleExpression"] == "rate(1 minute)"


def test_one_tick_runs_at_a_time(prod: Template) -> None:
    assert prod.functions["tick"]["ReservedConcurrentExecutions"] == 1


def test_a_development_stage_reserves_nothing_and_needs_no_vpc(dev: Template) -> None:
    assert "ReservedConcurrentExecutions" not in dev.functions["tick"]
    assert not any("VpcConfig" in function for function in dev.functions.values())
    assert not {"VpcId", "SubnetIds", "DatabaseSecurityGroupId"} & set(dev.content["Parameters"])
    assert {dev.resources[name]["DeletionPolicy"] for name in ("IntakeQueue", "SealingKey")} == {"Delete"}


def test_elsewhere_all_functions_stand_in_the_vpc_and_what_is_waited_for_outlives_the_stack(prod: Template) -> None:
    assert all(function["VpcConfig"]["SubnetIds"] for function in prod.functions.values())
    kept = ("IntakeQueue", "IntakeDeadLetterQueue", "SealingKey")
    assert {prod.resources[name]["DeletionPolicy"] for name in kept} == {"Retain"}


def test_executions_that_end_otherwise_reach_the_queue(template: Template) -> None:
    rule = template.properties("StatusRule")
    assert sorted(rule["EventPattern"]["detail"]["status"]) == ["ABORTED", "FAILED", "TIMED_OUT"]
    assert [target["Arn"] for target in as_list(rule["Targets"])] == [{"Fn::GetAtt": ["IntakeQueue", "Arn"]}]


def test_mails_that_come_back_are_reported_to_the_queue(template: Template) -> None:
    named = {"Ref": "MailConfiguration"}
    url = template.functions["tick"]["Environment"]["Variables"]["APPROVALS_MAIL_URL"]
    assert url == {"Fn::Sub": "ses://${AWS::Region}?configuration-set=${MailConfiguration}"}
    sends = template.properties("MailEvents")
    assert sends["ConfigurationSetName"] == named
    assert sends["EventDestination"]["MatchingEventTypes"] == ["bounce", "complaint"]
    assert "EventBridgeDestination" in sends["EventDestination"]
    rule = template.properties("MailRule")
    assert rule["EventPattern"]["detail"]["mail"]["tags"] == {"ses:configuration-set": [named]}
    assert [target["Arn"] for target in as_list(rule["Targets"])] == [{"Fn::GetAtt": ["IntakeQueue", "Arn"]}]


def test_what_is_optional_hangs_on_its_condition(template: Template) -> None:
    conditions = {name: r["Condition"] for name, r in template.resources.items() if "Condition" in r}
    assert conditions == {
        "SubmissionTopic": "WithTopic", "SubmissionSubscription": "WithTopic",
        "SubmissionRule": "WithEventRule", "StatusRule": "WithStatusEvents",
    }  # fmt: skip


def test_the_sealing_key_is_renewed_each_year(template: Template) -> None:
    assert template.properties("SealingKey")["EnableKeyRotation"] is True


def test_the_rule_takes_the_events_that_the_snippets_put(template: Template) -> None:
    snippet = (ROOT / "examples/snippets/events.jsonpath.asl.json").read_text()
    [kind] = template.properties("SubmissionRule")["EventPattern"]["detail-type"]
    assert f'"DetailType": "{kind}"' in snippet
