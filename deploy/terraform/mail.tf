# SES reports mails that come back, and complaints, on the default event bus. A rule sends them to the intake queue.
resource "aws_sesv2_configuration_set" "mail" {
  configuration_set_name = var.name
  tags                   = var.tags
}

resource "aws_sesv2_configuration_set_event_destination" "mail" {
  configuration_set_name = aws_sesv2_configuration_set.mail.configuration_set_name
  event_destination_name = "gateway"

  event_destination {
    enabled              = true
    matching_event_types = ["BOUNCE", "COMPLAINT"]

    event_bridge_destination {
      event_bus_arn = "arn:${local.partition}:events:${local.region}:${local.account}:event-bus/default"
    }
  }
}

resource "aws_cloudwatch_event_rule" "mail" {
  name        = "${var.name}-mail"
  description = "Mails that came back, and complaints; their recipients count as unreachable"
  event_pattern = jsonencode({
    source        = ["aws.ses"]
    "detail-type" = ["Email Bounced", "Email Complaint Received"]
    detail        = { mail = { tags = { "ses:configuration-set" = [aws_sesv2_configuration_set.mail.configuration_set_name] } } }
  })
  tags = var.tags
}
