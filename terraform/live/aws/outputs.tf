output "alarm_names" {
  description = "Names of the alarms that exist, without the prefix `telemetry-ENVIRONMENT_ID-`."
  value       = module.telemetry.alarm_names
}

output "analytics" {
  description = "What `telemetry models` and `telemetry report` need of the analytics: `dataset`, the database of Glue, `location`, the folder of the records, where the engine writes below `analytics/`, `workgroup`, and the ARNs of the roles `reader` and `refresher`. Null without analytics."
  value       = module.telemetry.analytics
}

output "bucket" {
  description = "Name of the store's bucket; null if records go to GitHub."
  value       = module.telemetry.bucket
}

output "dead_letters" {
  description = "URL of the dead-letter queue."
  value       = module.telemetry.dead_letters
}

output "domain_target" {
  description = "Target of the DNS record of `webhook.domain`: `name` for a CNAME or an alias, `hosted_zone_id` for an alias in Route 53. Null without a domain."
  value       = module.telemetry.domain_target
}

output "function_names" {
  description = "Names of the functions that exist in Lambda: `webhook`, `worker`, `schedule`, `canary`."
  value       = module.telemetry.function_names
}

output "queues" {
  description = "URLs of the queues that the worker reads: `events` and `retries`."
  value       = module.telemetry.queues
}

output "schedules" {
  description = "The scheduled jobs: `expression` says when each runs, `alarm_hours` after how many hours without a success its alarm is raised."
  value       = module.telemetry.schedules
}

output "secret_names" {
  description = "Names of the parameters that `telemetry secrets aws` sets."
  value       = module.telemetry.secret_names
}

output "try_it" {
  description = "Command that sends a signed sample event; run it in a clone of the repository."
  value       = module.telemetry.try_it
}

output "webhook_events" {
  description = "Events to select in GitHub's webhook."
  value       = module.telemetry.webhook_events
}

output "webhook_url" {
  description = "Payload URL of GitHub's webhook."
  value       = module.telemetry.webhook_url
}
