# On from the first day. docs/OPERATE.md says for each what it means and what to do.

locals {
  functions = { for name, function in {
    webhook  = module.webhook.name, worker = module.worker.name
    schedule = one(module.schedule[*].name), canary = one(module.canary[*].name)
  } : name => function if function != null }

  # Conditions on Google's own metrics, which exist in every project.
  measured = merge(
    {
      dead-letters = {
        description = "Events that can never be processed: read their reason, fix the cause, then run telemetry replay-dead-letters gcp."
        metric      = "pubsub.googleapis.com/subscription/num_undelivered_messages", threshold = 0, aligner = "ALIGN_MAX", reducer = "REDUCE_MAX"
        labels      = ["resource.type=\"pubsub_subscription\"", "resource.labels.subscription_id=\"${google_pubsub_subscription.dead_letters.name}\""]
      }
      events-wait = {
        description = "The oldest event waits too long: the worker does not run, or the store, a token or GitHub is unavailable. The worker's log says which, in its lines with step store."
        metric      = "pubsub.googleapis.com/subscription/oldest_unacked_message_age", threshold = var.alarms.oldest_message_age, aligner = "ALIGN_MAX", reducer = "REDUCE_MAX"
        labels      = ["resource.type=\"pubsub_subscription\"", "resource.labels.subscription_id=\"${google_pubsub_subscription.events.name}\""]
      }
    },
    {
      for name, function in local.functions : "${name}-errors" => {
        description = "The ${name} function answered with a status of 500 or more, or ran out of time: its log says why."
        metric      = "run.googleapis.com/request_count", threshold = 0, aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM"
        labels      = ["resource.type=\"cloud_run_revision\"", "resource.labels.service_name=\"${function}\"", "metric.labels.response_code_class=\"5xx\""]
      }
    },
  )

  # Conditions on log-based metrics of this deployment: any line in ten minutes is enough.
  logged = {
    webhook-unavailable = {
      description = "GitHub received a 503: the webhook secret has no version, or Secret Manager or Pub/Sub is unavailable. GitHub shows these deliveries as failed."
      metric      = "unavailable"
    }
    secret-leaked = {
      description = "GitHub sent the webhook secret in the header X-Github-Encoded-Secret: rotate it."
      metric      = "secret_leaked"
    }
    webhook-throttled = {
      description = "Cloud Run refused deliveries because no instance was available, and GitHub shows them as failed: raise webhook.max_instances, then redeliver them."
      metric      = "throttled"
    }
    event-age = {
      description = "The worker returned an event to the queue that GitHub sent too long ago: the store, a token or GitHub is unavailable. The worker's log says which, in its lines with step settle."
      metric      = "overdue"
    }
  }

  alarm_names = concat(keys(local.measured), keys(local.logged), [for job in keys(local.schedules) : "${job}-missing"])
  is_wanted   = { for name in local.alarm_names : name => var.alarms.only == null || contains(coalesce(var.alarms.only, []), name) }

  watched_metrics = concat(
    [for name, alarm in local.logged : alarm.metric if local.is_wanted[name]],
    [for job in keys(local.schedules) : "job_succeeded" if local.is_wanted["${job}-missing"]],
  )

  # E-mail addresses become channels here; an existing channel is named by its ID.
  addresses = toset([for action in var.alarms.actions : action if strcontains(action, "@")])
  channels = concat(
    [for channel in google_monitoring_notification_channel.this : channel.id],
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
  for_each = { for name, alarm in local.measured : name => alarm if local.is_wanted[name] }

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
      filter          = join(" AND ", concat(["metric.type=\"${each.value.metric}\""], each.value.labels))
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
    auto_close = "1800s" # a counter without events has no data
  }
}

# For up to ten minutes after its creation a log-based metric is unknown to a threshold condition, and the policy is refused with
# 404: https://github.com/hashicorp/terraform-provider-google/issues/11102. A PromQL condition whose metrics are not validated is not.
resource "google_monitoring_alert_policy" "logged" {
  for_each = { for name, alarm in local.logged : name => alarm if local.is_wanted[name] }

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

    condition_prometheus_query_language {
      query                     = "(${replace(replace(local.counted, "METRIC", "${local.promql[each.value.metric]}{monitored_resource=\"cloud_run_revision\"}"), "WINDOW", "10m")}) >= 0.5"
      duration                  = "0s"
      evaluation_interval       = "60s"
      disable_metric_validation = true
    }
  }

  alert_strategy {
    auto_close = "1800s"
  }
}

# A condition of absence reaches back a day at most, and needs a metric that existed before. A query has neither limit.
# https://cloud.google.com/monitoring/alerts/metric-absence
resource "google_monitoring_alert_policy" "missing" {
  for_each = { for job, schedule in local.schedules : job => schedule if local.is_wanted["${job}-missing"] }

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
      query                     = "(${replace(replace(local.counted, "METRIC", "${local.promql["job_succeeded"]}{monitored_resource=\"cloud_run_revision\",job=\"${each.key}\"}"), "WINDOW", "${each.value.alarm_hours}h")}) < 0.5"
      duration                  = "0s"
      evaluation_interval       = "300s"
      disable_metric_validation = true
    }
  }
}

locals {
  # https://cloud.google.com/monitoring/promql/promql-mapping
  promql = { for name, metric in google_logging_metric.this : name => "logging_googleapis_com:user_${replace(metric.name, "-", "_")}" }

  # How many lines were counted in the window, at least. In Prometheus `increase` leaves out the first point of a series, and every
  # revision of a function begins a series; what Cloud Monitoring does with it is not documented. So series that have points in this
  # window and none in the one before are added. Half of one: `increase` extrapolates, and may return a little less than one.
  counted = "(sum(increase(METRIC[WINDOW])) or vector(0)) + (sum(max_over_time(METRIC[WINDOW]) unless max_over_time(METRIC[WINDOW] offset WINDOW)) or vector(0))"
}
