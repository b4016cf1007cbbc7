# Clock -> schedule function -> topic or store: one schedule for each row of ../schedules.json. The function may read two tokens and the
# App's key, publish events, and store what it recovers.

# A row has the five fields of a crontab, in UTC: https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules
locals {
  job_table = jsondecode(file("${path.module}/../schedules.json"))

  schedules = {
    for name, job in local.job_table : name => {
      expression  = coalesce(try(var.schedules[name].expression, null), job.cron)
      alarm_hours = coalesce(try(var.schedules[name].alarm_hours, null), job.alarm_hours)
    } if coalesce(try(var.schedules[name].enabled, null), try(var.schedules["all"].enabled, null), job.enabled) && (name != "canary" || var.canary.enabled)
  }
}

module "schedule" {
  count  = length(local.schedules) > 0 ? 1 : 0
  source = "./function"

  name        = "${local.prefix}-schedule"
  account_id  = local.accounts.jobs
  description = "Runs the scheduled jobs"
  entry_point = "schedule"
  archive     = local.sources.worker
  timeout     = 300
  memory      = var.runtime.worker_memory
  concurrency = 1
  instances   = 3

  runtime = var.runtime.python
  place   = { project = var.project, region = local.region }
  build   = local.build

  environment = merge(
    local.settings,
    {
      ENVIRONMENT_ID       = var.environment_id
      GOOGLE_CLOUD_PROJECT = var.project
      LOG_LEVEL            = var.runtime.log_level == "debug" ? "debug" : "info" # the line of a success is counted
      QUEUE_URL            = google_pubsub_topic.events.id
      STORE                = var.store.kind
      WEBHOOK_URL          = local.webhook_url
    },
    local.has_bucket ? { STORE_BUCKET = google_storage_bucket.store[0].name } : {},
  )

  secrets = local.token_ids
  topics  = { events = google_pubsub_topic.events.name }
  buckets = local.store_grants
  callers = { clock = google_service_account.clock.member }

  depends_on = [
    google_artifact_registry_repository_iam_member.build,
    google_project_iam_member.build_log,
    google_project_iam_member.build_source,
    google_storage_bucket_iam_member.build,
  ]
}

resource "google_cloud_scheduler_job" "job" {
  for_each = local.schedules

  name             = "${local.prefix}-job-${each.key}"
  project          = var.project
  region           = local.region
  description      = "Runs the job ${each.key}"
  schedule         = each.value.expression
  time_zone        = "Etc/UTC"
  attempt_deadline = "310s"

  retry_config {
    retry_count          = 3
    min_backoff_duration = "60s"
    max_retry_duration   = "3600s"
  }

  http_target {
    uri         = module.schedule[0].uri
    http_method = "POST"
    headers     = { "Content-Type" = "application/json" }
    body        = base64encode(jsonencode({ job = each.key }))

    oidc_token {
      service_account_email = google_service_account.clock.email
      audience              = module.schedule[0].uri
    }
  }
}

resource "google_service_account" "clock" {
  account_id   = local.accounts.clock
  project      = var.project
  display_name = "${local.prefix}-clock"
  description  = "Calls the worker and the scheduled jobs of telemetry-functions"

  depends_on = [google_project_service.this]
}

# In earlier commits the function was always there.
moved {
  from = module.schedule
  to   = module.schedule[0]
}
