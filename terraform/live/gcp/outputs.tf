output "bucket" {
  description = "The store's bucket; null where records go to GitHub."
  value       = module.telemetry.bucket
}

output "dead_letters" {
  description = "The subscription of what can never work."
  value       = module.telemetry.dead_letters
}

output "function_names" {
  description = "Each function's name in Cloud Functions, and its service's in Cloud Run."
  value       = module.telemetry.function_names
}

output "invoker_iam_check" {
  description = "Whether Cloud Run checks who calls the webhook; `make deploy-gcp` sets it after each apply."
  value       = module.telemetry.invoker_iam_check
}

output "queues" {
  description = "The topic that the worker's subscription is of."
  value       = module.telemetry.queues
}

output "schedules" {
  description = "When each job runs, and after how many hours without a success its alarm goes off."
  value       = module.telemetry.schedules
}

output "secret_names" {
  description = "Where `make secrets-gcp` puts each secret."
  value       = module.telemetry.secret_names
}

output "try_it" {
  description = "Sends a signed sample from a clone of the repository."
  value       = module.telemetry.try_it
}

output "webhook_events" {
  description = "The events to tick in GitHub's webhook."
  value       = module.telemetry.webhook_events
}

output "webhook_url" {
  description = "The Payload URL of GitHub's webhook."
  value       = module.telemetry.webhook_url
}
