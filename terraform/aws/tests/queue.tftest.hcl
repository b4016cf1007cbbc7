# The queues lose nothing, and the schedules and the bucket keep to their place.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment_id = "test"
  packages       = { webhook = "tests/package.zip", worker = "tests/package.zip" }
  settings       = { repo_owner = "octo-org", repo_name = "telemetry-data" }
}

run "a_message_is_hidden_for_six_times_as_long_as_the_worker_may_take" {
  command = plan

  variables {
    queue = { worker_timeout = 200 }
  }

  assert {
    condition     = alltrue([for each in [aws_sqs_queue.events, aws_sqs_queue.retries] : each.visibility_timeout_seconds == 1200])
    error_message = "AWS asks for six times the function's time-out."
  }
}

run "everything_is_kept_for_two_weeks_and_dead_lettered_after_400_receives" {
  command = plan

  assert {
    condition     = alltrue([for each in [aws_sqs_queue.events, aws_sqs_queue.retries, aws_sqs_queue.dead_letters, aws_sqs_queue.failed_invocations[0]] : each.message_retention_seconds == 14 * 86400])
    error_message = "Two weeks is the most that SQS keeps a message."
  }
  assert {
    condition = alltrue([
      for each in [aws_sqs_queue_redrive_policy.events, aws_sqs_queue_redrive_policy.retries] :
      jsondecode(each.redrive_policy) == { deadLetterTargetArn = "arn:aws:sqs:eu-west-1:123456789012:dead-letters-of-mock", maxReceiveCount = 400 }
    ])
    error_message = "The redrive is a backstop: after 400 receives, more than the worker needs in 72 hours."
  }
  assert {
    condition = toset(jsondecode(aws_sqs_queue.dead_letters.redrive_allow_policy).sourceQueueArns) == toset([
      "arn:aws:sqs:eu-west-1:123456789012:telemetry-test",
      "arn:aws:sqs:eu-west-1:123456789012:telemetry-test-retries",
    ])
    error_message = "Only the environment's own queues may bury here."
  }
}

run "queues_are_encrypted_by_aws_s_key_and_refuse_whoever_comes_without_tls" {
  command = plan

  assert {
    condition     = alltrue([for each in [aws_sqs_queue.events, aws_sqs_queue.retries, aws_sqs_queue.dead_letters, aws_sqs_queue.failed_invocations[0]] : each.sqs_managed_sse_enabled])
    error_message = "A queue is not encrypted."
  }
  assert {
    condition = alltrue([
      for key in ["events", "retries", "dead_letters", "failed"] : alltrue([
        jsondecode(aws_sqs_queue_policy.tls_only[key].policy).Statement[0].Effect == "Deny",
        jsondecode(aws_sqs_queue_policy.tls_only[key].policy).Statement[0].Principal == "*",
        jsondecode(aws_sqs_queue_policy.tls_only[key].policy).Statement[0].Action == "sqs:*",
        jsondecode(aws_sqs_queue_policy.tls_only[key].policy).Statement[0].Condition == { Bool = { "aws:SecureTransport" = "false" } },
      ])
    ])
    error_message = "A queue lets somebody in without TLS."
  }
}

run "only_the_emulator_s_account_lets_in_a_loopback_address_without_tls" {
  command = plan

  variables {
    emulated = true
    store    = { kind = "s3" }
  }

  override_data {
    target          = data.aws_caller_identity.this
    override_during = plan
    values          = { account_id = "000000000000" }
  }

  assert {
    condition = alltrue([
      for text in concat([for each in aws_sqs_queue_policy.tls_only : each.policy], [aws_s3_bucket_policy.store[0].policy]) :
      jsondecode(text).Statement[0].Condition == { Bool = { "aws:SecureTransport" = "false" }, NotIpAddress = { "aws:SourceIp" = "127.0.0.0/8" } }
    ])
    error_message = "The emulator has no TLS."
  }
}

run "in_an_account_of_aws_there_is_no_such_exception" {
  command = plan

  variables {
    emulated = true
  }

  expect_failures = [var.emulated]
}

run "with_a_key_the_queues_are_encrypted_by_it" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/0"
  }

  assert {
    condition     = alltrue([for each in [aws_sqs_queue.events, aws_sqs_queue.retries, aws_sqs_queue.dead_letters, aws_sqs_queue.failed_invocations[0]] : each.kms_master_key_id == "arn:aws:kms:eu-west-1:123456789012:key/0"])
    error_message = "A queue has another key."
  }
}

run "the_worker_is_handed_big_batches_and_says_which_messages_failed" {
  command = plan

  assert {
    condition = alltrue([
      for each in aws_lambda_event_source_mapping.worker : alltrue([
        each.batch_size == 1000,
        each.maximum_batching_window_in_seconds == 60,
        each.scaling_config[0].maximum_concurrency == 2,
        each.function_response_types == toset(["ReportBatchItemFailures"]),
      ])
    ])
    error_message = "One bad message would bring the whole batch back."
  }
}

run "lambda_does_not_stop_the_retries_of_the_worker" {
  command = plan

  assert {
    condition     = aws_lambda_function_recursion_config.worker.function_name == module.worker.name && aws_lambda_function_recursion_config.worker.recursive_loop == "Allow"
    error_message = "Lambda would stop the worker's retries after about 16 invocations."
  }
}

run "every_job_of_the_table_is_scheduled" {
  command = plan

  assert {
    condition     = { for name, job in aws_scheduler_schedule.job : name => job.target[0].input } == { for name in keys(jsondecode(file("../schedules.json"))) : name => "{\"job\":\"${name}\"}" }
    error_message = "The jobs of schedules.json are not those that are scheduled: ${jsonencode(keys(aws_scheduler_schedule.job))}."
  }
  assert {
    condition     = aws_scheduler_schedule.job["survey_tooling"].schedule_expression == "cron(17 5 * * ? *)" && aws_scheduler_schedule.job["backfill"].schedule_expression == "cron(27 3 ? * SUN,WED *)"
    error_message = "EventBridge Scheduler needs a ? for one of the two days."
  }
  assert {
    condition     = { for name, job in output.schedules : name => job.alarm_hours } == { for name, job in jsondecode(file("../schedules.json")) : name => job.alarm_hours }
    error_message = "The output does not match schedules.json."
  }
  assert {
    condition     = alltrue([for job in aws_scheduler_schedule.job : job.group_name == "telemetry-test" && job.target[0].dead_letter_config[0].arn == "arn:aws:sqs:eu-west-1:123456789012:dead-letters-of-mock"])
    error_message = "What the function did not take must be kept."
  }
}

run "a_run_that_fails_is_retried_by_lambda_and_then_recorded" {
  command = plan

  assert {
    condition = [
      for each in [aws_lambda_function_event_invoke_config.schedule[0], aws_lambda_function_event_invoke_config.canary[0]] :
      [each.function_name, each.maximum_retry_attempts, each.maximum_event_age_in_seconds, each.destination_config[0].on_failure[0].destination]
      ] == [
      ["telemetry-test-schedule", 2, 3600, "arn:aws:sqs:eu-west-1:123456789012:failed-invocations-of-mock"],
      ["telemetry-test-canary", 0, 300, "arn:aws:sqs:eu-west-1:123456789012:failed-invocations-of-mock"],
    ]
    error_message = "A run that Lambda gives up must leave a record in a queue of its own."
  }
  assert {
    condition     = aws_scheduler_schedule.canary[0].target[0].dead_letter_config[0].arn == "arn:aws:sqs:eu-west-1:123456789012:dead-letters-of-mock"
    error_message = "What the scheduler could not deliver must be kept."
  }
}

run "a_job_can_be_moved_or_disabled" {
  command = plan

  variables {
    schedules = {
      recover = { expression = "rate(2 hours)", alarm_hours = 5 }
      canary  = { enabled = false }
    }
  }

  assert {
    condition     = aws_scheduler_schedule.job["recover"].schedule_expression == "rate(2 hours)" && aws_cloudwatch_metric_alarm.this["recover-missing"].evaluation_periods == 5
    error_message = "The change of one job must reach its schedule and its alarm."
  }
  assert {
    condition     = !contains(keys(aws_scheduler_schedule.job), "canary") && !contains(keys(aws_cloudwatch_metric_alarm.this), "canary-missing")
    error_message = "A disabled job must have neither a schedule nor an alarm."
  }
  assert {
    condition     = aws_scheduler_schedule.job["ledger"].schedule_expression == "cron(37 4 * * ? *)"
    error_message = "A job that is not named must keep its schedule."
  }
}

run "github_hears_from_the_webhook_before_it_gives_up" {
  command = plan

  assert {
    condition     = module.webhook.timeout == 9 && aws_apigatewayv2_integration.webhook.timeout_milliseconds <= 10000
    error_message = "GitHub waits 10 seconds."
  }
  assert {
    condition     = aws_apigatewayv2_integration.webhook.payload_format_version == "2.0"
    error_message = "The function reads payload format 2.0."
  }
  assert {
    condition     = aws_apigatewayv2_stage.webhook.default_route_settings[0].throttling_rate_limit == 100 && aws_apigatewayv2_stage.webhook.default_route_settings[0].throttling_burst_limit == 500
    error_message = "Without a throttle anybody may take all of the account's concurrency."
  }
}

run "the_access_log_keeps_no_header_and_no_query" {
  command = plan

  assert {
    condition = alltrue([
      for text in values(jsondecode(aws_apigatewayv2_stage.webhook.access_log_settings[0].format)) :
      !can(regex("(?i)header|query|path|authorizer|useragent", text))
    ])
    error_message = "Either may hold what nobody should keep."
  }
}
