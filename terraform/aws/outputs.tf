output "bucket" {
  description = "The store's bucket; null where records go to GitHub."
  value       = one(aws_s3_bucket.store[*].bucket)
}

output "dead_letters" {
  description = "URL of the queue of what can never work."
  value       = aws_sqs_queue.dead_letters.url
}

output "function_names" {
  description = "Each function's name in Lambda."
  value       = local.functions
}

output "queues" {
  description = "URLs of the queues that the worker works."
  value       = { events = aws_sqs_queue.events.url, retries = aws_sqs_queue.retries.url }
}

output "schedules" {
  description = "When each job runs, and after how many hours without a success its alarm goes off."
  value       = local.schedules
}

output "secret_names" {
  description = "Where `make secrets-aws` puts each secret."
  value       = local.secret_names
}

output "try_it" {
  description = "Sends a signed sample from a clone of the repository."
  value       = "ENVIRONMENT_ID=${var.environment_id} GITHUB_WEBHOOK_SECRET=$(telemetry secrets aws --show) telemetry send check_suite cli/samples/check_suite.json --url ${local.webhook_url}"
}

output "webhook_events" {
  description = "The events to tick in GitHub's webhook."
  value       = jsondecode(file("${path.module}/../webhook_events.json"))
}

output "webhook_url" {
  description = "The Payload URL of GitHub's webhook."
  value       = local.webhook_url
}

locals {
  webhook_url = var.webhook.domain == null ? "${aws_apigatewayv2_api.webhook.api_endpoint}/telemetry" : "https://${var.webhook.domain.name}/telemetry"
}
