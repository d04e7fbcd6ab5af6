# Each alarm notifies the alarm topic; subscribe to it to receive them. docs/how-to/runbook.md says what to do.
locals {
  alarms = {
    dead-letters = {
      about = "A submission could not be taken in; it lies in the dead-letter queue"
      of    = ["AWS/SQS", "ApproximateNumberOfMessagesVisible", { QueueName = aws_sqs_queue.dead.name }]
      when  = { statistic = "Maximum", period = 60, periods = 1, above = 0 }
    }
    intake-late = {
      about = "Submissions have waited for more than five minutes"
      of    = ["AWS/SQS", "ApproximateAgeOfOldestMessage", { QueueName = aws_sqs_queue.intake.name }]
      when  = { statistic = "Maximum", period = 60, periods = 3, above = 300 }
    }
    http-faults = {
      about = "Pages or API answer 5xx"
      of    = ["AWS/ApiGateway", "5xx", { ApiId = aws_apigatewayv2_api.http.id }]
      when  = { statistic = "Sum", period = 300, periods = 1, above = 2 }
    }
    tick-fails = {
      about = "The tick fails again and again"
      of    = ["AWS/Lambda", "Errors", { FunctionName = aws_lambda_function.function["tick"].function_name }]
      when  = { statistic = "Sum", period = 300, periods = 1, above = 2 }
    }
    callbacks = {
      about = "Decisions could not be sent to their workflows"
      of    = [local.environment.APPROVALS_METRICS_NAMESPACE, "CallbacksFailed", { Service = "approvals" }]
      when  = { statistic = "Sum", period = 300, periods = 1, above = 0 }
    }
    unconfirmed = {
      about = "It is not known whether a decision reached its workflow; an operator has to look"
      of    = [local.environment.APPROVALS_METRICS_NAMESPACE, "CallbacksUnconfirmed", { Service = "approvals" }]
      when  = { statistic = "Sum", period = 300, periods = 1, above = 0 }
    }
    callbacks-late = {
      about = "A workflow has waited for its outcome for five minutes"
      of    = [local.environment.APPROVALS_METRICS_NAMESPACE, "OldestMessage", { Service = "approvals", Lane = "callback" }]
      when  = { statistic = "Maximum", period = 60, periods = 3, above = 300 }
    }
    notices-late = {
      about = "A message to a person has not left for fifteen minutes"
      of    = [local.environment.APPROVALS_METRICS_NAMESPACE, "OldestMessage", { Service = "approvals", Lane = "notice" }]
      when  = { statistic = "Maximum", period = 60, periods = 3, above = 900 }
    }
    callback-attempts = {
      about = "Attempts to send outcomes to workflows fail again and again"
      of    = [local.environment.APPROVALS_METRICS_NAMESPACE, "AttemptsFailed", { Service = "approvals", Lane = "callback" }]
      when  = { statistic = "Sum", period = 300, periods = 2, above = 2 }
    }
    notice-attempts = {
      about = "Attempts to send messages to people fail again and again"
      of    = [local.environment.APPROVALS_METRICS_NAMESPACE, "AttemptsFailed", { Service = "approvals", Lane = "notice" }]
      when  = { statistic = "Sum", period = 300, periods = 2, above = 2 }
    }
  }
}

resource "aws_sns_topic" "alarms" {
  name = "${var.name}-alarms"
  tags = var.tags
}

resource "aws_cloudwatch_metric_alarm" "alarm" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.about
  namespace           = each.value.of[0]
  metric_name         = each.value.of[1]
  dimensions          = each.value.of[2]
  statistic           = each.value.when.statistic
  period              = each.value.when.period
  evaluation_periods  = each.value.when.periods
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.when.above
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "tick_silent" {
  alarm_name          = "${var.name}-tick-silent"
  alarm_description   = "No tick for ten minutes; reminders, deadlines and repeated callbacks are late"
  namespace           = "AWS/Lambda"
  metric_name         = "Invocations"
  dimensions          = { FunctionName = aws_lambda_function.function["tick"].function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 2
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
  tags                = var.tags
}
