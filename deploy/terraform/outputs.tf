output "address" {
  description = "Where people and callers of the API reach the gateway."
  value       = local.address
}

output "intake_queue_url" {
  description = "QueueUrl of sqs:sendMessage.waitForTaskToken."
  value       = aws_sqs_queue.intake.id
}

output "intake_queue_arn" {
  value = aws_sqs_queue.intake.arn
}

output "submission_topic_arn" {
  description = "TopicArn of sns:publish.waitForTaskToken; null without a topic."
  value       = var.topic ? aws_sns_topic.submissions[0].arn : null
}

output "caller_policy_arn" {
  description = "Attach it to the roles of workflows that ask."
  value       = aws_iam_policy.callers.arn
}

output "alarm_topic_arn" {
  description = "Subscribe everybody who must receive alarms."
  value       = aws_sns_topic.alarms.arn
}

output "migrate_function" {
  description = "Invoke it once after each deployment."
  value       = aws_lambda_function.function["migrate"].function_name
}
