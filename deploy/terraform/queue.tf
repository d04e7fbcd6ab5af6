# A message that cannot be handled is received five times, and then stays in the dead-letter queue for two weeks.
locals {
  queues = { intake = aws_sqs_queue.intake, dead = aws_sqs_queue.dead }
}

resource "aws_sqs_queue" "dead" {
  name                      = "${var.name}-intake-dead"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
  tags                      = var.tags
}

resource "aws_sqs_queue" "intake" {
  name                       = "${var.name}-intake"
  sqs_managed_sse_enabled    = true
  visibility_timeout_seconds = 6 * local.functions.intake.timeout + 1
  message_retention_seconds  = 1209600
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 5 })
  tags                       = var.tags
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url            = aws_sqs_queue.dead.id
  redrive_allow_policy = jsonencode({ redrivePermission = "byQueue", sourceQueueArns = [aws_sqs_queue.intake.arn] })
}

resource "aws_sqs_queue_policy" "queue" {
  for_each  = local.queues
  queue_url = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = each.value.arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }], each.key == "intake" ? local.senders : [])
  })
}

locals {
  senders = [for service, source in merge(
    { for rule in concat(aws_cloudwatch_event_rule.status, aws_cloudwatch_event_rule.submissions, [aws_cloudwatch_event_rule.mail]) : rule.name => rule.arn },
    { for topic in aws_sns_topic.submissions : topic.name => topic.arn },
    ) : {
    Sid       = "From${md5(service)}"
    Effect    = "Allow"
    Principal = { Service = strcontains(source, ":sns:") ? "sns.amazonaws.com" : "events.amazonaws.com" }
    Action    = "sqs:SendMessage"
    Resource  = aws_sqs_queue.intake.arn
    Condition = { ArnEquals = { "aws:SourceArn" = source } }
  }]
}

resource "aws_lambda_event_source_mapping" "intake" {
  event_source_arn                   = aws_sqs_queue.intake.arn
  function_name                      = aws_lambda_function.function["intake"].arn
  batch_size                         = 10
  maximum_batching_window_in_seconds = 1
  function_response_types            = ["ReportBatchItemFailures"]
  scaling_config {
    maximum_concurrency = 5
  }
}

resource "aws_sns_topic" "submissions" {
  count             = var.topic ? 1 : 0
  name              = "${var.name}-submissions"
  kms_master_key_id = "alias/aws/sns"
  tags              = var.tags
}

resource "aws_sns_topic_subscription" "submissions" {
  count     = var.topic ? 1 : 0
  topic_arn = aws_sns_topic.submissions[0].arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.intake.arn
}

resource "aws_cloudwatch_event_rule" "submissions" {
  count         = var.event_rule ? 1 : 0
  name          = "${var.name}-submissions"
  description   = "Submissions by events:putEvents.waitForTaskToken"
  event_pattern = jsonencode({ "detail-type" = ["Approval wanted"] })
  tags          = var.tags
}

resource "aws_cloudwatch_event_rule" "status" {
  count       = var.status_events ? 1 : 0
  name        = "${var.name}-status"
  description = "Executions that ended without an answer; a heartbeat checks what waits for them"
  event_pattern = jsonencode({
    source        = ["aws.states"]
    "detail-type" = ["Step Functions Execution Status Change"]
    detail        = { status = ["ABORTED", "TIMED_OUT", "FAILED"] }
  })
  tags = var.tags
}

resource "aws_cloudwatch_event_target" "intake" {
  for_each = merge(
    { mail = aws_cloudwatch_event_rule.mail.name },
    var.event_rule ? { submissions = aws_cloudwatch_event_rule.submissions[0].name } : {},
    var.status_events ? { status = aws_cloudwatch_event_rule.status[0].name } : {},
  )
  rule = each.value
  arn  = aws_sqs_queue.intake.arn
}
