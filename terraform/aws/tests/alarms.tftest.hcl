# The alarms are there, and on, from the first apply.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment_id = "test"
  packages       = { webhook = "tests/package.zip", worker = "tests/package.zip" }
  settings       = { repo_owner = "octo-org", repo_name = "telemetry-data" }
}

run "alarms_are_on_without_being_asked_for" {
  command = plan

  assert {
    condition = sort(keys(aws_cloudwatch_metric_alarm.this)) == sort([
      "backfill-missing",
      "canary-destination-failures",
      "canary-errors",
      "canary-missing",
      "dead-letters",
      "event-age",
      "events-wait",
      "failed-invocations",
      "ledger-missing",
      "recover-missing",
      "retries-wait",
      "schedule-destination-failures",
      "schedule-errors",
      "secret-leaked",
      "survey_tooling-missing",
      "webhook-errors",
      "webhook-throttled",
      "webhook-unavailable",
      "worker-errors",
    ])
    error_message = "The alarms are ${join(", ", keys(aws_cloudwatch_metric_alarm.this))}."
  }
  assert {
    condition     = alltrue([for each in aws_cloudwatch_metric_alarm.this : each.actions_enabled != false])
    error_message = "An alarm is switched off."
  }
  assert {
    condition     = alltrue([for each in aws_cloudwatch_metric_alarm.this : length(each.alarm_description) > 40])
    error_message = "Each alarm says what it means and what to do first."
  }
}

run "each_alarm_tells_whom_it_was_told_to_both_ways" {
  command = plan

  variables {
    alarms = { actions = ["arn:aws:sns:eu-west-1:123456789012:alerts"] }
  }

  assert {
    condition = alltrue([
      for each in aws_cloudwatch_metric_alarm.this :
      each.alarm_actions == toset(["arn:aws:sns:eu-west-1:123456789012:alerts"]) && each.ok_actions == each.alarm_actions
    ])
    error_message = "An alarm tells nobody."
  }
}

run "one_dead_letter_is_enough" {
  command = plan

  assert {
    condition = alltrue([
      aws_cloudwatch_metric_alarm.this["dead-letters"].metric_name == "ApproximateNumberOfMessagesVisible",
      aws_cloudwatch_metric_alarm.this["dead-letters"].dimensions == tomap({ QueueName = "telemetry-test-dead-letters" }),
      aws_cloudwatch_metric_alarm.this["dead-letters"].comparison_operator == "GreaterThanThreshold",
      aws_cloudwatch_metric_alarm.this["dead-letters"].threshold == 0,
    ])
    error_message = "The alarm of the dead letters watches something else."
  }
}

run "an_event_that_waits_for_an_hour_is_told_of_in_both_queues" {
  command = plan

  assert {
    condition = alltrue([
      for key, queue in { events-wait = "telemetry-test", retries-wait = "telemetry-test-retries" } : alltrue([
        aws_cloudwatch_metric_alarm.this[key].metric_name == "ApproximateAgeOfOldestMessage",
        aws_cloudwatch_metric_alarm.this[key].dimensions == tomap({ QueueName = queue }),
        aws_cloudwatch_metric_alarm.this[key].threshold == 3600,
      ])
    ])
    error_message = "The alarm of the age watches something else."
  }
}

run "the_age_that_the_worker_sees_is_watched_until_the_event_is_done" {
  command = plan

  assert {
    condition = alltrue([
      aws_cloudwatch_metric_alarm.this["event-age"].namespace == "Telemetry",
      aws_cloudwatch_metric_alarm.this["event-age"].metric_name == "EventAge",
      aws_cloudwatch_metric_alarm.this["event-age"].dimensions == tomap({ Environment = "test" }),
      aws_cloudwatch_metric_alarm.this["event-age"].statistic == "Maximum",
      aws_cloudwatch_metric_alarm.this["event-age"].comparison_operator == "GreaterThanThreshold",
      aws_cloudwatch_metric_alarm.this["event-age"].threshold == 3600,
    ])
    error_message = "runtimes/aws/worker_log.py publishes it otherwise."
  }
  assert {
    condition = alltrue([
      aws_cloudwatch_metric_alarm.this["event-age"].datapoints_to_alarm == 1,
      aws_cloudwatch_metric_alarm.this["event-age"].treat_missing_data == "notBreaching",
      aws_cloudwatch_metric_alarm.this["event-age"].period * aws_cloudwatch_metric_alarm.this["event-age"].evaluation_periods >= 900 + 60 + 300 + 300,
    ])
    error_message = "A waiting event is seen every 21 minutes only: the alarm must look back further."
  }
}

run "the_age_alarm_looks_back_further_with_longer_batches" {
  command = plan

  variables {
    alarms = { oldest_message_age = 120 }
    queue  = { window = 300, worker_timeout = 900 }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["event-age"].threshold == 120 && aws_cloudwatch_metric_alarm.this["event-age"].period * aws_cloudwatch_metric_alarm.this["event-age"].evaluation_periods >= 900 + 300 + 900 + 300
    error_message = "The alarm would go off and on while an event waits."
  }
}

run "runs_that_lambda_gave_up_are_watched_and_so_are_records_that_it_could_not_send" {
  command = plan

  assert {
    condition = alltrue([
      aws_cloudwatch_metric_alarm.this["failed-invocations"].namespace == "AWS/SQS",
      aws_cloudwatch_metric_alarm.this["failed-invocations"].metric_name == "ApproximateNumberOfMessagesVisible",
      aws_cloudwatch_metric_alarm.this["failed-invocations"].dimensions == tomap({ QueueName = "telemetry-test-failed-invocations" }),
      aws_cloudwatch_metric_alarm.this["failed-invocations"].threshold == 0,
    ])
    error_message = "The alarm of the failed invocations watches something else."
  }
  assert {
    condition = alltrue([
      for name in ["schedule", "canary"] : alltrue([
        aws_cloudwatch_metric_alarm.this["${name}-destination-failures"].namespace == "AWS/Lambda",
        aws_cloudwatch_metric_alarm.this["${name}-destination-failures"].metric_name == "DestinationDeliveryFailures",
        aws_cloudwatch_metric_alarm.this["${name}-destination-failures"].dimensions == tomap({ FunctionName = "telemetry-test-${name}" }),
        aws_cloudwatch_metric_alarm.this["${name}-destination-failures"].threshold == 0,
      ])
    ])
    error_message = "A record that is lost must set off an alarm."
  }
}

run "the_code_s_own_metrics_are_watched_under_their_own_dimensions" {
  command = plan

  assert {
    condition = alltrue([
      aws_cloudwatch_metric_alarm.this["webhook-unavailable"].namespace == "Telemetry",
      aws_cloudwatch_metric_alarm.this["webhook-unavailable"].metric_name == "Unavailable",
      aws_cloudwatch_metric_alarm.this["webhook-unavailable"].dimensions == tomap({ Environment = "test" }),
    ])
    error_message = "runtimes/aws/webhook.py counts it otherwise."
  }
  assert {
    condition = alltrue([
      aws_cloudwatch_metric_alarm.this["survey_tooling-missing"].namespace == "Telemetry",
      aws_cloudwatch_metric_alarm.this["survey_tooling-missing"].metric_name == "JobSucceeded",
      aws_cloudwatch_metric_alarm.this["survey_tooling-missing"].dimensions == tomap({ Environment = "test", Job = "survey_tooling" }),
    ])
    error_message = "runtimes/aws/schedule.py counts it otherwise."
  }
}

run "a_daily_job_that_was_not_done_for_25_hours_is_told_of_and_no_news_is_bad_news" {
  command = plan

  assert {
    condition = alltrue([
      aws_cloudwatch_metric_alarm.this["survey_tooling-missing"].period * aws_cloudwatch_metric_alarm.this["survey_tooling-missing"].evaluation_periods == 25 * 3600,
      aws_cloudwatch_metric_alarm.this["survey_tooling-missing"].treat_missing_data == "breaching",
      aws_cloudwatch_metric_alarm.this["survey_tooling-missing"].comparison_operator == "LessThanThreshold",
      aws_cloudwatch_metric_alarm.this["survey_tooling-missing"].threshold == 1,
    ])
    error_message = "A day without the job must set the alarm off."
  }
}

run "no_alarm_looks_back_further_than_cloudwatch_can" {
  command = plan

  variables {
    schedules = { survey_tooling = { expression = "rate(6 days)", alarm_hours = 168 } }
  }

  assert {
    condition = alltrue([
      for each in aws_cloudwatch_metric_alarm.this :
      each.period * each.evaluation_periods <= (each.period < 3600 ? 86400 : 7 * 86400)
    ])
    error_message = "CloudWatch takes a day at most with periods under an hour, and a week from an hour on."
  }
}
