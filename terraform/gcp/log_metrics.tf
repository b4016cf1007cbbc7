# Log-based metrics: they count lines of core/log.py and of Cloud Run, whatever bucket keeps those.
# https://cloud.google.com/logging/docs/logs-based-metrics

locals {
  # What each counts, of which function. `lines` are the conditions that a line meets.
  line_metrics = {
    unavailable = {
      description = "Deliveries that received a 503"
      service     = "${local.prefix}-webhook", labels = []
      lines       = ["jsonPayload.step=\"accept\"", "jsonPayload.outcome=\"unavailable\""]
    }
    secret_leaked = {
      description = "Deliveries that had the secret in a header"
      service     = "${local.prefix}-webhook", labels = []
      lines       = ["jsonPayload.step=\"accept\"", "jsonPayload.outcome=\"secret-leaked\""]
    }
    # run.googleapis.com/request_count leaves out requests that reach no instance; Cloud Run's own log has them, with the status 429 or
    # 500: https://cloud.google.com/run/docs/troubleshooting#abort-request. A tick of the worker that receives 429 is no loss.
    throttled = {
      description = "Deliveries that no instance was available for"
      service     = "${local.prefix}-webhook", labels = []
      lines = [
        "logName=\"projects/${var.project}/logs/run.googleapis.com%2Frequests\"",
        "(httpRequest.status=429 OR textPayload:\"no available instance\")",
      ]
    }
    # Pub/Sub counts the age of an event from its publishing. The worker publishes an event again after a failed read, so only the
    # worker knows when GitHub sent it. It writes this line at every level.
    overdue = {
      description = "Batches that returned an event older than alarms.oldest_message_age"
      service     = "${local.prefix}-worker", labels = []
      lines       = ["jsonPayload.step=\"settle\"", "jsonPayload.outcome=\"oldest\"", "jsonPayload.age_ms>${var.alarms.oldest_message_age * 1000}"]
    }
    job_succeeded = {
      description = "Runs of a job that succeeded"
      service     = "${local.prefix}-schedule", labels = ["job"]
      lines       = ["jsonPayload.step=\"job\"", "jsonPayload.outcome=\"done\""]
    }
  }
}

resource "google_logging_metric" "this" {
  for_each = { for name, metric in local.line_metrics : name => metric if contains(local.watched_metrics, name) }

  name        = "${local.prefix}-${replace(each.key, "_", "-")}"
  project     = var.project
  description = each.value.description
  filter = join(" AND ", concat([
    "resource.type=\"cloud_run_revision\"",
    "resource.labels.location=\"${local.region}\"",
    "resource.labels.service_name=\"${each.value.service}\"",
  ], each.value.lines))
  label_extractors = { for label in each.value.labels : label => "EXTRACT(jsonPayload.${label})" }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"

    dynamic "labels" {
      for_each = each.value.labels

      content {
        key        = labels.value
        value_type = "STRING"
      }
    }
  }

  depends_on = [google_project_service.this]
}
