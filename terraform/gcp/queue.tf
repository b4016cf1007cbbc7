# What the webhook queues, and what can never work. Pub/Sub delays nothing, so what is read again needs no topic of its
# own: the worker hides it, and after many deliveries publishes it again.

locals {
  # Google's own account, which moves messages on behalf of the subscription.
  pubsub_agent = "serviceAccount:service-${local.account}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic" "events" {
  #checkov:skip=CKV_GCP_83:encrypted by kms_key where there is one, else by Google's own key
  name         = "${local.prefix}-events"
  project      = var.project
  kms_key_name = var.kms_key

  depends_on = [google_project_service.this, google_kms_crypto_key_iam_member.encrypt]
}

resource "google_pubsub_topic" "dead_letters" {
  #checkov:skip=CKV_GCP_83:encrypted by kms_key where there is one, else by Google's own key
  name         = "${local.prefix}-dead-letters"
  project      = var.project
  kms_key_name = var.kms_key

  depends_on = [google_project_service.this, google_kms_crypto_key_iam_member.encrypt]
}

resource "google_pubsub_subscription" "events" {
  name                       = "${local.prefix}-events"
  project                    = var.project
  topic                      = google_pubsub_topic.events.id
  ack_deadline_seconds       = 60 # a drain's, which extends it while it works
  message_retention_duration = "${7 * 86400}s"

  # A backstop only, and Google's most: the worker itself buries what is poison, at once, and what waited for 72 hours.
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letters.id
    max_delivery_attempts = 100
  }

  expiration_policy {
    ttl = "" # never, however long nothing comes
  }

  # Before that, what it should bury would go round for ever.
  depends_on = [google_pubsub_topic_iam_member.bury]
}

# Two weeks from the publishing here, by the worker with its reason or by Pub/Sub itself; Google allows up to 31 days.
resource "google_pubsub_subscription" "dead_letters" {
  name                       = "${local.prefix}-dead-letters"
  project                    = var.project
  topic                      = google_pubsub_topic.dead_letters.id
  ack_deadline_seconds       = 60
  message_retention_duration = "${14 * 86400}s"

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "bury" {
  project = var.project
  topic   = google_pubsub_topic.dead_letters.name
  role    = "roles/pubsub.publisher"
  member  = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "bury" {
  project      = var.project
  subscription = google_pubsub_subscription.events.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}
