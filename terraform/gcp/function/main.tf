# One function, and an account with exactly the grants that it is given, each on the thing itself.

resource "google_service_account" "this" {
  account_id   = var.account_id
  project      = var.place.project
  display_name = var.name
  description  = var.description
}

resource "google_secret_manager_secret_iam_member" "read" {
  for_each = var.secrets

  project   = var.place.project
  secret_id = each.value
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.this.member
}

resource "google_pubsub_topic_iam_member" "publish" {
  for_each = var.topics

  project = var.place.project
  topic   = each.value
  role    = "roles/pubsub.publisher"
  member  = google_service_account.this.member
}

resource "google_pubsub_subscription_iam_member" "work" {
  for_each = var.subscriptions

  project      = var.place.project
  subscription = each.value
  role         = "roles/pubsub.subscriber"
  member       = google_service_account.this.member
}

resource "google_storage_bucket_iam_member" "store" {
  for_each = var.buckets

  bucket = each.value.bucket
  role   = each.value.role
  member = google_service_account.this.member

  dynamic "condition" {
    for_each = each.value.condition[*]

    content {
      title      = "${var.name}-${each.key}"
      expression = condition.value
    }
  }
}

resource "google_cloudfunctions2_function" "this" {
  #checkov:skip=CKV_GCP_124:who may call it is said by its callers; GitHub comes from outside, the clock with a token
  name        = var.name
  project     = var.place.project
  location    = var.place.region
  description = var.description

  build_config {
    runtime           = var.runtime
    entry_point       = var.entry_point
    service_account   = var.build.account
    docker_repository = var.build.repository

    source {
      storage_source {
        bucket = var.archive.bucket
        object = var.archive.object
      }
    }
  }

  service_config {
    available_cpu                    = "1"
    available_memory                 = "${var.memory}Mi"
    timeout_seconds                  = var.timeout
    min_instance_count               = 0
    max_instance_count               = var.instances
    max_instance_request_concurrency = var.concurrency
    ingress_settings                 = "ALLOW_ALL"
    all_traffic_on_latest_revision   = true
    service_account_email            = google_service_account.this.email
    environment_variables            = var.environment
  }

  # Nobody calls it before it may do what it is there for.
  depends_on = [
    google_pubsub_subscription_iam_member.work,
    google_pubsub_topic_iam_member.publish,
    google_secret_manager_secret_iam_member.read,
    google_storage_bucket_iam_member.store,
  ]
}

resource "google_cloud_run_v2_service_iam_member" "call" {
  # Only the webhook is everybody's: GitHub cannot sign in, and the function verifies each delivery
  for_each = var.callers

  project  = var.place.project
  location = var.place.region
  name     = google_cloudfunctions2_function.this.name
  role     = "roles/run.invoker"
  member   = each.value
}
