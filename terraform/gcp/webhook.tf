# GitHub -> webhook function -> topic. The function may read one secret and publish to one topic.

module "webhook" {
  source = "./function"

  name        = "${local.prefix}-webhook"
  account_id  = local.accounts.web
  description = "Verifies GitHub's webhooks and queues them"
  entry_point = "webhook"
  archive     = local.sources.webhook
  timeout     = 10 # GitHub waits no longer
  memory      = var.runtime.webhook_memory
  concurrency = local.webhook_concurrency
  instances   = var.webhook.max_instances

  runtime = var.runtime.python
  place   = { project = var.project, region = local.region }
  build   = local.build

  environment = merge(
    {
      ENVIRONMENT_ID       = var.environment_id
      GOOGLE_CLOUD_PROJECT = var.project
      LOG_LEVEL            = var.runtime.log_level == "error" ? "warning" : var.runtime.log_level # what is unavailable is counted
      QUEUE_URL            = google_pubsub_topic.events.id
      THREADS              = tostring(local.webhook_concurrency) # functions-framework has 4 by itself, whatever is let in
    },
    local.webhook_settings,
    length(var.webhook.allowed_networks) == 0 ? {} : { ALLOWED_NETWORKS = join(",", var.webhook.allowed_networks) },
  )

  secrets = { webhook = google_secret_manager_secret.this["webhook"].secret_id }
  topics  = { events = google_pubsub_topic.events.name }

  # GitHub cannot sign in; the function verifies the HMAC of every delivery.
  callers = { for name, member in { everybody = "allUsers" } : name => member if var.invoker_iam_check }

  depends_on = [
    google_artifact_registry_repository_iam_member.build,
    google_project_iam_member.build_log,
    google_project_iam_member.build_source,
    google_storage_bucket_iam_member.build,
  ]
}

locals {
  webhook_concurrency = 80

  sources = { for name, each in google_storage_bucket_object.source : name => { bucket = each.bucket, object = each.name } }
  build   = { account = google_service_account.build.id, repository = google_artifact_registry_repository.images.id }
}
