# On from the first day. docs/OPERATE.md says for each what it means and what to do.

locals {
  functions = { webhook = module.webhook.name, worker = module.worker.name, schedule = module.schedule.name, canary = module.canary.name }

  subscription_age   = "pubsub.googleapis.com/subscription/oldest_unacked_message_age"
  subscription_count = "pubsub.googleapis.com/subscription/num_undelivered_messages"

  alarms = merge(
    {
      dead-letters = {
        description = "Events that can never be processed: read their reason, mend it, then make replay-dead-letters-gcp."
        metric      = local.subscription_count, threshold = 0, aligner = "ALIGN_MAX", reducer = "REDUCE_MAX"
        of          = ["resource.type=\"pubsub_subscription\"", "resource.labels.subscription_id=\"${google_pubsub_subscription.dead_letters.name}\""]
      }
      events-wait = {
        description = "The oldest event waits too long: the store, a token or GitHub is out. The worker's log says which, in its lines with step store."
        metric      = local.subscription_age, threshold = var.alarms.oldest_message_age, aligner = "ALIGN_MAX", reducer = "REDUCE_MAX"
        of          = ["resource.type=\"pubsub_subscription\"", "resource.labels.subscription_id=\"${google_pubsub_subscription.events.name}\""]
      }
      webhook-unavailable = {
        description = "GitHub was answered 503: the webhook secret has no version, or Secret Manager or Pub/Sub is out. GitHub shows these deliveries as failed."
        metric      = local.log_metrics.unavailable, threshold = 0, aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM"
        of          = ["resource.type=\"cloud_run_revision\""]
      }
      secret-leaked = {
        description = "GitHub sent the webhook secret in the header X-Github-Encoded-Secret: rotate it."
        metric      = local.log_metrics.secret_leaked, threshold = 0, aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM"
        of          = ["resource.type=\"cloud_run_revision\""]
      }
      webhook-throttled = {
        description = "Deliveries were refused for want of instances, and GitHub shows them as failed: raise webhook.max_instances, then redeliver them."
        metric      = local.requests, threshold = 0, aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM"
        of          = concat(local.service_of.webhook, ["metric.labels.response_code=\"429\""])
      }
    },
    {
      for name, function in local.functions : "${name}-errors" => {
        description = "The ${name} function answered with a status of 500 or more, or ran out of time: its log says why."
        metric      = local.requests, threshold = 0, aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM"
        of          = concat(local.service_of[name], ["metric.labels.response_code_class=\"5xx\""])
      }
    },
  )

  requests   = "run.googleapis.com/request_count"
  service_of = { for name, function in local.functions : name => ["resource.type=\"cloud_run_revision\"", "resource.labels.service_name=\"${function}\""] }

  log_metrics = { for name, each in google_logging_metric.this : name => "logging.googleapis.com/user/${each.name}" }

  # E-mail addresses become channels here; a channel that is there already is named by its id.
  addresses = toset([for action in var.alarms.actions : action if strcontains(action, "@")])
  channels = concat(
    [for each in google_monitoring_notification_channel.this : each.id],
    [for action in var.alarms.actions : action if !strcontains(action, "@")],
  )
}

resource "google_monitoring_notification_channel" "this" {
  for_each = local.addresses

  project      = var.project
  display_name = "${local.prefix} ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }
  user_labels  = local.labels

  depends_on = [google_project_service.this]
}

resource "google_monitoring_alert_policy" "this" {
  for_each = local.alarms

  project               = var.project
  display_name          = "${local.prefix}-${each.key}"
  combiner              = "OR"
  enabled               = true
  severity              = "ERROR"
  notification_channels = local.channels
  user_labels           = local.labels

  documentation {
    content = each.value.description
  }

  conditions {
    display_name = each.key

    condition_threshold {
      filter          = join(" AND ", concat(["metric.type=\"${each.value.metric}\""], each.value.of))
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.threshold
      duration        = "0s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = each.value.aligner
        cross_series_reducer = each.value.reducer
      }
    }
  }

  alert_strategy {
    auto_close = "1800s" # what counts nothing has no data
  }
}

# Whether a metric is absent can be asked only where it was once there, and for a day at most: a query knows neither limit.
# https://cloud.google.com/monitoring/alerts/metric-absence
resource "google_monitoring_alert_policy" "missing" {
  for_each = var.schedules

  project               = var.project
  display_name          = "${local.prefix}-${each.key}-missing"
  combiner              = "OR"
  enabled               = true
  severity              = "ERROR"
  notification_channels = local.channels
  user_labels           = local.labels

  documentation {
    content = "The job ${each.key} has not succeeded for ${each.value.alarm_hours} hours: the schedule function's log says why."
  }

  conditions {
    display_name = "${each.key}-missing"

    condition_prometheus_query_language {
      # Half of one: what a query says of a counter that is seldom written may be a little less than what was counted.
      query                     = "(sum(increase(${local.job_succeeded}{monitored_resource=\"cloud_run_revision\",job=\"${each.key}\"}[${each.value.alarm_hours}h])) or vector(0)) < 0.5"
      duration                  = "0s"
      evaluation_interval       = "300s"
      disable_metric_validation = true # there is no such metric before the first line
    }
  }
}

locals {
  # https://cloud.google.com/monitoring/promql/promql-mapping
  job_succeeded = "logging_googleapis_com:user_${replace(google_logging_metric.this["job_succeeded"].name, "-", "_")}"

  counted = {
    unavailable = {
      description = "Deliveries that were answered 503"
      service     = "${local.prefix}-webhook", step = "accept", outcome = "unavailable", labels = []
    }
    secret_leaked = {
      description = "Deliveries that had the secret in a header"
      service     = "${local.prefix}-webhook", step = "accept", outcome = "secret-leaked", labels = []
    }
    job_succeeded = {
      description = "Runs of a job that succeeded"
      service     = "${local.prefix}-schedule", step = "job", outcome = "done", labels = ["job"]
    }
  }
}

# They count lines of core/log.py, whatever bucket those are kept in.
resource "google_logging_metric" "this" {
  for_each = local.counted

  name        = "${local.prefix}-${replace(each.key, "_", "-")}"
  project     = var.project
  description = each.value.description
  filter = join(" AND ", [
    "resource.type=\"cloud_run_revision\"",
    "resource.labels.location=\"${local.region}\"",
    "resource.labels.service_name=\"${each.value.service}\"",
    "jsonPayload.step=\"${each.value.step}\"",
    "jsonPayload.outcome=\"${each.value.outcome}\"",
  ])
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
