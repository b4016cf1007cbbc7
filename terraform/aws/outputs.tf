output "alarm_names" {
  description = "Names of the alarms that exist, without the prefix `telemetry-ENVIRONMENT_ID-`."
  value       = keys(aws_cloudwatch_metric_alarm.this)

  precondition {
    condition     = length(setsubtract(coalesce(var.alarms.only, []), keys(local.alarms))) == 0
    error_message = "alarms.only names alarms that do not exist: ${join(", ", setsubtract(coalesce(var.alarms.only, []), keys(local.alarms)))}. These exist: ${join(", ", sort(keys(local.alarms)))}."
  }
}

output "analytics" {
  description = "What `telemetry models` and `telemetry report` need of the analytics: `dataset`, the database of Glue, `location`, the folder of the records, where the engine writes below `analytics/`, `workgroup`, and the ARNs of the roles `reader` and `refresher`. Null without analytics."
  value = one([
    for bucket in values(local.analytics) : {
      dataset   = local.analytics_name
      location  = trimsuffix("s3://${bucket.bucket}/${local.store_prefix}", "/")
      workgroup = aws_athena_workgroup.analytics["this"].name
      reader    = try(aws_iam_role.analytics["reader"].arn, null)
      refresher = try(aws_iam_role.analytics["refresher"].arn, null)
    }
  ])
}

output "bucket" {
  description = "Name of the store's bucket; null if records go to GitHub."
  value       = one(aws_s3_bucket.store[*].bucket)
}

output "dead_letters" {
  description = "URL of the dead-letter queue."
  value       = aws_sqs_queue.dead_letters.url
}

output "domain_target" {
  description = "Target of the DNS record of `webhook.domain`: `name` for a CNAME or an alias, `hosted_zone_id` for an alias in Route 53. Null without a domain."
  value = one([
    for domain in aws_apigatewayv2_domain_name.webhook : {
      name           = domain.domain_name_configuration[0].target_domain_name
      hosted_zone_id = domain.domain_name_configuration[0].hosted_zone_id
    }
  ])
}

output "function_names" {
  description = "Names of the functions that exist in Lambda: `webhook`, `worker`, `schedule`, `canary`."
  value       = local.functions
}

output "queues" {
  description = "URLs of the queues that the worker reads: `events` and `retries`."
  value       = { events = aws_sqs_queue.events.url, retries = aws_sqs_queue.retries.url }
}

output "schedules" {
  description = "The scheduled jobs: `expression` says when each runs, `alarm_hours` after how many hours without a success its alarm is raised."
  value       = local.schedules
}

output "secret_names" {
  description = "Names of the parameters that `telemetry secrets aws` sets."
  value       = local.secret_names
}

output "try_it" {
  description = "Command that sends a signed sample event; run it in a clone of the repository."
  value       = "ENVIRONMENT_ID=${var.environment_id} GITHUB_WEBHOOK_SECRET=$(telemetry secrets aws --show) telemetry send check_suite cli/samples/check_suite.json --url ${local.webhook_url}"
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
  webhook_url = var.webhook.domain == null ? "${aws_apigatewayv2_api.webhook.api_endpoint}/telemetry" : "https://${var.webhook.domain.name}/telemetry"
}
