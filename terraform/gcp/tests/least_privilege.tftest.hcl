# What each account may do, from the very grants.

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

run "the_webhook_may_read_its_secret_and_publish_to_the_topic_and_nothing_else" {
  command = plan

  assert {
    condition = module.webhook.grants == [
      "roles/secretmanager.secretAccessor telemetry-test-github-webhook-secret-token",
      "roles/pubsub.publisher telemetry-test-events",
    ]
    error_message = "The webhook may do something else: ${jsonencode(module.webhook.grants)}"
  }
}

run "the_worker_may_read_two_tokens_and_the_app_s_key_and_work_its_subscription_and_put_aside_and_bury" {
  command = plan

  assert {
    condition = module.worker.grants == [
      "roles/secretmanager.secretAccessor telemetry-test-github-app-private-key",
      "roles/secretmanager.secretAccessor telemetry-test-github-access-token-data",
      "roles/secretmanager.secretAccessor telemetry-test-github-access-token-source",
      "roles/pubsub.publisher telemetry-test-dead-letters",
      "roles/pubsub.publisher telemetry-test-events",
      "roles/pubsub.subscriber telemetry-test-events",
    ]
    error_message = "The worker may do something else: ${jsonencode(module.worker.grants)}"
  }
}

run "the_schedule_function_may_read_two_tokens_and_the_app_s_key_and_publish_to_the_topic" {
  command = plan

  assert {
    condition = module.schedule[0].grants == [
      "roles/secretmanager.secretAccessor telemetry-test-github-app-private-key",
      "roles/secretmanager.secretAccessor telemetry-test-github-access-token-data",
      "roles/secretmanager.secretAccessor telemetry-test-github-access-token-source",
      "roles/pubsub.publisher telemetry-test-events",
    ]
    error_message = "The schedule function may do something else: ${jsonencode(module.schedule[0].grants)}"
  }
}

run "the_canary_may_read_the_webhook_s_secret_and_nothing_else" {
  command = plan

  assert {
    condition     = module.canary[0].grants == ["roles/secretmanager.secretAccessor telemetry-test-github-webhook-secret-token"]
    error_message = "The canary may do something else: ${jsonencode(module.canary[0].grants)}"
  }
}

run "the_four_functions_run_as_four_accounts_and_none_as_the_project_s_own" {
  command = plan

  assert {
    condition = {
      for name, each in { webhook = module.webhook, worker = module.worker, schedule = module.schedule[0], canary = module.canary[0] } : name => each.service.service_account_email
    } == { webhook = "webhook@of-mock", worker = "worker@of-mock", schedule = "schedule@of-mock", canary = "canary@of-mock" }
    error_message = "A function runs as somebody else."
  }
}

run "everybody_may_call_the_webhook_and_only_the_clock_the_others" {
  command = plan

  assert {
    condition     = module.webhook.callers == ["roles/run.invoker allUsers"]
    error_message = "GitHub cannot sign in."
  }
  assert {
    condition     = module.worker.callers == ["roles/run.invoker serviceAccount:clock@of-mock"] && module.schedule[0].callers == module.worker.callers && module.canary[0].callers == module.worker.callers
    error_message = "Somebody else may call the worker or the jobs."
  }
  assert {
    condition = alltrue([
      for each in concat([google_cloud_scheduler_job.worker, google_cloud_scheduler_job.canary[0]], values(google_cloud_scheduler_job.job)) :
      each.http_target[0].oidc_token[0].service_account_email == "clock@of-mock" && each.http_target[0].oidc_token[0].audience == each.http_target[0].uri
    ])
    error_message = "Cloud Run takes a token of the clock's for the very address that is called."
  }
}

run "without_the_invoker_check_nobody_is_granted_to_call_the_webhook" {
  command = plan

  variables {
    invoker_iam_check = false
  }

  assert {
    condition     = module.webhook.callers == [] && output.invoker_iam_check == false
    error_message = "An organization that forbids allUsers refuses ${jsonencode(module.webhook.callers)}."
  }
  assert {
    condition     = module.worker.callers == ["roles/run.invoker serviceAccount:clock@of-mock"] && module.schedule[0].callers == module.worker.callers && module.canary[0].callers == module.worker.callers
    error_message = "The other functions keep their check."
  }
}

run "who_builds_may_read_the_archives_and_write_images_and_its_log" {
  command = plan

  assert {
    condition     = alltrue([for each in [module.webhook, module.worker, module.schedule[0], module.canary[0]] : each.built_by == "projects/octo-telemetry/serviceAccounts/build@of-mock"])
    error_message = "By default the project's editor would build."
  }
  assert {
    condition     = [google_storage_bucket_iam_member.build.bucket, google_storage_bucket_iam_member.build.role] == ["telemetry-test-123456789012-source", "roles/storage.objectViewer"]
    error_message = "Who builds may touch another bucket."
  }
  assert {
    condition     = [google_artifact_registry_repository_iam_member.build.repository, google_artifact_registry_repository_iam_member.build.role] == ["images-of-mock", "roles/artifactregistry.writer"]
    error_message = "Who builds may write to another repository."
  }
  assert {
    condition = alltrue([
      for each in [google_project_iam_member.build_log, google_project_iam_member.build_source, google_storage_bucket_iam_member.build, google_artifact_registry_repository_iam_member.build] :
      each.member == "serviceAccount:build@of-mock"
    ])
    error_message = "What a build may do is nobody else's."
  }
}

run "in_the_project_itself_who_builds_may_write_logs_and_read_our_archives_of_google_s_bucket" {
  command = plan

  assert {
    condition     = google_project_iam_member.build_log.role == "roles/logging.logWriter"
    error_message = "The project itself grants ${google_project_iam_member.build_log.role}."
  }
  assert {
    condition     = google_project_iam_member.build_source.role == "roles/storage.objectViewer" && google_project_iam_member.build_source.condition[0].expression == "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-123456789012-europe-west1/objects/telemetry-test-\")"
    error_message = "Without its condition it would be every bucket: ${jsonencode(google_project_iam_member.build_source.condition)}"
  }
}

run "with_a_key_google_s_own_accounts_may_encrypt_with_it_and_nobody_else" {
  command = plan

  variables {
    kms_key = "projects/octo-keys/locations/europe-west1/keyRings/ring/cryptoKeys/key"
  }

  assert {
    condition = { for name, each in google_kms_crypto_key_iam_member.encrypt : name => each.member } == {
      pubsub  = "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"
      secrets = "serviceAccount:service-123456789012@gcp-sa-secretmanager.iam.gserviceaccount.com"
      storage = "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com"
    }
    error_message = "Somebody else may use the key."
  }
}

run "without_a_key_nothing_is_granted_on_one" {
  command = plan

  assert {
    condition     = length(google_kms_crypto_key_iam_member.encrypt) == 0
    error_message = "There is no key."
  }
}
