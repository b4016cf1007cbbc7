# What Google would answer: every id is a thing of its own, so that a grant on the wrong one is found out.

mock_data "google_project" {
  override_during = plan
  defaults        = { number = "123456789012" }
}

mock_resource "google_artifact_registry_repository" {
  override_during = plan
  defaults = {
    id   = "projects/octo-telemetry/locations/europe-west1/repositories/images-of-mock"
    name = "images-of-mock"
  }
}

mock_resource "google_logging_project_bucket_config" {
  override_during = plan
  defaults        = { id = "projects/octo-telemetry/locations/europe-west1/buckets/logs-of-mock" }
}

mock_resource "google_monitoring_notification_channel" {
  override_during = plan
  defaults        = { id = "projects/octo-telemetry/notificationChannels/made-by-mock" }
}

override_resource {
  target          = google_pubsub_topic.events
  override_during = plan
  values          = { id = "projects/octo-telemetry/topics/events-of-mock" }
}

override_resource {
  target          = google_pubsub_topic.dead_letters
  override_during = plan
  values          = { id = "projects/octo-telemetry/topics/dead-letters-of-mock" }
}

override_resource {
  target          = google_pubsub_subscription.events
  override_during = plan
  values          = { id = "projects/octo-telemetry/subscriptions/events-of-mock" }
}

override_resource {
  target          = google_pubsub_subscription.dead_letters
  override_during = plan
  values          = { id = "projects/octo-telemetry/subscriptions/dead-letters-of-mock" }
}

override_resource {
  target          = google_service_account.build
  override_during = plan
  values = {
    id     = "projects/octo-telemetry/serviceAccounts/build@of-mock"
    email  = "build@of-mock"
    member = "serviceAccount:build@of-mock"
  }
}

override_resource {
  target          = google_service_account.clock
  override_during = plan
  values = {
    email  = "clock@of-mock"
    member = "serviceAccount:clock@of-mock"
  }
}

override_resource {
  target          = module.webhook.google_service_account.this
  override_during = plan
  values = {
    email  = "webhook@of-mock"
    member = "serviceAccount:webhook@of-mock"
  }
}

override_resource {
  target          = module.worker.google_service_account.this
  override_during = plan
  values = {
    email  = "worker@of-mock"
    member = "serviceAccount:worker@of-mock"
  }
}

override_resource {
  target          = module.schedule[0].google_service_account.this
  override_during = plan
  values = {
    email  = "schedule@of-mock"
    member = "serviceAccount:schedule@of-mock"
  }
}

override_resource {
  target          = module.canary[0].google_service_account.this
  override_during = plan
  values = {
    email  = "canary@of-mock"
    member = "serviceAccount:canary@of-mock"
  }
}

override_resource {
  target          = module.webhook.google_cloudfunctions2_function.this
  override_during = plan
  values          = { service_config = { uri = "https://webhook-of-mock.a.run.app" } }
}

override_resource {
  target          = module.worker.google_cloudfunctions2_function.this
  override_during = plan
  values          = { service_config = { uri = "https://worker-of-mock.a.run.app" } }
}

override_resource {
  target          = module.schedule[0].google_cloudfunctions2_function.this
  override_during = plan
  values          = { service_config = { uri = "https://schedule-of-mock.a.run.app" } }
}

override_resource {
  target          = module.canary[0].google_cloudfunctions2_function.this
  override_during = plan
  values          = { service_config = { uri = "https://canary-of-mock.a.run.app" } }
}
