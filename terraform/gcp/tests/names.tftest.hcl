# Every resource carries its environment's name, and the functions receive the settings that are set.

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

run "every_name_carries_the_environment" {
  command = plan

  variables {
    environment_id = "staging-2"
    store          = { kind = "gcs" }
    alarms         = { actions = ["team@example.com"] }
  }

  assert {
    condition = alltrue([
      for name in concat(
        values(output.function_names),
        values(output.secret_names),
        [for each in concat(values(google_monitoring_alert_policy.this), values(google_monitoring_alert_policy.missing)) : each.display_name],
        [for each in google_logging_metric.this : each.name],
        [for each in google_cloud_scheduler_job.job : each.name],
        [google_cloud_scheduler_job.worker.name],
        [google_pubsub_topic.events.name, google_pubsub_topic.dead_letters.name],
        [google_pubsub_subscription.events.name, google_pubsub_subscription.dead_letters.name],
        [google_storage_bucket.store[0].name, google_storage_bucket.source.name, google_artifact_registry_repository.images.repository_id],
        [google_logging_project_bucket_config.this.bucket_id, google_logging_project_sink.this.name, google_logging_project_exclusion.this.name],
      ) : name == "telemetry-staging-2" || startswith(name, "telemetry-staging-2-")
    ])
    error_message = "A name without its environment is in the way of another environment's."
  }
  assert {
    condition     = startswith(google_monitoring_notification_channel.this["team@example.com"].display_name, "telemetry-staging-2 ")
    error_message = "A channel must say whose it is."
  }
}

run "every_account_carries_the_environment_and_has_thirty_characters_at_most" {
  command = plan

  variables {
    environment_id = "abcdefghij-123456789"
  }

  assert {
    condition = sort(values(local.accounts)) == sort([
      "tel-abcdefghij-123456789-bird",
      "tel-abcdefghij-123456789-build",
      "tel-abcdefghij-123456789-clock",
      "tel-abcdefghij-123456789-jobs",
      "tel-abcdefghij-123456789-web",
      "tel-abcdefghij-123456789-work",
    ]) && alltrue([for name in values(local.accounts) : length(name) <= 30])
    error_message = "The accounts are ${jsonencode(local.accounts)}."
  }
  assert {
    condition     = google_service_account.clock.account_id == local.accounts.clock && google_service_account.build.account_id == local.accounts.build
    error_message = "An account has another name."
  }
}

run "the_longest_environment_has_names_that_google_takes" {
  command = plan

  variables {
    environment_id = "abcdefghij-123456789"
    store          = { kind = "gcs" }
  }

  assert {
    condition     = alltrue([for name in values(output.function_names) : length(name) <= 49])
    error_message = "A service of Cloud Run has 49 characters at most."
  }
  assert {
    condition     = alltrue([for each in concat(google_storage_bucket.store, [google_storage_bucket.source]) : length(each.name) <= 63])
    error_message = "A bucket has 63 characters at most."
  }
}

run "a_bucket_carries_the_project_too_since_its_name_is_the_world_s" {
  command = plan

  variables {
    store = { kind = "gcs" }
  }

  assert {
    condition     = google_storage_bucket.store[0].name == "telemetry-test-123456789012" && google_storage_bucket.source.name == "telemetry-test-123456789012-source"
    error_message = "The buckets are ${google_storage_bucket.store[0].name} and ${google_storage_bucket.source.name}."
  }
}

run "an_archive_is_named_after_its_content_and_is_what_the_functions_are_built_from" {
  command = plan

  assert {
    condition = { for name, each in google_storage_bucket_object.source : name => each.name } == {
      webhook = "webhook-${filesha256("tests/package.zip")}.zip"
      worker  = "worker-${filesha256("tests/package.zip")}.zip"
    }
    error_message = "The archives are ${jsonencode(local.archives)}."
  }
  assert {
    condition = {
      for name, each in { webhook = module.webhook, worker = module.worker, schedule = module.schedule[0] } : name => each.built_from
      } == {
      webhook  = { bucket = "telemetry-test-123456789012-source", object = local.archives.webhook, entry_point = "webhook" }
      worker   = { bucket = "telemetry-test-123456789012-source", object = local.archives.worker, entry_point = "worker" }
      schedule = { bucket = "telemetry-test-123456789012-source", object = local.archives.worker, entry_point = "schedule" }
    }
    error_message = "A function is built from something else."
  }
}

run "settings_that_are_unset_are_not_passed_at_all" {
  command = plan

  assert {
    condition = module.worker.environment == tomap({
      ENVIRONMENT_ID       = "test"
      GOOGLE_CLOUD_PROJECT = "octo-telemetry"
      LOG_LEVEL            = "info"
      QUEUE_URL            = "projects/octo-telemetry/topics/events-of-mock"
      QUEUE_SUBSCRIPTION   = "projects/octo-telemetry/subscriptions/events-of-mock"
      DEAD_LETTERS_URL     = "projects/octo-telemetry/topics/dead-letters-of-mock"
      REPO_NAME            = "telemetry-data"
      REPO_OWNER           = "octo-org"
      STORE                = "github"
    })
    error_message = "The worker's environment is ${jsonencode(module.worker.environment)}"
  }
  assert {
    condition = module.webhook.environment == tomap({
      ENVIRONMENT_ID       = "test"
      GOOGLE_CLOUD_PROJECT = "octo-telemetry"
      LOG_LEVEL            = "info"
      QUEUE_URL            = "projects/octo-telemetry/topics/events-of-mock"
      REPO_NAME            = "telemetry-data"
      REPO_OWNER           = "octo-org"
      THREADS              = "80"
    })
    error_message = "The webhook's environment is ${jsonencode(module.webhook.environment)}"
  }
}

run "settings_that_are_set_reach_the_functions_as_text" {
  command = plan

  variables {
    settings = {
      repo_owner           = "octo-org"
      repo_name            = "telemetry-data"
      conflict_retries     = 7
      watched_repositories = "octo-org/hello-world"
      incident_labels      = "incident,SEV 1"
      exempt_labels        = "not-a-deployment,false alarm"
    }
    webhook = { allowed_networks = ["192.30.252.0/22", "2606:50c0::/32"] }
  }

  assert {
    condition     = module.worker.environment["CONFLICT_RETRIES"] == "7"
    error_message = "The worker's environment is ${jsonencode(module.worker.environment)}"
  }
  assert {
    condition     = module.schedule[0].environment["WATCHED_REPOSITORIES"] == "octo-org/hello-world"
    error_message = "The schedule function's environment is ${jsonencode(module.schedule[0].environment)}"
  }
  assert {
    condition     = alltrue([for each in [module.webhook, module.worker, module.schedule[0]] : each.environment["INCIDENT_LABELS"] == "incident,SEV 1"])
    error_message = "What is an incident to the webhook must be one to the worker, and to the schedule function"
  }
  assert {
    condition     = alltrue([for each in [module.webhook, module.worker, module.schedule[0]] : each.environment["EXEMPT_LABELS"] == "not-a-deployment,false alarm"])
    error_message = "The webhook, the worker and the schedule function must have the same exempting labels"
  }
  assert {
    condition     = module.webhook.environment["ALLOWED_NETWORKS"] == "192.30.252.0/22,2606:50c0::/32"
    error_message = "The webhook's environment is ${jsonencode(module.webhook.environment)}"
  }
}

run "the_lines_that_are_counted_are_written_at_every_log_level" {
  command = plan

  variables {
    runtime = { log_level = "error" }
  }

  assert {
    condition     = module.webhook.environment["LOG_LEVEL"] == "warning" && module.schedule[0].environment["LOG_LEVEL"] == "info" && module.worker.environment["LOG_LEVEL"] == "error"
    error_message = "An alarm that counts lines needs them."
  }
}

run "every_setting_of_the_table_reaches_its_functions" {
  command = plan

  variables {
    settings = merge(
      { for name in keys(jsondecode(file("../settings.json"))) : name => "7" },
      { github_api_url = "https://github.example.com/api/v3" },
    )
  }

  assert {
    condition = alltrue([
      for name in keys(jsondecode(file("../settings.json"))) :
      contains(keys(module.worker.environment), upper(name)) && contains(keys(module.schedule[0].environment), upper(name))
    ])
    error_message = "The worker's environment is ${jsonencode(module.worker.environment)}"
  }
  assert {
    condition     = [for name, row in jsondecode(file("../settings.json")) : name if contains(keys(module.webhook.environment), upper(name))] == [for name, row in jsondecode(file("../settings.json")) : name if row.webhook]
    error_message = "The webhook's environment is ${jsonencode(module.webhook.environment)}"
  }
}

run "the_url_to_paste_ends_in_the_one_route" {
  command = plan

  assert {
    condition     = output.webhook_url == "https://webhook-of-mock.a.run.app/telemetry"
    error_message = "The URL is ${output.webhook_url}."
  }
  assert {
    condition     = strcontains(output.try_it, output.webhook_url)
    error_message = "What is to be tried must go to this environment."
  }
}

run "the_operator_s_commands_are_told_of_the_topic_and_of_the_subscription_of_dead_letters" {
  command = plan

  assert {
    condition     = output.queues == { events = "projects/octo-telemetry/topics/events-of-mock" } && output.dead_letters == "projects/octo-telemetry/subscriptions/dead-letters-of-mock"
    error_message = "Dead letters are pulled from a subscription and published to a topic."
  }
}

run "the_events_to_tick_are_those_of_the_committed_file" {
  command = plan

  assert {
    condition     = length(output.webhook_events) > 0 && output.webhook_events == jsondecode(file("../webhook_events.json"))
    error_message = "The events are ${jsonencode(output.webhook_events)}."
  }
}
