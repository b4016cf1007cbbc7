# No secret is ever in a plan or a state: `make secrets-gcp` adds them as versions.

mock_provider "google" {
  source = "./tests/mocks"
}

variables {
  environment_id = "test"
  packages       = { webhook = "tests/package.zip", worker = "tests/package.zip" }
  project        = "octo-telemetry"
  region         = "europe-west1"
  settings       = { repo_owner = "octo-org", repo_name = "telemetry-data" }
}

run "the_four_secrets_are_there_under_the_names_that_the_code_reads" {
  command = plan

  assert {
    condition = sort([for each in google_secret_manager_secret.this : each.secret_id]) == sort([
      "telemetry-test-github-webhook-secret-token",
      "telemetry-test-github-access-token-source",
      "telemetry-test-github-access-token-data",
      "telemetry-test-github-app-private-key",
    ])
    error_message = "The secrets are ${join(", ", [for each in google_secret_manager_secret.this : each.secret_id])}."
  }
  assert {
    condition     = output.secret_names == { for name, each in google_secret_manager_secret.this : name => each.secret_id }
    error_message = "The output secret_names does not match the secrets."
  }
}

run "a_secret_is_kept_in_the_region_by_google_s_own_key" {
  command = plan

  assert {
    condition = alltrue([
      for each in google_secret_manager_secret.this :
      each.replication[0].user_managed[0].replicas[0].location == "europe-west1" && length(each.replication[0].user_managed[0].replicas[0].customer_managed_encryption) == 0
    ])
    error_message = "A secret is kept elsewhere."
  }
}

run "with_a_key_the_secrets_the_topics_and_the_buckets_are_encrypted_by_it" {
  command = plan

  variables {
    kms_key = "projects/octo-keys/locations/europe-west1/keyRings/ring/cryptoKeys/key"
    store   = { kind = "gcs" }
  }

  assert {
    condition     = alltrue([for each in google_secret_manager_secret.this : each.replication[0].user_managed[0].replicas[0].customer_managed_encryption[0].kms_key_name == var.kms_key])
    error_message = "A secret has another key."
  }
  assert {
    condition     = alltrue([for each in [google_pubsub_topic.events, google_pubsub_topic.dead_letters] : each.kms_key_name == var.kms_key])
    error_message = "A topic has another key."
  }
  assert {
    condition     = alltrue([for each in [google_storage_bucket.store[0], google_storage_bucket.source] : each.encryption[0].default_kms_key_name == var.kms_key])
    error_message = "A bucket has another key."
  }
}

run "no_function_is_handed_a_secret_in_its_environment" {
  command = plan

  assert {
    condition = alltrue([
      for name in concat(keys(module.webhook.environment), keys(module.worker.environment), keys(module.schedule[0].environment), keys(module.canary[0].environment)) :
      !can(regex("SECRET|TOKEN|PASSWORD|KEY", name))
    ])
    error_message = "Secrets are in Secret Manager."
  }
  assert {
    condition     = alltrue([for each in [module.webhook, module.worker, module.schedule[0], module.canary[0]] : length(each.service.secret_environment_variables) == 0 && length(each.service.secret_volumes) == 0])
    error_message = "A secret that is mounted outlives its rotation."
  }
}
