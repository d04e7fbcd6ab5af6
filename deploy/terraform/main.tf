# The same parts as serverless.yml, on the same zip. The actions of each role are in roles.tf.
data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}
data "aws_region" "here" {}

locals {
  partition = data.aws_partition.here.partition
  account   = data.aws_caller_identity.here.account_id
  region    = data.aws_region.here.name
  address   = var.public_url == "" ? aws_apigatewayv2_api.http.api_endpoint : var.public_url

  functions = {
    http    = { timeout = 15, description = "Review pages and the HTTP API" }
    intake  = { timeout = 30, description = "Takes submissions and execution status events in" }
    tick    = { timeout = 55, description = "Reminders, escalations, deadlines; sends all remaining messages" }
    migrate = { timeout = 300, description = "Brings the database to this release; invoked by hand after each deployment" }
  }

  environment = merge({
    APPROVALS_DATABASE_URL_ARN          = var.database_iam == null ? var.database_url_arn : ""
    APPROVALS_DATABASE_URL              = var.database_iam == null ? var.database_address : var.database_iam.url
    APPROVALS_DATABASE_IAM              = var.database_iam == null ? "false" : "true"
    APPROVALS_SIGNING_KEYS_ARN          = var.signing_keys_arn
    APPROVALS_API_KEYS_ARN              = var.api_keys_arn
    APPROVALS_API_AUTH                  = var.api_auth
    APPROVALS_SLACK_TOKENS_ARN          = var.slack_tokens_arn
    APPROVALS_SLACK_SIGNING_SECRETS_ARN = var.slack_signing_secrets_arn
    APPROVALS_KMS_KEY_ID                = aws_kms_key.sealing.arn
    APPROVALS_DIRECTORY                 = var.directory_layer_arn == "" ? var.directory : "/opt/approvals.yml"
    APPROVALS_PUBLIC_URL                = local.address
    APPROVALS_MAIL_URL                  = "ses://${local.region}?configuration-set=${aws_sesv2_configuration_set.mail.configuration_set_name}"
    APPROVALS_MAIL_FROM                 = var.mail_from
    APPROVALS_LEAST_MARGIN              = "2m" # the schedule runs every minute, and can be a minute late
    APPROVALS_DELIVERY_THREADS          = "8"
    APPROVALS_LOG_FORMAT                = "json"
    APPROVALS_METRICS_NAMESPACE         = var.name
  }, var.settings)
}

resource "aws_cloudwatch_log_group" "function" {
  for_each          = local.functions
  name              = "/aws/lambda/${var.name}-${each.key}"
  retention_in_days = var.log_days
  tags              = var.tags
}

resource "aws_lambda_function" "function" {
  for_each                       = local.functions
  function_name                  = "${var.name}-${each.key}"
  description                    = each.value.description
  role                           = aws_iam_role.function[each.key].arn
  handler                        = "approvals.entrypoints.lambdas.${each.key}"
  runtime                        = var.runtime
  architectures                  = [var.architecture]
  filename                       = var.artifact
  source_code_hash               = filebase64sha256(var.artifact)
  timeout                        = each.value.timeout
  memory_size                    = 512
  reserved_concurrent_executions = each.key == "tick" && var.one_tick_at_a_time ? 1 : -1
  layers                         = var.directory_layer_arn == "" ? [] : [var.directory_layer_arn]
  tags                           = var.tags

  environment {
    variables = local.environment
  }

  tracing_config {
    mode = "Active"
  }

  dynamic "vpc_config" {
    for_each = var.vpc == null ? [] : [var.vpc]
    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = [aws_security_group.functions[0].id]
    }
  }

  lifecycle {
    precondition {
      condition     = (var.database_url_arn == "") != (var.database_iam == null)
      error_message = "Give database_url_arn or database_iam, and only one of them."
    }
    precondition {
      condition     = var.directory == "" || var.directory_layer_arn == ""
      error_message = "Give directory or directory_layer_arn, and not both."
    }
  }

  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function, aws_iam_role_policy.network]
}

# The doctor with the role of each function; invoked by hand. They write no log, since a role may write its function's only.
resource "aws_lambda_function" "doctor" {
  for_each         = toset(["http", "intake", "tick"])
  function_name    = "${var.name}-doctor-${each.key}"
  description      = "Examines what the function ${each.key} needs"
  role             = aws_iam_role.function[each.key].arn
  handler          = "approvals.entrypoints.lambdas.doctor_${each.key}"
  runtime          = var.runtime
  architectures    = [var.architecture]
  filename         = var.artifact
  source_code_hash = filebase64sha256(var.artifact)
  timeout          = 60
  memory_size      = 512
  layers           = var.directory_layer_arn == "" ? [] : [var.directory_layer_arn]
  tags             = var.tags

  environment {
    variables = merge(local.environment, each.key == "intake" ? { APPROVALS_QUEUE_URL = aws_sqs_queue.intake.id } : {})
  }

  dynamic "vpc_config" {
    for_each = var.vpc == null ? [] : [var.vpc]
    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = [aws_security_group.functions[0].id]
    }
  }

  depends_on = [aws_iam_role_policy.function, aws_iam_role_policy.network]
}

resource "aws_security_group" "functions" {
  count       = var.vpc == null ? 0 : 1
  name_prefix = "${var.name}-functions-"
  description = "${var.name} functions"
  vpc_id      = var.vpc.id
  tags        = var.tags

  egress {
    description = "AWS and mail"
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
  }

  egress {
    description     = "PostgreSQL"
    protocol        = "tcp"
    from_port       = 5432
    to_port         = 5432
    security_groups = [var.vpc.database_security_group_id]
  }
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  count                        = var.vpc == null ? 0 : 1
  description                  = "${var.name} functions"
  security_group_id            = var.vpc.database_security_group_id
  referenced_security_group_id = aws_security_group.functions[0].id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_kms_key" "sealing" {
  description         = "${var.name} seals task tokens"
  enable_key_rotation = true
  tags                = var.tags
}

resource "aws_kms_alias" "sealing" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.sealing.key_id
}

resource "aws_cloudwatch_event_rule" "tick" {
  name                = "${var.name}-tick"
  schedule_expression = "rate(1 minute)"
  tags                = var.tags
}

resource "aws_cloudwatch_event_target" "tick" {
  rule = aws_cloudwatch_event_rule.tick.name
  arn  = aws_lambda_function.function["tick"].arn
}

resource "aws_lambda_permission" "tick" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.function["tick"].function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.tick.arn
}
