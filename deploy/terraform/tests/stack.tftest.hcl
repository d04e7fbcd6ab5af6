# No credentials and no network: the provider is a stand-in.
mock_provider "aws" {
  mock_data "aws_partition" { defaults = { partition = "aws" } }
  mock_data "aws_caller_identity" { defaults = { account_id = "123456789012" } }
  mock_data "aws_region" { defaults = { name = "eu-central-1" } }
  mock_resource "aws_iam_role" { defaults = { arn = "arn:aws:iam::123456789012:role/x" } }
  mock_resource "aws_iam_policy" { defaults = { arn = "arn:aws:iam::123456789012:policy/x" } }
  mock_resource "aws_lambda_function" { defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:x" } }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:123456789012:x", id = "https://sqs.eu-central-1.amazonaws.com/123456789012/x" }
  }
  mock_resource "aws_sns_topic" { defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:x" } }
  mock_resource "aws_kms_key" { defaults = { arn = "arn:aws:kms:eu-central-1:123456789012:key/x" } }
  mock_resource "aws_cloudwatch_log_group" { defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:x" } }
  mock_resource "aws_cloudwatch_event_rule" { defaults = { arn = "arn:aws:events:eu-central-1:123456789012:rule/x" } }
  mock_resource "aws_apigatewayv2_api" {
    defaults = {
      api_endpoint  = "https://abc.execute-api.eu-central-1.amazonaws.com"
      execution_arn = "arn:aws:execute-api:eu-central-1:123456789012:abc"
    }
  }
}

variables {
  artifact         = "versions.tf" # any file
  database_url_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:database"
  signing_keys_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:signing"
  api_keys_arn     = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:api"
  mail_from        = "Approvals <approvals@example.com>"
}

run "without_a_vpc" {
  command = apply

  assert {
    condition     = length(aws_security_group.functions) == 0 && length(aws_iam_role_policy.network) == 0
    error_message = "Without a VPC there must be no security group, and no right to make network interfaces."
  }
  assert {
    condition     = alltrue([for f in aws_lambda_function.function : length(f.vpc_config) == 0])
    error_message = "Without a VPC no function may be in one."
  }
  assert {
    condition = { for name, p in aws_iam_role_policy.function : name => sort(distinct(flatten([for s in jsondecode(p.policy).Statement : s.Action]))) } == {
      http = tolist([
        "kms:Decrypt", "kms:Encrypt", "logs:CreateLogStream", "logs:PutLogEvents", "secretsmanager:GetSecretValue",
        "states:GetExecutionHistory", "states:SendTaskFailure", "states:SendTaskSuccess", "sts:AssumeRole",
        "xray:PutTelemetryRecords", "xray:PutTraceSegments",
      ])
      intake = tolist([
        "kms:Decrypt", "kms:Encrypt", "logs:CreateLogStream", "logs:PutLogEvents", "secretsmanager:GetSecretValue",
        "ses:SendEmail", "ses:SendRawEmail", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage",
        "states:GetExecutionHistory", "states:SendTaskFailure", "states:SendTaskSuccess", "sts:AssumeRole",
        "xray:PutTelemetryRecords", "xray:PutTraceSegments",
      ])
      tick = tolist([
        "kms:Decrypt", "logs:CreateLogStream", "logs:PutLogEvents", "secretsmanager:GetSecretValue", "ses:SendEmail",
        "ses:SendRawEmail", "states:GetExecutionHistory", "states:SendTaskFailure", "states:SendTaskHeartbeat",
        "states:SendTaskSuccess", "sts:AssumeRole", "xray:PutTelemetryRecords", "xray:PutTraceSegments",
      ])
      migrate = tolist([
        "logs:CreateLogStream", "logs:PutLogEvents", "secretsmanager:GetSecretValue", "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
      ])
    }
    error_message = "A role allows something else than its function calls."
  }
  assert {
    condition = alltrue(flatten([for p in aws_iam_role_policy.function : [
      for s in jsondecode(p.policy).Statement : contains(["Traces", "Answers", "Beats"], s.Sid) || !contains(s.Resource, "*")
    ]]))
    error_message = "Only SendTask* and X-Ray may be allowed on all resources."
  }
  assert {
    condition     = aws_sqs_queue.intake.visibility_timeout_seconds >= 6 * aws_lambda_function.function["intake"].timeout + aws_lambda_event_source_mapping.intake.maximum_batching_window_in_seconds
    error_message = "A message must be hidden for six times what the function may take."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue.intake.redrive_policy).maxReceiveCount == 5 && jsondecode(aws_sqs_queue.intake.redrive_policy).deadLetterTargetArn == aws_sqs_queue.dead.arn
    error_message = "What cannot be taken in must end in the dead-letter queue."
  }
  assert {
    condition     = contains(aws_lambda_event_source_mapping.intake.function_response_types, "ReportBatchItemFailures") && aws_lambda_event_source_mapping.intake.scaling_config[0].maximum_concurrency == 5
    error_message = "Batches must be answered message by message, by a few functions at once."
  }
  assert {
    condition = alltrue([for p in aws_sqs_queue_policy.queue : anytrue([
      for s in jsondecode(p.policy).Statement : s.Effect == "Deny" && try(s.Condition.Bool["aws:SecureTransport"], "") == "false"
    ])])
    error_message = "Both queues must take TLS only."
  }
  assert {
    condition     = aws_cloudwatch_event_rule.tick.schedule_expression == "rate(1 minute)" && aws_lambda_function.function["tick"].reserved_concurrent_executions == 1 && aws_lambda_function.function["tick"].timeout <= 60
    error_message = "There must be one tick a minute, one at a time."
  }
  assert {
    condition     = aws_lambda_function.function["http"].timeout <= 29
    error_message = "API Gateway gives up after 30 s."
  }
  assert {
    condition     = alltrue([for a in aws_cloudwatch_metric_alarm.alarm : a.treat_missing_data == "notBreaching"]) && aws_cloudwatch_metric_alarm.tick_silent.treat_missing_data == "breaching"
    error_message = "Silence of the tick is an alarm, and silence elsewhere is peace."
  }
  assert {
    condition     = sort(keys(aws_cloudwatch_metric_alarm.alarm)) == tolist(["callback-attempts", "callbacks", "callbacks-late", "dead-letters", "http-faults", "intake-late", "notice-attempts", "notices-late", "tick-fails", "unconfirmed"])
    error_message = "An alarm is missing."
  }
  assert {
    condition     = alltrue([for g in aws_cloudwatch_log_group.function : g.retention_in_days == 30]) && aws_cloudwatch_log_group.access.retention_in_days == 30
    error_message = "Logs must be dropped in the end."
  }
  assert {
    condition     = !strcontains(aws_apigatewayv2_stage.default.access_log_settings[0].format, "ath")
    error_message = "The access log must not hold paths."
  }
  assert {
    condition     = alltrue([for name in ["APPROVALS_SIGNING_KEYS", "APPROVALS_API_KEYS", "APPROVALS_SEALING_KEYS"] : !contains(keys(aws_lambda_function.function["http"].environment[0].variables), name)])
    error_message = "A function's configuration must not contain secrets."
  }
  assert {
    condition     = aws_lambda_function.function["http"].environment[0].variables.APPROVALS_LEAST_MARGIN == "2m"
    error_message = "Answers must leave two minutes before the state gives up."
  }
  assert {
    condition     = output.address == "https://abc.execute-api.eu-central-1.amazonaws.com" && output.intake_queue_url == aws_sqs_queue.intake.id && output.submission_topic_arn == null
    error_message = "The outputs must name what was made."
  }
  assert {
    condition     = sort(keys(aws_cloudwatch_event_target.intake)) == tolist(["mail", "status"]) && length(aws_sns_topic.submissions) == 0
    error_message = "Without being asked for there is no topic and no rule but those of status events and mails."
  }
  assert {
    condition     = strcontains(aws_lambda_function.function["tick"].environment[0].variables.APPROVALS_MAIL_URL, "configuration-set=approvals") && jsondecode(aws_cloudwatch_event_rule.mail.event_pattern).detail.mail.tags["ses:configuration-set"] == ["approvals"]
    error_message = "SES must report the gateway's own mails that come back, and no others, to the queue."
  }
}

run "with_everything" {
  command = apply

  variables {
    vpc                 = { id = "vpc-1", subnet_ids = ["subnet-1", "subnet-2"], database_security_group_id = "sg-1" }
    topic               = true
    event_rule          = true
    api_auth            = "iam"
    public_url          = "https://approvals.example.com"
    database_url_arn    = ""
    database_iam        = { url = "postgresql+psycopg://approvals@db:5432/approvals", user_arn = "arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-1/approvals" }
    directory_layer_arn = "arn:aws:lambda:eu-central-1:123456789012:layer:directory:3"
    settings            = { APPROVALS_LOG_LEVEL = "debug" }
  }

  assert {
    condition     = alltrue([for f in aws_lambda_function.function : length(f.vpc_config) == 1]) && length(aws_iam_role_policy.network) == 4
    error_message = "All functions must be in the VPC and may make network interfaces."
  }
  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.database) == 1
    error_message = "The database must let the functions in."
  }
  assert {
    condition = alltrue([for p in aws_iam_role_policy.function : anytrue([
      for s in jsondecode(p.policy).Statement : s.Sid == "Database" && s.Action == ["rds-db:connect"]
    ])])
    error_message = "With IAM every function logs in by IAM."
  }
  assert {
    condition     = aws_apigatewayv2_route.api[0].authorization_type == "AWS_IAM" && output.address == "https://approvals.example.com"
    error_message = "The API must be behind the IAM authorizer."
  }
  assert {
    condition     = length(jsondecode(aws_iam_policy.callers.policy).Statement) == 5 && alltrue([for s in jsondecode(aws_iam_policy.callers.policy).Statement : s.Resource != "*"])
    error_message = "Callers may ask through every door, and nothing else."
  }
  assert {
    condition     = length(aws_cloudwatch_event_target.intake) == 3 && aws_sns_topic_subscription.submissions[0].endpoint == aws_sqs_queue.intake.arn
    error_message = "Rule and topic must end in the queue."
  }
  assert {
    condition     = aws_lambda_function.function["tick"].environment[0].variables.APPROVALS_LOG_LEVEL == "debug" && aws_lambda_function.function["tick"].environment[0].variables.APPROVALS_DIRECTORY == "/opt/approvals.yml"
    error_message = "Further settings and the directory must reach the functions."
  }
}

run "a_directory_in_s3" {
  command = plan
  variables {
    directory = "s3://people/approvals.yml"
  }
  assert {
    condition     = aws_lambda_function.function["http"].environment[0].variables.APPROVALS_DIRECTORY == "s3://people/approvals.yml"
    error_message = "The functions must know where the directory lies."
  }
  assert {
    condition = { for name, p in aws_iam_role_policy.function : name => [
      for s in jsondecode(p.policy).Statement : s.Resource if s.Sid == "Directory" && s.Action == ["s3:GetObject"]
      ] } == {
      http    = [["arn:aws:s3:::people/approvals.yml"]]
      intake  = [["arn:aws:s3:::people/approvals.yml"]]
      tick    = [["arn:aws:s3:::people/approvals.yml"]]
      migrate = []
    }
    error_message = "Functions that use the directory may read it, and nothing else."
  }
}

run "a_directory_in_ssm" {
  command = plan
  variables {
    directory = "ssm:/approvals/directory"
  }
  assert {
    condition = alltrue([for name in ["http", "intake", "tick"] : anytrue([
      for s in jsondecode(aws_iam_role_policy.function[name].policy).Statement :
      s.Action == ["ssm:GetParameter"] && s.Resource == ["arn:aws:ssm:eu-central-1:123456789012:parameter/approvals/directory"]
    ])])
    error_message = "Functions that use the directory may read it."
  }
}

run "two_directories_are_refused" {
  command = plan
  variables {
    directory           = "ssm:/approvals/directory"
    directory_layer_arn = "arn:aws:lambda:eu-central-1:123456789012:layer:directory:3"
  }
  expect_failures = [aws_lambda_function.function]
}

run "two_databases_are_refused" {
  command = plan
  variables {
    database_iam = { url = "postgresql+psycopg://approvals@db:5432/approvals", user_arn = "arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-1/approvals" }
  }
  expect_failures = [aws_lambda_function.function]
}
