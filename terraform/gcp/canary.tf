# Clock -> canary function -> the webhook's public URL. The function may read one secret: what it sends proves the whole way.

module "canary" {
  count  = var.canary.enabled ? 1 : 0
  source = "./function"

  name        = "${local.prefix}-canary"
  account_id  = local.accounts.bird
  description = "Sends a signed event of our own through the public URL"
  entry_point = "canary"
  archive     = local.sources.webhook
  timeout     = 30
  memory      = var.runtime.webhook_memory
  concurrency = 1
  instances   = 1

  runtime = var.runtime.python
  place   = { project = var.project, region = local.region }
  build   = local.build

  environment = {
    ENVIRONMENT_ID       = var.environment_id
    GOOGLE_CLOUD_PROJECT = var.project
    LOG_LEVEL            = var.runtime.log_level
    WEBHOOK_URL          = local.webhook_url
  }

  secrets = { webhook = google_secret_manager_secret.this["webhook"].secret_id }
  topics  = {}
  callers = { clock = google_service_account.clock.member }

  depends_on = [
    google_artifact_registry_repository_iam_member.build,
    google_project_iam_member.build_log,
    google_project_iam_member.build_source,
    google_storage_bucket_iam_member.build,
  ]
}

resource "google_cloud_scheduler_job" "canary" {
  count = var.canary.enabled ? 1 : 0

  name             = "${local.prefix}-canary"
  project          = var.project
  region           = local.region
  description      = "Has the canary sent"
  schedule         = var.canary.expression
  time_zone        = "Etc/UTC"
  attempt_deadline = "60s"

  # The next one comes soon enough, and says the same.
  retry_config {
    retry_count = 0
  }

  http_target {
    uri         = module.canary[0].uri
    http_method = "POST"

    oidc_token {
      service_account_email = google_service_account.clock.email
      audience              = module.canary[0].uri
    }
  }
}

# In earlier commits the canary was always there.
moved {
  from = module.canary
  to   = module.canary[0]
}
