output "alarm_names" {
  description = "Names of the alarms that exist, without the prefix `telemetry-ENVIRONMENT_ID-`."
  value       = module.telemetry.alarm_names
}

output "analytics" {
  description = "What `telemetry models` and `telemetry report` need of the analytics: `dataset`, `location`, the folder of the records, where the engine writes below `analytics/`, and the arguments of `bq query` that limit its bytes. Null without analytics."
  value       = module.telemetry.analytics
}

output "bucket" {
  description = "Name of the store's bucket; null if records go to GitHub."
  value       = module.telemetry.bucket
}

output "dead_letters" {
  description = "Subscription of the dead letters."
  value       = module.telemetry.dead_letters
}

output "domain_target" {
  description = "What a custom domain needs: an external Application Load Balancer whose serverless network endpoint group has this `region` and this `cloud_function`. The DNS record names the load balancer."
  value       = module.telemetry.domain_target
}

output "function_names" {
  description = "Names of the functions that exist in Cloud Functions, and of their services in Cloud Run: `webhook`, `worker`, `schedule`, `canary`."
  value       = module.telemetry.function_names
}

output "invoker_iam_check" {
  description = "Whether Cloud Run checks who calls the webhook; `telemetry deploy gcp` sets it after each apply."
  value       = module.telemetry.invoker_iam_check
}

output "queues" {
  description = "Topic of the events, `events`."
  value       = module.telemetry.queues
}

output "schedules" {
  description = "The scheduled jobs: `expression` says when each runs, `alarm_hours` after how many hours without a success its alarm is raised."
  value       = module.telemetry.schedules
}

output "secret_names" {
  description = "Names of the secrets that `telemetry secrets gcp` sets."
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
