# A wrong value is refused at plan, before anything is created, by the variable that it is in.

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

run "a_package_that_is_no_zip_is_refused" {
  command = plan

  variables {
    packages = { webhook = "build/aws", worker = "tests/package.zip" }
  }

  expect_failures = [var.packages]
}

run "a_log_level_that_there_is_not_is_refused" {
  command = plan

  variables {
    runtime = { log_level = "verbose" }
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

run "an_alarm_that_looks_back_more_than_a_week_is_refused" {
  command = plan

  variables {
    schedules = { survey_tooling = { expression = "0 5 1 * *", alarm_hours = 721 } }
  }

  expect_failures = [var.schedules]
}

run "a_schedule_of_an_unknown_job_is_refused" {
  command = plan

  variables {
    schedules = { "survey_tolling" = { expression = "17 5 * * *" } }
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

run "an_age_of_nothing_is_refused" {
  command = plan

  variables {
    alarms = { oldest_message_age = 0 }
  }

  expect_failures = [var.alarms]
}

run "an_old_python_is_refused" {
  command = plan

  variables {
    runtime = { python = "python39" }
  }

  expect_failures = [var.runtime]
}

run "a_python_by_lambda_s_name_is_refused" {
  command = plan

  variables {
    runtime = { python = "python3.13" }
  }

  expect_failures = [var.runtime]
}

run "a_log_retention_of_more_than_ten_years_is_refused" {
  command = plan

  variables {
    runtime = { log_retention_days = 3651 }
  }

  expect_failures = [var.runtime]
}

run "a_log_retention_of_no_day_is_refused" {
  command = plan

  variables {
    runtime = { log_retention_days = 0 }
  }

  expect_failures = [var.runtime]
}

run "more_memory_than_one_cpu_goes_with_is_refused" {
  command = plan

  variables {
    runtime = { worker_memory = 8192 }
  }

  expect_failures = [var.runtime]
}

run "a_schedule_in_eventbridge_s_format_is_refused" {
  command = plan

  variables {
    schedules = { survey_tooling = { expression = "cron(17 5 * * ? *)" } }
  }

  expect_failures = [var.schedules]
}

run "a_schedule_of_six_fields_is_refused" {
  command = plan

  variables {
    schedules = { survey_tooling = { expression = "0 17 5 * * *" } }
  }

  expect_failures = [var.schedules]
}

run "a_bucket_s_name_that_cloud_storage_would_not_take_is_refused" {
  command = plan

  variables {
    store = { kind = "gcs", bucket = "My_Bucket" }
  }

  expect_failures = [var.store]
}

run "a_bucket_that_calls_itself_google_s_is_refused" {
  command = plan

  variables {
    store = { kind = "gcs", bucket = "my-google-bucket" }
  }

  expect_failures = [var.store]
}

run "the_other_cloud_s_store_is_refused" {
  command = plan

  variables {
    store = { kind = "s3" }
  }

  expect_failures = [var.store]
}

run "no_instance_at_all_is_refused" {
  command = plan

  variables {
    webhook = { max_instances = 0 }
  }

  expect_failures = [var.webhook]
}

run "instances_without_measure_are_refused" {
  command = plan

  variables {
    webhook = { max_instances = 1000 }
  }

  expect_failures = [var.webhook]
}

run "a_key_by_its_short_name_is_refused" {
  command = plan

  variables {
    kms_key = "telemetry"
  }

  expect_failures = [var.kms_key]
}

run "a_key_of_another_region_is_refused" {
  command = plan

  variables {
    kms_key = "projects/octo-keys/locations/us-east1/keyRings/ring/cryptoKeys/key"
  }

  expect_failures = [var.kms_key]
}

run "an_aws_topic_is_refused" {
  command = plan

  variables {
    alarms = { actions = ["arn:aws:sns:eu-west-1:123456789012:alerts"] }
  }

  expect_failures = [var.alarms]
}

run "a_name_that_is_no_address_is_refused" {
  command = plan

  variables {
    alarms = { actions = ["alerts"] }
  }

  expect_failures = [var.alarms]
}

run "a_project_by_its_number_is_refused" {
  command = plan

  variables {
    project = "123456789012"
  }

  expect_failures = [var.project]
}

run "a_project_by_its_display_name_is_refused" {
  command = plan

  variables {
    project = "Octo Telemetry"
  }

  expect_failures = [var.project]
}

run "a_zone_is_refused" {
  command = plan

  variables {
    region = "europe-west1-b"
  }

  expect_failures = [var.region]
}

run "a_multi_region_is_refused" {
  command = plan

  variables {
    region = "EU"
  }

  expect_failures = [var.region]
}
