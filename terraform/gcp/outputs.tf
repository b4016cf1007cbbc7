output "alarm_names" {
  description = "Names of the alarms that exist, without the prefix `telemetry-ENVIRONMENT_ID-`."
  value       = [for name in local.alarm_names : name if local.is_wanted[name]]

  precondition {
    condition     = length(setsubtract(coalesce(var.alarms.only, []), local.alarm_names)) == 0
    error_message = "alarms.only names alarms that do not exist: ${join(", ", setsubtract(coalesce(var.alarms.only, []), local.alarm_names))}. These exist: ${join(", ", sort(local.alarm_names))}."
  }
}

output "analytics" {
  description = "What `telemetry models` and `telemetry report` need of the analytics: `dataset`, `location`, the folder of the records, where the engine writes below `analytics/`, and the arguments of `bq query` that limit its bytes. Null without analytics."
  value = one([
    for bucket in values(local.analytics) : {
      dataset   = google_bigquery_dataset.analytics["this"].dataset_id
      location  = trimsuffix("gs://${bucket}/${local.store_prefix}", "/")
      arguments = "--project_id=${var.project} --location=${local.region} --maximum_bytes_billed=${var.analytics.bytes_per_query}"
    }
  ])
}

output "bucket" {
  description = "Name of the store's bucket; null if records go to GitHub."
  value       = one(google_storage_bucket.store[*].name)
}

output "dead_letters" {
  description = "Subscription of the dead letters."
  value       = google_pubsub_subscription.dead_letters.id
}

output "domain_target" {
  description = "What a custom domain needs: an external Application Load Balancer whose serverless network endpoint group has this `region` and this `cloud_function`. The DNS record names the load balancer."
  value       = { region = local.region, cloud_function = module.webhook.name }
}

output "function_names" {
  description = "Names of the functions that exist in Cloud Functions, and of their services in Cloud Run: `webhook`, `worker`, `schedule`, `canary`."
  value       = local.functions
}

output "invoker_iam_check" {
  description = "Whether Cloud Run checks who calls the webhook; `telemetry deploy gcp` sets it after each apply."
  value       = var.invoker_iam_check
}

output "queues" {
  description = "Topic of the events, `events`."
  value       = { events = google_pubsub_topic.events.id }
}

output "schedules" {
  description = "The scheduled jobs: `expression` says when each runs, `alarm_hours` after how many hours without a success its alarm is raised."
  value       = local.schedules
}

output "secret_names" {
  description = "Names of the secrets that `telemetry secrets gcp` sets."
  value       = local.secret_names
}

output "try_it" {
  description = "Command that sends a signed sample event; run it in a clone of the repository."
  value       = "ENVIRONMENT_ID=${var.environment_id} GITHUB_WEBHOOK_SECRET=$(telemetry secrets gcp --show) telemetry send check_suite cli/samples/check_suite.json --url ${local.webhook_url}"
}

output "webhook_events" {
  description = "Events to select in GitHub's webhook."
  value       = jsondecode(file("${path.module}/../webhook_events.json"))
}

output "webhook_url" {
  description = "Payload URL of GitHub's webhook."
  value       = local.webhook_url
}

locals {
  webhook_url = "${module.webhook.uri}/telemetry"
}
