output "bucket" {
  description = "The store's bucket; null where records go to GitHub."
  value       = one(google_storage_bucket.store[*].name)
}

output "dead_letters" {
  description = "The subscription of what can never work."
  value       = google_pubsub_subscription.dead_letters.id
}

output "function_names" {
  description = "Each function's name in Cloud Functions, and its service's in Cloud Run."
  value       = local.functions
}

output "invoker_iam_check" {
  description = "Whether Cloud Run checks who calls the webhook; `make deploy-gcp` sets it after each apply."
  value       = var.invoker_iam_check
}

output "queues" {
  description = "The topic that the worker's subscription is of."
  value       = { events = google_pubsub_topic.events.id }
}

output "schedules" {
  description = "When each job runs, and after how many hours without a success its alarm goes off."
  value       = local.schedules
}

output "secret_names" {
  description = "Where `make secrets-gcp` puts each secret."
  value       = local.secret_names
}

output "try_it" {
  description = "Sends a signed sample from a clone of the repository."
  value       = "ENVIRONMENT_ID=${var.environment_id} GITHUB_WEBHOOK_SECRET=$(telemetry secrets gcp --show) telemetry send check_suite cli/samples/check_suite.json --url ${local.webhook_url}"
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
  webhook_url = "${module.webhook.uri}/telemetry"
}
