# The alarms are there, and on, from the first apply.

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

run "alarms_are_on_without_being_asked_for" {
  command = plan

  assert {
    condition = sort(concat(keys(google_monitoring_alert_policy.this), keys(google_monitoring_alert_policy.logged), [for job in keys(google_monitoring_alert_policy.missing) : "${job}-missing"])) == sort([
      "backfill-missing",
      "canary-errors",
      "canary-missing",
      "dead-letters",
      "event-age",
      "events-wait",
      "ledger-missing",
      "recover-missing",
      "schedule-errors",
      "secret-leaked",
      "survey_tooling-missing",
      "webhook-errors",
      "webhook-throttled",
      "webhook-unavailable",
      "worker-errors",
    ])
    error_message = "The alarms are ${join(", ", keys(google_monitoring_alert_policy.this))}."
  }
  assert {
    condition     = alltrue([for each in concat(values(google_monitoring_alert_policy.this), values(google_monitoring_alert_policy.logged), values(google_monitoring_alert_policy.missing)) : each.enabled])
    error_message = "An alarm is switched off."
  }
  assert {
    condition     = alltrue([for each in concat(values(google_monitoring_alert_policy.this), values(google_monitoring_alert_policy.logged), values(google_monitoring_alert_policy.missing)) : length(each.documentation[0].content) > 40])
    error_message = "Each alarm says what it means and what to do first."
  }
}

run "each_alarm_tells_whom_it_was_told_to" {
  command = plan

  variables {
    alarms = { actions = ["team@example.com", "projects/octo-telemetry/notificationChannels/7"] }
  }

  assert {
    condition     = [for each in google_monitoring_notification_channel.this : [each.type, each.labels]] == [["email", tomap({ email_address = "team@example.com" })]]
    error_message = "An address becomes a channel, a channel stays one."
  }
  assert {
    condition = alltrue([
      for each in concat(values(google_monitoring_alert_policy.this), values(google_monitoring_alert_policy.logged), values(google_monitoring_alert_policy.missing)) :
      each.notification_channels == tolist(["projects/octo-telemetry/notificationChannels/made-by-mock", "projects/octo-telemetry/notificationChannels/7"])
    ])
    error_message = "An alarm tells somebody else, or nobody."
  }
}

run "one_dead_letter_is_enough" {
  command = plan

  assert {
    condition = alltrue([
      for each in google_monitoring_alert_policy.this["dead-letters"].conditions[0].condition_threshold : alltrue([
        each.filter == "metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"telemetry-test-dead-letters\"",
        each.comparison == "COMPARISON_GT",
        each.threshold_value == 0,
        each.aggregations[0].per_series_aligner == "ALIGN_MAX",
      ])
    ])
    error_message = "The alarm of the dead letters watches something else."
  }
}

run "an_event_that_waits_for_an_hour_is_told_of" {
  command = plan

  assert {
    condition = alltrue([
      for each in google_monitoring_alert_policy.this["events-wait"].conditions[0].condition_threshold :
      each.filter == "metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"telemetry-test-events\"" && each.threshold_value == 3600
    ])
    error_message = "The alarm of the age watches something else."
  }
}

run "the_errors_of_each_function_are_counted" {
  command = plan

  assert {
    condition = alltrue([
      for name in ["webhook", "worker", "schedule", "canary"] :
      google_monitoring_alert_policy.this["${name}-errors"].conditions[0].condition_threshold[0].filter == "metric.type=\"run.googleapis.com/request_count\" AND resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"telemetry-test-${name}\" AND metric.labels.response_code_class=\"5xx\""
    ])
    error_message = "The errors of another function, or other answers, are counted."
  }
}

run "deliveries_without_an_instance_are_counted_in_the_log_of_requests" {
  command = plan

  assert {
    condition     = google_logging_metric.this["throttled"].filter == "resource.type=\"cloud_run_revision\" AND resource.labels.location=\"europe-west1\" AND resource.labels.service_name=\"telemetry-test-webhook\" AND logName=\"projects/octo-telemetry/logs/run.googleapis.com%2Frequests\" AND (httpRequest.status=429 OR textPayload:\"no available instance\")"
    error_message = "Deliveries that found no instance are counted otherwise."
  }
}

run "the_code_s_own_lines_are_counted_of_the_function_that_writes_them" {
  command = plan

  variables {
    alarms = { oldest_message_age = 120 }
  }

  assert {
    condition     = google_logging_metric.this["unavailable"].filter == "resource.type=\"cloud_run_revision\" AND resource.labels.location=\"europe-west1\" AND resource.labels.service_name=\"telemetry-test-webhook\" AND jsonPayload.step=\"accept\" AND jsonPayload.outcome=\"unavailable\""
    error_message = "core/handler.py writes it otherwise."
  }
  assert {
    condition     = google_logging_metric.this["overdue"].filter == "resource.type=\"cloud_run_revision\" AND resource.labels.location=\"europe-west1\" AND resource.labels.service_name=\"telemetry-test-worker\" AND jsonPayload.step=\"settle\" AND jsonPayload.outcome=\"oldest\" AND jsonPayload.age_ms>120000"
    error_message = "core/batch.py writes it otherwise, or the limit is another."
  }
  assert {
    condition     = google_logging_metric.this["job_succeeded"].filter == "resource.type=\"cloud_run_revision\" AND resource.labels.location=\"europe-west1\" AND resource.labels.service_name=\"telemetry-test-schedule\" AND jsonPayload.step=\"job\" AND jsonPayload.outcome=\"done\""
    error_message = "core/jobs/__init__.py writes it otherwise."
  }
  assert {
    condition     = google_logging_metric.this["job_succeeded"].label_extractors == tomap({ job = "EXTRACT(jsonPayload.job)" }) && one(google_logging_metric.this["job_succeeded"].metric_descriptor[0].labels).key == "job"
    error_message = "Which job it was must be known."
  }
}

run "a_policy_on_a_log_metric_is_a_query_that_needs_no_metric_to_exist" {
  command = plan

  assert {
    condition     = google_monitoring_alert_policy.logged["webhook-unavailable"].conditions[0].condition_prometheus_query_language[0].query == "((sum(increase(logging_googleapis_com:user_telemetry_test_unavailable{monitored_resource=\"cloud_run_revision\"}[10m])) or vector(0)) + (sum(max_over_time(logging_googleapis_com:user_telemetry_test_unavailable{monitored_resource=\"cloud_run_revision\"}[10m]) unless max_over_time(logging_googleapis_com:user_telemetry_test_unavailable{monitored_resource=\"cloud_run_revision\"}[10m] offset 10m)) or vector(0))) >= 0.5"
    error_message = "The alarm watches another metric, or leaves out the first line of a series."
  }
  assert {
    condition = alltrue([
      for policy in concat(values(google_monitoring_alert_policy.logged), values(google_monitoring_alert_policy.missing)) :
      policy.conditions[0].condition_prometheus_query_language[0].disable_metric_validation
    ])
    error_message = "Google does not know a log-based metric of the same apply, and refuses the policy."
  }
  assert {
    condition     = alltrue([for policy in values(google_monitoring_alert_policy.this) : !strcontains(policy.conditions[0].condition_threshold[0].filter, "logging.googleapis.com")])
    error_message = "A threshold condition on a log-based metric of the same apply is refused."
  }
}

run "a_daily_job_that_was_not_done_for_25_hours_is_told_of_and_no_news_is_bad_news" {
  command = plan

  assert {
    condition     = google_monitoring_alert_policy.missing["survey_tooling"].conditions[0].condition_prometheus_query_language[0].query == "((sum(increase(logging_googleapis_com:user_telemetry_test_job_succeeded{monitored_resource=\"cloud_run_revision\",job=\"survey_tooling\"}[25h])) or vector(0)) + (sum(max_over_time(logging_googleapis_com:user_telemetry_test_job_succeeded{monitored_resource=\"cloud_run_revision\",job=\"survey_tooling\"}[25h]) unless max_over_time(logging_googleapis_com:user_telemetry_test_job_succeeded{monitored_resource=\"cloud_run_revision\",job=\"survey_tooling\"}[25h] offset 25h)) or vector(0))) < 0.5"
    error_message = "A day without the job must set the alarm off, and so must a metric that is not there."
  }
}

run "each_job_has_an_alarm_of_its_own_after_its_own_time" {
  command = plan

  variables {
    environment_id = "staging-2"
    schedules = {
      ledger = { expression = "0 6 * * 1", alarm_hours = 168 }
    }
  }

  assert {
    condition     = strcontains(google_monitoring_alert_policy.missing["ledger"].conditions[0].condition_prometheus_query_language[0].query, "user_telemetry_staging_2_job_succeeded{monitored_resource=\"cloud_run_revision\",job=\"ledger\"}[168h]")
    error_message = "The alarm watches another job."
  }
}
