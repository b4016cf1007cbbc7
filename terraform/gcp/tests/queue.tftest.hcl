# The subscription loses nothing, and the functions keep to their time.

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

run "events_are_kept_for_a_week_and_dead_letters_for_two_and_neither_subscription_ever_ends" {
  command = plan

  assert {
    condition     = google_pubsub_subscription.events.message_retention_duration == "604800s" && google_pubsub_subscription.dead_letters.message_retention_duration == "1209600s"
    error_message = "What waits is gone too early."
  }
  assert {
    condition     = alltrue([for each in [google_pubsub_subscription.events, google_pubsub_subscription.dead_letters] : each.expiration_policy[0].ttl == ""])
    error_message = "After a month without events Pub/Sub would delete the subscription."
  }
}

run "pub_sub_buries_after_a_hundred_deliveries_and_may_do_so" {
  command = plan

  assert {
    condition     = google_pubsub_subscription.events.dead_letter_policy[0].max_delivery_attempts == 100 && google_pubsub_subscription.events.dead_letter_policy[0].dead_letter_topic == "projects/octo-telemetry/topics/dead-letters-of-mock"
    error_message = "The policy is a backstop: after 100 deliveries, Google's most."
  }
  assert {
    condition = [for each in [google_pubsub_topic_iam_member.bury, google_pubsub_subscription_iam_member.bury] : [each.role, each.member]] == [
      ["roles/pubsub.publisher", "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"],
      ["roles/pubsub.subscriber", "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"],
    ]
    error_message = "Without both grants what should be buried goes round for ever."
  }
  assert {
    condition     = google_pubsub_topic_iam_member.bury.topic == "telemetry-test-dead-letters" && google_pubsub_subscription_iam_member.bury.subscription == "telemetry-test-events"
    error_message = "Google's account moves from the events to the dead letters."
  }
}

run "dead_letters_are_kept_by_a_subscription_of_their_own" {
  command = plan

  assert {
    condition     = google_pubsub_subscription.dead_letters.topic == "projects/octo-telemetry/topics/dead-letters-of-mock" && length(google_pubsub_subscription.dead_letters.dead_letter_policy) == 0
    error_message = "A topic without a subscription keeps nothing."
  }
}

run "a_message_is_hidden_for_as_long_as_a_drain_may_take" {
  command = plan

  assert {
    condition     = google_pubsub_subscription.events.ack_deadline_seconds >= module.worker.service.timeout_seconds
    error_message = "A message would come back while it is worked."
  }
}

run "there_is_one_worker_and_it_is_called_each_minute_and_not_again_before_the_next" {
  command = plan

  assert {
    condition     = [module.worker.service.max_instance_count, module.worker.service.max_instance_request_concurrency, module.worker.service.timeout_seconds] == [1, 1, 60]
    error_message = "The worker runs as ${jsonencode(module.worker.service)}"
  }
  assert {
    condition     = google_cloud_scheduler_job.worker.schedule == "* * * * *" && google_cloud_scheduler_job.worker.retry_config[0].retry_count == 0 && google_cloud_scheduler_job.worker.attempt_deadline == "60s"
    error_message = "The next tick is the retry."
  }
  assert {
    condition     = google_cloud_scheduler_job.worker.http_target[0].uri == "https://worker-of-mock.a.run.app" && google_cloud_scheduler_job.worker.http_target[0].http_method == "POST"
    error_message = "The clock calls somebody else."
  }
}

run "the_webhook_takes_eighty_at_once_on_one_cpu_and_answers_before_github_gives_up" {
  command = plan

  assert {
    condition     = [module.webhook.service.available_cpu, module.webhook.service.available_memory] == ["1", "512Mi"] && module.webhook.service.max_instance_request_concurrency == 80
    error_message = "Under one CPU an instance takes one request at once."
  }
  assert {
    condition     = module.webhook.environment["THREADS"] == tostring(module.webhook.service.max_instance_request_concurrency)
    error_message = "What is let in must be worked, not wait for one of four threads."
  }
  assert {
    condition     = module.webhook.service.timeout_seconds <= 10
    error_message = "GitHub waits 10 seconds."
  }
  assert {
    condition     = module.webhook.service.ingress_settings == "ALLOW_ALL"
    error_message = "GitHub comes from outside."
  }
}

run "nobody_can_make_more_instances_of_the_webhook_than_were_allowed" {
  command = plan

  variables {
    webhook = { max_instances = 3 }
  }

  assert {
    condition     = module.webhook.service.max_instance_count == 3
    error_message = "Without a limit anybody may make a bill."
  }
}

run "every_job_of_the_table_is_scheduled_and_retried" {
  command = plan

  assert {
    condition     = { for name, job in google_cloud_scheduler_job.job : name => base64decode(job.http_target[0].body) } == { for name in keys(jsondecode(file("../schedules.json"))) : name => "{\"job\":\"${name}\"}" }
    error_message = "The jobs of schedules.json are not those that are scheduled: ${jsonencode(keys(google_cloud_scheduler_job.job))}."
  }
  assert {
    condition     = { for name, job in google_cloud_scheduler_job.job : name => job.schedule } == { for name, job in jsondecode(file("../schedules.json")) : name => job.cron }
    error_message = "A job runs at another time than schedules.json says."
  }
  assert {
    condition     = { for name, job in output.schedules : name => job.alarm_hours } == { for name, job in jsondecode(file("../schedules.json")) : name => job.alarm_hours }
    error_message = "The output does not match schedules.json."
  }
  assert {
    condition = alltrue([
      for each in google_cloud_scheduler_job.job :
      each.http_target[0].uri == "https://schedule-of-mock.a.run.app" && each.retry_config[0].retry_count == 3 && each.time_zone == "Etc/UTC"
    ])
    error_message = "A job that failed must be tried again."
  }
  assert {
    condition     = alltrue([for each in google_cloud_scheduler_job.job : tonumber(trimsuffix(each.attempt_deadline, "s")) > module.schedule[0].service.timeout_seconds])
    error_message = "The clock must hear how the job ended."
  }
}

run "a_job_can_be_moved_or_disabled" {
  command = plan

  variables {
    schedules = {
      recover = { expression = "0 */2 * * MON-FRI", alarm_hours = 70 }
      canary  = { enabled = false }
    }
  }

  assert {
    condition     = google_cloud_scheduler_job.job["recover"].schedule == "0 */2 * * MON-FRI" && strcontains(google_monitoring_alert_policy.missing["recover"].documentation[0].content, "70 hours")
    error_message = "The change of one job must reach its schedule and its alarm."
  }
  assert {
    condition     = !contains(keys(google_cloud_scheduler_job.job), "canary") && !contains(keys(google_monitoring_alert_policy.missing), "canary")
    error_message = "A disabled job must have neither a schedule nor an alarm."
  }
  assert {
    condition     = google_cloud_scheduler_job.job["ledger"].schedule == "37 4 * * *"
    error_message = "A job that is not named must keep its schedule."
  }
}

run "lines_are_kept_for_thirty_days_in_a_bucket_of_their_own_and_nowhere_twice" {
  command = plan

  assert {
    condition     = google_logging_project_bucket_config.this.retention_days == 30 && google_logging_project_bucket_config.this.location == "europe-west1"
    error_message = "How long lines are kept is said by runtime.log_retention_days."
  }
  assert {
    condition     = google_logging_project_sink.this.destination == "logging.googleapis.com/projects/octo-telemetry/locations/europe-west1/buckets/logs-of-mock"
    error_message = "The lines go to ${google_logging_project_sink.this.destination}."
  }
  assert {
    condition     = google_logging_project_exclusion.this.filter == google_logging_project_sink.this.filter
    error_message = "A line is kept twice, or not at all."
  }
  assert {
    condition     = alltrue([for name in values(output.function_names) : strcontains(google_logging_project_sink.this.filter, "\"${name}\"")])
    error_message = "A function's lines go elsewhere: ${google_logging_project_sink.this.filter}"
  }
}

run "everything_waits_for_the_apis_and_none_is_switched_off_with_it" {
  command = plan

  assert {
    condition = alltrue([
      for api in ["artifactregistry", "cloudbuild", "cloudfunctions", "cloudscheduler", "iam", "logging", "monitoring", "pubsub", "run", "secretmanager", "storage"] :
      contains(keys(google_project_service.this), "${api}.googleapis.com")
    ])
    error_message = "An API that is used is not switched on."
  }
  assert {
    condition     = alltrue([for each in google_project_service.this : each.disable_on_destroy == false && each.project == "octo-telemetry"])
    error_message = "Another environment needs it."
  }
}
