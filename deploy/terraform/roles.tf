# One role for each function, with only the permissions that the function needs.
locals {
  iam_prefix = "arn:${local.partition}"
  in_s3      = startswith(var.directory, "s3://")
  looks      = var.directory == "" ? [] : ["directory"]
  archive    = lookup(var.settings, "APPROVALS_RETENTION_EXPORT", "")
  archives   = startswith(local.archive, "s3://") ? ["archive"] : []

  grants = {
    traces  = { actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources = ["*"] } # X-Ray knows no resources
    answers = { actions = ["states:SendTaskSuccess", "states:SendTaskFailure"], resources = ["*"] }  # nor do SendTask*; the token is the authority
    beats   = { actions = ["states:SendTaskHeartbeat"], resources = ["*"] }
    history = {
      actions   = ["states:GetExecutionHistory"] # the result of a callback whose response was lost is read from the history
      resources = ["${local.iam_prefix}:states:*:${local.account}:execution:*"]
    }
    others = {
      actions   = ["sts:AssumeRole"] # each account decides for itself whether its role trusts this one
      resources = ["${local.iam_prefix}:iam::*:role/approvals-callback"]
    }
    seal   = { actions = ["kms:Encrypt"], resources = [aws_kms_key.sealing.arn] }
    unseal = { actions = ["kms:Decrypt"], resources = [aws_kms_key.sealing.arn] }
    mail = {
      actions = ["ses:SendEmail", "ses:SendRawEmail"]
      resources = [
        "${local.iam_prefix}:ses:${local.region}:${local.account}:identity/*",
        "${local.iam_prefix}:ses:${local.region}:${local.account}:configuration-set/*",
      ]
    }
    receive = {
      actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
      resources = [aws_sqs_queue.intake.arn]
    }
    dead = { actions = ["sqs:GetQueueAttributes"], resources = [aws_sqs_queue.dead.arn] } # the doctor counts its messages
    keys = {
      actions   = ["secretsmanager:GetSecretValue"]
      resources = compact([var.signing_keys_arn, var.api_keys_arn, var.slack_tokens_arn, var.slack_signing_secrets_arn])
    }
    directory = {
      actions = [local.in_s3 ? "s3:GetObject" : "ssm:GetParameter"]
      resources = [local.in_s3
        ? "${local.iam_prefix}:s3:::${trimprefix(var.directory, "s3://")}"
        : "${local.iam_prefix}:ssm:${local.region}:${local.account}:parameter${trimprefix(var.directory, "ssm:")}"
      ]
    }
    archive = {
      actions   = ["s3:PutObject"] # approvals that are purged
      resources = ["${local.iam_prefix}:s3:::${trimsuffix(trimprefix(local.archive, "s3://"), "/")}/*"]
    }
    database = {
      actions   = [var.database_iam == null ? "secretsmanager:GetSecretValue" : "rds-db:connect"]
      resources = [var.database_iam == null ? var.database_url_arn : var.database_iam.user_arn]
    }
  }

  granted = {
    http    = concat(["answers", "history", "others", "seal", "unseal"], local.looks)
    intake  = concat(["answers", "history", "others", "seal", "unseal", "mail", "receive", "dead"], local.looks)
    tick    = concat(["answers", "beats", "history", "others", "unseal", "mail"], local.looks, local.archives)
    migrate = []
  }
}

resource "aws_iam_role" "function" {
  for_each = local.functions
  name     = "${var.name}-${each.key}"
  tags     = var.tags
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "function" {
  for_each = local.functions
  name     = each.key
  role     = aws_iam_role.function[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.function[each.key].arn}:*"]
      }],
      [for grant in concat(["traces", "keys", "database"], local.granted[each.key]) : {
        Sid      = title(grant)
        Effect   = "Allow"
        Action   = local.grants[grant].actions
        Resource = local.grants[grant].resources
      }],
    )
  })
}

resource "aws_iam_role_policy" "network" {
  for_each = var.vpc == null ? {} : local.functions
  name     = "network"
  role     = aws_iam_role.function[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = [
        "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
      ]
      Resource = ["*"] # Lambda requires exactly this, for all interfaces
    }]
  })
}

# The permissions of a workflow's role: attach this policy to it.
resource "aws_iam_policy" "callers" {
  name        = "${var.name}-callers"
  description = "May ask for approvals (${var.name})"
  tags        = var.tags
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        { Sid = "Queue", Effect = "Allow", Action = "sqs:SendMessage", Resource = aws_sqs_queue.intake.arn },
        { Sid = "Function", Effect = "Allow", Action = "lambda:InvokeFunction", Resource = aws_lambda_function.function["intake"].arn },
      ],
      [for topic in aws_sns_topic.submissions : { Sid = "Topic", Effect = "Allow", Action = "sns:Publish", Resource = topic.arn }],
      var.api_auth == "iam" ? [
        { Sid = "Api", Effect = "Allow", Action = "execute-api:Invoke", Resource = "${aws_apigatewayv2_api.http.execution_arn}/*/*/v1/*" },
      ] : [],
      var.event_rule ? [{
        Sid       = "Bus"
        Effect    = "Allow"
        Action    = "events:PutEvents"
        Resource  = "${local.iam_prefix}:events:${local.region}:${local.account}:event-bus/default"
        Condition = { StringEquals = { "events:detail-type" = "Approval wanted" } }
      }] : [],
    )
  })
}
