# A wrong value is refused at plan, before anything is created, by the variable that it is in.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment_id = "test"
  packages       = { webhook = "tests/package.zip", worker = "tests/package.zip" }
  settings       = { repo_owner = "octo-org", repo_name = "telemetry-data" }
}

run "an_environment_of_capitals_is_refused" {
  command = plan

  variables {
    environment_id = "Production"
  }

  expect_failures = [var.environment_id]
}

run "an_environment_that_begins_with_a_digit_is_refused" {
  command = plan

  variables {
    environment_id = "1st"
  }

  expect_failures = [var.environment_id]
}

run "an_environment_of_21_letters_is_refused" {
  command = plan

  variables {
    environment_id = "abcdefghijklmnopqrstu"
  }

  expect_failures = [var.environment_id]
}

run "an_environment_whose_queue_would_be_the_retries_of_another_is_refused" {
  command = plan

  variables {
    environment_id = "test-retries"
  }

  expect_failures = [var.environment_id]
}

run "an_environment_whose_queue_would_be_another_s_failed_invocations_is_refused" {
  command = plan

  variables {
    environment_id = "a-failed-invocations"
  }

  expect_failures = [var.environment_id]
}

run "an_environment_whose_queue_would_be_the_dead_letters_of_another_is_refused" {
  command = plan

  variables {
    environment_id = "test-dead-letters"
  }

  expect_failures = [var.environment_id]
}

run "a_package_that_is_no_zip_is_refused" {
  command = plan

  variables {
    packages = { webhook = "build/aws", worker = "tests/package.zip" }
  }

  expect_failures = [var.packages]
}

run "a_big_batch_without_a_window_is_refused" {
  command = plan

  variables {
    queue = { batch_size = 11, window = 0 }
  }

  expect_failures = [var.queue]
}

run "a_batch_of_more_than_10000_is_refused" {
  command = plan

  variables {
    queue = { batch_size = 10001 }
  }

  expect_failures = [var.queue]
}

run "a_window_of_more_than_five_minutes_is_refused" {
  command = plan

  variables {
    queue = { window = 301 }
  }

  expect_failures = [var.queue]
}

run "a_single_worker_is_refused_since_aws_allows_no_less_than_two" {
  command = plan

  variables {
    queue = { max_concurrency = 1 }
  }

  expect_failures = [var.queue]
}

run "a_worker_without_time_is_refused" {
  command = plan

  variables {
    queue = { worker_timeout = 10 }
  }

  expect_failures = [var.queue]
}

run "a_worker_that_outlasts_lambda_is_refused" {
  command = plan

  variables {
    queue = { worker_timeout = 901 }
  }

  expect_failures = [var.queue]
}

run "an_old_python_is_refused" {
  command = plan

  variables {
    runtime = { python = "python3.9" }
  }

  expect_failures = [var.runtime]
}

run "an_architecture_that_lambda_has_not_is_refused" {
  command = plan

  variables {
    runtime = { architecture = "aarch64" }
  }

  expect_failures = [var.runtime]
}

run "a_log_level_that_there_is_not_is_refused" {
  command = plan

  variables {
    runtime = { log_level = "verbose" }
  }

  expect_failures = [var.runtime]
}

run "a_log_retention_that_cloudwatch_has_not_is_refused" {
  command = plan

  variables {
    runtime = { log_retention_days = 31 }
  }

  expect_failures = [var.runtime]
}

run "too_little_memory_is_refused" {
  command = plan

  variables {
    runtime = { webhook_memory = 64 }
  }

  expect_failures = [var.runtime]
}

run "a_schedule_in_crontab_s_own_format_is_refused" {
  command = plan

  variables {
    schedules = { survey_tooling = { expression = "17 5 * * *" } }
  }

  expect_failures = [var.schedules]
}

run "an_alarm_that_looks_back_more_than_a_week_is_refused" {
  command = plan

  variables {
    schedules = { survey_tooling = { expression = "rate(30 days)", alarm_hours = 721 } }
  }

  expect_failures = [var.schedules]
}

run "a_schedule_of_an_unknown_job_is_refused" {
  command = plan

  variables {
    schedules = { "survey_tolling" = { expression = "rate(1 day)" } }
  }

  expect_failures = [var.schedules]
}

run "a_store_that_there_is_not_is_refused" {
  command = plan

  variables {
    store = { kind = "directory" }
  }

  expect_failures = [var.store]
}

run "a_data_repository_without_a_name_is_refused" {
  command = plan

  variables {
    settings = { repo_owner = "octo-org" }
  }

  expect_failures = [var.store]
}

run "a_bucket_s_name_that_s3_would_not_take_is_refused" {
  command = plan

  variables {
    store = { kind = "s3", bucket = "My_Bucket" }
  }

  expect_failures = [var.store]
}

run "an_api_that_is_no_url_is_refused" {
  command = plan

  variables {
    settings = { repo_owner = "octo-org", repo_name = "telemetry-data", github_api_url = "github.example.com" }
  }

  expect_failures = [var.settings]
}

run "a_setting_that_does_not_exist_is_refused" {
  command = plan

  variables {
    settings = { repo_owner = "octo-org", repo_name = "telemetry-data", repo_brunch = "main" }
  }

  expect_failures = [var.settings]
}

run "a_secret_among_the_settings_is_refused" {
  command = plan

  variables {
    settings = { repo_owner = "octo-org", repo_name = "telemetry-data", github_access_token = "x" }
  }

  expect_failures = [var.settings]
}

run "a_setting_that_must_be_a_number_is_refused" {
  command = plan

  variables {
    settings = { repo_owner = "octo-org", repo_name = "telemetry-data", backfill_days = "eight" }
  }

  expect_failures = [var.settings]
}

run "a_network_that_is_a_name_is_refused" {
  command = plan

  variables {
    webhook = { allowed_networks = ["hooks.github.com"] }
  }

  expect_failures = [var.webhook]
}

run "a_throttle_of_nothing_is_refused" {
  command = plan

  variables {
    webhook = { rate = 0 }
  }

  expect_failures = [var.webhook]
}

run "a_domain_without_the_arn_of_its_certificate_is_refused" {
  command = plan

  variables {
    webhook = { domain = { name = "telemetry.example.com", certificate_arn = "telemetry.example.com" } }
  }

  expect_failures = [var.webhook]
}

run "a_key_by_its_alias_is_refused" {
  command = plan

  variables {
    kms_key_arn = "alias/telemetry"
  }

  expect_failures = [var.kms_key_arn]
}

run "a_topic_by_its_name_is_refused" {
  command = plan

  variables {
    alarms = { actions = ["alerts"] }
  }

  expect_failures = [var.alarms]
}

run "an_age_of_nothing_is_refused" {
  command = plan

  variables {
    alarms = { oldest_message_age = 0 }
  }

  expect_failures = [var.alarms]
}

run "a_role_path_without_slashes_is_refused" {
  command = plan

  variables {
    iam = { role_path = "telemetry" }
  }

  expect_failures = [var.iam]
}

run "a_boundary_by_its_name_is_refused" {
  command = plan

  variables {
    iam = { permissions_boundary = "telemetry-boundary" }
  }

  expect_failures = [var.iam]
}
