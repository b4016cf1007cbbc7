# What can be switched off, and what the packages were built for. tests/other_runtime.zip was written by cli/deployment/archive.py.

mock_provider "google" {
  source = "./tests/mocks"
}

variables {
  environment_id = "test"
  project        = "octo-telemetry"
  region         = "europe-west1"
  packages       = { webhook = "tests/package.zip", worker = "tests/package.zip" }
  settings       = { repo_owner = "octo-org", repo_name = "telemetry-data" }
}

run "only_the_named_alarms_and_their_metrics_are_created" {
  command = plan

  variables {
    alarms = { only = ["dead-letters", "canary-missing"] }
  }

  assert {
    condition     = toset(output.alarm_names) == toset(["canary-missing", "dead-letters"]) && length(google_monitoring_alert_policy.this) + length(google_monitoring_alert_policy.logged) + length(google_monitoring_alert_policy.missing) == 2
    error_message = "The alarms are ${join(", ", output.alarm_names)}."
  }
  assert {
    condition     = keys(google_logging_metric.this) == ["job_succeeded"]
    error_message = "A log-based metric without an alarm costs money: ${join(", ", keys(google_logging_metric.this))}."
  }
}

run "an_alarm_that_does_not_exist_is_refused" {
  command = plan

  variables {
    alarms = { only = ["dead-leters"] }
  }

  expect_failures = [output.alarm_names]
}

run "without_the_canary_its_function_job_and_alarms_are_not_created" {
  command = plan

  variables {
    canary = { enabled = false }
  }

  assert {
    condition     = length(module.canary) == 0 && length(google_cloud_scheduler_job.canary) == 0 && !contains(keys(output.function_names), "canary")
    error_message = "Something of the canary is left."
  }
  assert {
    condition     = [for name in output.alarm_names : name if startswith(name, "canary")] == [] && !contains(keys(output.schedules), "canary")
    error_message = "An alarm or the job waits for a canary that does not exist."
  }
}

run "without_jobs_and_canary_only_the_worker_is_called" {
  command = plan

  variables {
    canary    = { enabled = false }
    schedules = { all = { enabled = false } }
  }

  assert {
    condition     = length(output.schedules) == 0 && length(module.schedule) == 0 && length(google_cloud_scheduler_job.job) == 0
    error_message = "Something of the schedules is left."
  }
  assert {
    condition     = keys(output.function_names) == ["webhook", "worker"]
    error_message = "The functions are ${join(", ", keys(output.function_names))}."
  }
}

run "one_job_runs_although_all_others_are_off" {
  command = plan

  variables {
    schedules = { all = { enabled = false }, recover = { enabled = true } }
  }

  assert {
    condition     = keys(output.schedules) == ["recover"]
    error_message = "The jobs are ${join(", ", keys(output.schedules))}."
  }
}

run "all_jobs_have_no_common_time" {
  command = plan

  variables {
    schedules = { all = { expression = "0 0 * * *" } }
  }

  expect_failures = [var.schedules]
}

run "a_package_for_another_python_is_refused" {
  command = plan

  variables {
    packages = { webhook = "tests/package.zip", worker = "tests/other_runtime.zip" }
  }

  expect_failures = [var.runtime]
}

run "packages_for_the_runtime_are_accepted" {
  command = plan

  variables {
    packages = { webhook = "tests/other_runtime.zip", worker = "tests/other_runtime.zip" }
    runtime  = { python = "python312" }
  }

  assert {
    condition     = output.domain_target == { region = "europe-west1", cloud_function = "telemetry-test-webhook" }
    error_message = "The target of a domain is ${jsonencode(output.domain_target)}."
  }
}
