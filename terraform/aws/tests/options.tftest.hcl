# What can be switched off, and what the packages were built for. tests/other_runtime.zip was written by cli/deployment/archive.py.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment_id = "test"
  packages       = { webhook = "tests/package.zip", worker = "tests/package.zip" }
  settings       = { repo_owner = "octo-org", repo_name = "telemetry-data" }
}

run "only_the_named_alarms_are_created" {
  command = plan

  variables {
    alarms = { only = ["dead-letters", "canary-missing"] }
  }

  assert {
    condition     = output.alarm_names == ["canary-missing", "dead-letters"]
    error_message = "The alarms are ${join(", ", output.alarm_names)}."
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
    condition     = length(module.canary) == 0 && length(aws_scheduler_schedule.canary) == 0 && !contains(keys(output.function_names), "canary")
    error_message = "Something of the canary is left."
  }
  assert {
    condition     = [for name in output.alarm_names : name if startswith(name, "canary")] == [] && !contains(keys(output.schedules), "canary")
    error_message = "An alarm or the job waits for a canary that does not exist."
  }
  assert {
    condition     = length(module.schedule) == 1 && jsondecode(aws_iam_role_policy.scheduler[0].policy).Statement[0].Resource == [module.schedule[0].arn]
    error_message = "The other jobs must run."
  }
}

run "without_jobs_and_canary_there_is_no_schedule_at_all" {
  command = plan

  variables {
    canary    = { enabled = false }
    schedules = { all = { enabled = false } }
  }

  assert {
    condition     = length(output.schedules) == 0 && length(module.schedule) == 0 && length(aws_scheduler_schedule_group.jobs) == 0 && length(aws_iam_role.scheduler) == 0 && length(aws_sqs_queue.failed_invocations) == 0
    error_message = "Something of the schedules is left."
  }
  assert {
    condition     = !contains(output.alarm_names, "failed-invocations") && length([for name in output.alarm_names : name if endswith(name, "-destination-failures")]) == 0
    error_message = "An alarm watches runs that do not exist: ${join(", ", output.alarm_names)}."
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
    schedules = { all = { expression = "rate(1 day)" } }
  }

  expect_failures = [var.schedules]
}

run "a_package_for_another_python_is_refused" {
  command = plan

  variables {
    packages = { webhook = "tests/package.zip", worker = "tests/other_runtime.zip" }
    runtime  = { architecture = "x86_64" }
  }

  expect_failures = [var.runtime]
}

run "a_package_for_another_architecture_is_refused" {
  command = plan

  variables {
    packages = { webhook = "tests/other_runtime.zip", worker = "tests/package.zip" }
    runtime  = { python = "python3.12" }
  }

  expect_failures = [var.runtime]
}

run "packages_for_the_runtime_are_accepted" {
  command = plan

  variables {
    packages = { webhook = "tests/other_runtime.zip", worker = "tests/other_runtime.zip" }
    runtime  = { python = "python3.12", architecture = "x86_64" }
  }

  assert {
    condition     = output.domain_target == null
    error_message = "There is no domain."
  }
}

run "the_target_of_a_domain_is_an_output" {
  command = plan

  variables {
    webhook = { domain = { name = "telemetry.example.com", certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0" } }
  }

  override_resource {
    target          = aws_apigatewayv2_domain_name.webhook
    override_during = plan
    values = {
      domain_name_configuration = { target_domain_name = "d-abc.execute-api.eu-west-1.amazonaws.com", hosted_zone_id = "Z1" }
    }
  }

  assert {
    condition     = output.domain_target == { name = "d-abc.execute-api.eu-west-1.amazonaws.com", hosted_zone_id = "Z1" }
    error_message = "The target is ${jsonencode(output.domain_target)}."
  }
}
