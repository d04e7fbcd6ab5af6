# The dashboard in CloudWatch. docs/how-to/runbook.md reads it; deploy/serverless/dashboard.yml has the same.
resource "aws_cloudwatch_dashboard" "approvals" {
  dashboard_name = var.name
  dashboard_body = <<-JSON
  {"widgets": [
    {"type": "metric", "x": 0, "y": 0, "width": 8, "height": 6, "properties": {"title": "Waiting", "view": "timeSeries", "region": "${local.region}", "period": 60, "metrics": [
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "Pending", "Service", "approvals", {"stat": "Maximum", "label": "pending"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "Overdue", "Service", "approvals", {"stat": "Maximum", "label": "overdue"}]
    ]}},
    {"type": "metric", "x": 8, "y": 0, "width": 8, "height": 6, "properties": {"title": "Oldest undelivered message, in seconds", "view": "timeSeries", "region": "${local.region}", "period": 60, "metrics": [
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "OldestMessage", "Service", "approvals", "Lane", "callback", {"stat": "Maximum", "label": "callback"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "OldestMessage", "Service", "approvals", "Lane", "notice", {"stat": "Maximum", "label": "notice"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "SweepLag", "Service", "approvals", {"stat": "Maximum", "label": "sweep"}]
    ]}},
    {"type": "metric", "x": 16, "y": 0, "width": 8, "height": 6, "properties": {"title": "Failed attempts", "view": "timeSeries", "region": "${local.region}", "period": 300, "metrics": [
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "AttemptsFailed", "Service", "approvals", "Lane", "callback", {"stat": "Sum", "label": "callback"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "AttemptsFailed", "Service", "approvals", "Lane", "notice", {"stat": "Sum", "label": "notice"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "HeartbeatsFailed", "Service", "approvals", {"stat": "Sum", "label": "heartbeats"}]
    ]}},
    {"type": "metric", "x": 0, "y": 6, "width": 8, "height": 6, "properties": {"title": "Callbacks", "view": "timeSeries", "region": "${local.region}", "period": 300, "metrics": [
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "CallbacksDelivered", "Service", "approvals", {"stat": "Sum", "label": "delivered"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "CallbacksTooLate", "Service", "approvals", {"stat": "Sum", "label": "too late"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "CallbacksFailed", "Service", "approvals", {"stat": "Sum", "label": "failed"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "CallbacksUnconfirmed", "Service", "approvals", {"stat": "Sum", "label": "unconfirmed"}]
    ]}},
    {"type": "metric", "x": 8, "y": 6, "width": 8, "height": 6, "properties": {"title": "Callbacks that somebody must look at", "view": "timeSeries", "region": "${local.region}", "period": 60, "metrics": [
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "CallbacksUndelivered", "Service", "approvals", "State", "failed", {"stat": "Maximum", "label": "failed"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "CallbacksUndelivered", "Service", "approvals", "State", "unconfirmed", {"stat": "Maximum", "label": "unconfirmed"}]
    ]}},
    {"type": "metric", "x": 16, "y": 6, "width": 8, "height": 6, "properties": {"title": "Opened and settled", "view": "timeSeries", "region": "${local.region}", "period": 3600, "metrics": [
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "ApprovalsOpened", "Service", "approvals", {"stat": "Sum", "label": "opened"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "ApprovalsSettled", "Service", "approvals", "Outcome", "approved", {"stat": "Sum", "label": "approved"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "ApprovalsSettled", "Service", "approvals", "Outcome", "rejected", {"stat": "Sum", "label": "rejected"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "ApprovalsSettled", "Service", "approvals", "Outcome", "expired", {"stat": "Sum", "label": "expired"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "ApprovalsSettled", "Service", "approvals", "Outcome", "cancelled", {"stat": "Sum", "label": "cancelled"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "ApprovalsSettled", "Service", "approvals", "Outcome", "superseded", {"stat": "Sum", "label": "superseded"}]
    ]}},
    {"type": "metric", "x": 0, "y": 12, "width": 8, "height": 6, "properties": {"title": "Time to decision, in seconds", "view": "timeSeries", "region": "${local.region}", "period": 3600, "metrics": [
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "TimeToDecision", "Service", "approvals", {"stat": "p50", "label": "p50"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "TimeToDecision", "Service", "approvals", {"stat": "p95", "label": "p95"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "TimeToFirstView", "Service", "approvals", {"stat": "p50", "label": "first view p50"}]
    ]}},
    {"type": "metric", "x": 8, "y": 12, "width": 8, "height": 6, "properties": {"title": "Answers", "view": "timeSeries", "region": "${local.region}", "period": 3600, "metrics": [
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "Decisions", "Service", "approvals", {"stat": "Sum", "label": "answers"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "RubberStamps", "Service", "approvals", {"stat": "Sum", "label": "within three seconds"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "Escalations", "Service", "approvals", {"stat": "Sum", "label": "escalations"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "Reminders", "Service", "approvals", {"stat": "Sum", "label": "reminders"}]
    ]}},
    {"type": "metric", "x": 16, "y": 12, "width": 8, "height": 6, "properties": {"title": "Errors", "view": "timeSeries", "region": "${local.region}", "period": 300, "metrics": [
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "HttpServerErrors", "Service", "approvals", {"stat": "Sum", "label": "5xx"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "DatabaseErrors", "Service", "approvals", {"stat": "Sum", "label": "database"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "KmsErrors", "Service", "approvals", {"stat": "Sum", "label": "KMS"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "RowsUnreadable", "Service", "approvals", {"stat": "Sum", "label": "unreadable rows"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "SubmissionsRefused", "Service", "approvals", {"stat": "Sum", "label": "refused submissions"}],
      ["${local.environment.APPROVALS_METRICS_NAMESPACE}", "NoticesFailed", "Service", "approvals", {"stat": "Sum", "label": "notices failed"}]
    ]}},
    {"type": "metric", "x": 0, "y": 18, "width": 8, "height": 6, "properties": {"title": "Queue", "view": "timeSeries", "region": "${local.region}", "period": 60, "metrics": [
      ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "${aws_sqs_queue.dead.name}", {"stat": "Maximum", "label": "dead letters"}],
      ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "${aws_sqs_queue.intake.name}", {"stat": "Maximum", "label": "age of the oldest submission, in seconds"}]
    ]}},
    {"type": "metric", "x": 8, "y": 18, "width": 8, "height": 6, "properties": {"title": "Functions", "view": "timeSeries", "region": "${local.region}", "period": 60, "metrics": [
      ["AWS/Lambda", "Errors", "FunctionName", "${aws_lambda_function.function["http"].function_name}", {"stat": "Sum", "label": "http errors"}],
      ["AWS/Lambda", "Errors", "FunctionName", "${aws_lambda_function.function["intake"].function_name}", {"stat": "Sum", "label": "intake errors"}],
      ["AWS/Lambda", "Errors", "FunctionName", "${aws_lambda_function.function["tick"].function_name}", {"stat": "Sum", "label": "tick errors"}],
      ["AWS/Lambda", "Invocations", "FunctionName", "${aws_lambda_function.function["tick"].function_name}", {"stat": "Sum", "label": "ticks"}]
    ]}},
    {"type": "metric", "x": 16, "y": 18, "width": 8, "height": 6, "properties": {"title": "Requests", "view": "timeSeries", "region": "${local.region}", "period": 60, "metrics": [
      ["AWS/ApiGateway", "Count", "ApiId", "${aws_apigatewayv2_api.http.id}", {"stat": "Sum", "label": "requests"}],
      ["AWS/ApiGateway", "5xx", "ApiId", "${aws_apigatewayv2_api.http.id}", {"stat": "Sum", "label": "5xx"}],
      ["AWS/ApiGateway", "Latency", "ApiId", "${aws_apigatewayv2_api.http.id}", {"stat": "p95", "label": "latency p95, in milliseconds"}]
    ]}}
  ]}
  JSON
}
