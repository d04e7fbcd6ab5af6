resource "aws_apigatewayv2_api" "http" {
  name          = var.name
  protocol_type = "HTTP"
  tags          = var.tags
}

resource "aws_apigatewayv2_integration" "http" {
  api_id                 = aws_apigatewayv2_api.http.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.function["http"].arn
  payload_format_version = "2.0"
  timeout_milliseconds   = 1000 * local.functions.http.timeout + 500
}

resource "aws_apigatewayv2_route" "all" {
  api_id    = aws_apigatewayv2_api.http.id
  route_key = "$default"
  target    = "integrations/${aws_apigatewayv2_integration.http.id}"
}

resource "aws_apigatewayv2_route" "api" {
  count              = var.api_auth == "iam" ? 1 : 0
  api_id             = aws_apigatewayv2_api.http.id
  route_key          = "ANY /v1/{proxy+}"
  authorization_type = "AWS_IAM"
  target             = "integrations/${aws_apigatewayv2_integration.http.id}"
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/aws/http-api/${var.name}"
  retention_in_days = var.log_days
  tags              = var.tags
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.http.id
  name        = "$default"
  auto_deploy = true
  tags        = var.tags

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    # neither path nor query: a review link is a secret until it expires
    format = jsonencode({
      requestId   = "$context.requestId"
      time        = "$context.requestTime"
      ip          = "$context.identity.sourceIp"
      method      = "$context.httpMethod"
      status      = "$context.status"
      latencyMs   = "$context.responseLatency"
      bytes       = "$context.responseLength"
      error       = "$context.error.message"
      integration = "$context.integration.error"
    })
  }

  default_route_settings {
    detailed_metrics_enabled = true
    throttling_rate_limit    = var.throttle.rate
    throttling_burst_limit   = var.throttle.burst
  }
}

resource "aws_lambda_permission" "api" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.function["http"].function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.http.execution_arn}/*"
}
