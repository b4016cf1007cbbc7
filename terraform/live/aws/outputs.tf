output "bucket" {
  description = "The store's bucket; null where records go to GitHub."
  value       = module.telemetry.bucket
}

output "dead_letters" {
  description = "URL of the queue of what can never work."
  value       = module.telemetry.dead_letters
}

output "function_names" {
  description = "Each function's name in Lambda."
  value       = module.telemetry.function_names
}

output "queues" {
  description = "URLs of the queues that the worker works."
  value       = module.telemetry.queues
}

output "schedules" {
  description = "When each job runs, and after how many hours without a success its alarm goes off."
  value       = module.telemetry.schedules
}

output "secret_names" {
  description = "Where `make secrets-aws` puts each secret."
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
