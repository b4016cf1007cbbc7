# Subscription -> worker function -> store, called by the clock. The function may read two tokens and the App's key, work its subscription,
# publish a message again, and publish a dead letter.

locals {
  # Generated from core/settings_table.py: the settings that a deployment passes to the functions, and which of them the webhook reads.
  setting_table = jsondecode(file("${path.module}/../settings.json"))

  settings         = { for name, value in var.settings : upper(name) => value if value != null }
  webhook_settings = { for name, value in var.settings : upper(name) => value if value != null && try(local.setting_table[name].webhook, false) }
}

module "worker" {
  source = "./function"

  name        = "${local.prefix}-worker"
  account_id  = local.accounts.work
  description = "Collects what events say, and stores it"
  entry_point = "worker"
  archive     = local.sources.worker
  timeout     = 60 # a drain ends by itself within 50
  memory      = var.runtime.worker_memory
  concurrency = 1
  instances   = 1

  runtime = var.runtime.python
  place   = { project = var.project, region = local.region }
  build   = local.build

  environment = merge(
    local.settings,
    {
      ENVIRONMENT_ID       = var.environment_id
      GOOGLE_CLOUD_PROJECT = var.project
      LOG_LEVEL            = var.runtime.log_level
      QUEUE_URL            = google_pubsub_topic.events.id
      QUEUE_SUBSCRIPTION   = google_pubsub_subscription.events.id
      DEAD_LETTERS_URL     = google_pubsub_topic.dead_letters.id
      STORE                = var.store.kind
    },
    local.has_bucket ? { STORE_BUCKET = google_storage_bucket.store[0].name } : {},
  )

  secrets       = local.token_ids
  topics        = { events = google_pubsub_topic.events.name, dead_letters = google_pubsub_topic.dead_letters.name }
  subscriptions = { events = google_pubsub_subscription.events.name }
  buckets       = local.store_grants
  callers       = { clock = google_service_account.clock.member }

  depends_on = [
    google_artifact_registry_repository_iam_member.build,
    google_project_iam_member.build_log,
    google_project_iam_member.build_source,
    google_storage_bucket_iam_member.build,
  ]
}

# A tick that comes while a drain goes on is answered 429, and is no loss: the next one comes in a minute.
resource "google_cloud_scheduler_job" "worker" {
  name             = "${local.prefix}-worker"
  project          = var.project
  region           = local.region
  description      = "Has the worker drain its subscription"
  schedule         = "* * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "60s"

  retry_config {
    retry_count = 0
  }

  http_target {
    uri         = module.worker.uri
    http_method = "POST"

    oidc_token {
      service_account_email = google_service_account.clock.email
      audience              = module.worker.uri
    }
  }
}
