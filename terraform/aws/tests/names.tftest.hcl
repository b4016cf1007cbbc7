# Every resource carries its environment's name, and the functions receive the settings that are set.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment_id = "test"
  packages       = { webhook = "tests/package.zip", worker = "tests/package.zip" }
  settings       = { repo_owner = "octo-org", repo_name = "telemetry-data" }
}

run "every_name_carries_the_environment" {
  command = plan

  variables {
    environment_id      = "staging-2"
    store               = { kind = "s3" }
    api_gateway_account = true
  }

  assert {
    condition = alltrue([
      for name in concat(
        values(local.functions),
        [for each in aws_cloudwatch_metric_alarm.this : each.alarm_name],
        [aws_sqs_queue.events.name, aws_sqs_queue.retries.name, aws_sqs_queue.dead_letters.name, aws_sqs_queue.failed_invocations[0].name],
        [aws_apigatewayv2_api.webhook.name, aws_scheduler_schedule_group.jobs[0].name],
        [aws_iam_role.scheduler[0].name, aws_iam_role.api_gateway[0].name],
        [aws_s3_bucket.store[0].bucket],
      ) : name == "telemetry-staging-2" || startswith(name, "telemetry-staging-2-")
    ])
    error_message = "A name without its environment is in the way of another environment's."
  }
  assert {
    condition     = alltrue([for name in values(output.secret_names) : startswith(name, "/telemetry/staging-2/")])
    error_message = "A secret without its environment would be another's."
  }
  assert {
    condition     = aws_cloudwatch_log_group.access.name == "/aws/apigateway/telemetry-staging-2"
    error_message = "The access log must be the environment's own."
  }
}

run "a_bucket_carries_the_account_too_since_its_name_is_the_world_s" {
  command = plan

  variables {
    store = { kind = "s3" }
  }

  assert {
    condition     = aws_s3_bucket.store[0].bucket == "telemetry-test-123456789012"
    error_message = "The bucket is ${aws_s3_bucket.store[0].bucket}."
  }
}

run "settings_that_are_unset_are_not_passed_at_all" {
  command = plan

  assert {
    condition = module.worker.environment == tomap({
      ENVIRONMENT_ID   = "test"
      LOG_LEVEL        = "info"
      QUEUE_URL        = aws_sqs_queue.events.url
      RETRIES_URL      = aws_sqs_queue.retries.url
      DEAD_LETTERS_URL = aws_sqs_queue.dead_letters.url
      REPO_NAME        = "telemetry-data"
      REPO_OWNER       = "octo-org"
      STORE            = "github"
    })
    error_message = "The worker's environment is ${jsonencode(module.worker.environment)}"
  }
  assert {
    condition = module.webhook.environment == tomap({
      ENVIRONMENT_ID = "test"
      LOG_LEVEL      = "info"
      QUEUE_URL      = aws_sqs_queue.events.url
      REPO_NAME      = "telemetry-data"
      REPO_OWNER     = "octo-org"
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
    condition     = output.webhook_url == "https://abc.execute-api.eu-west-1.amazonaws.com/telemetry" && aws_apigatewayv2_route.webhook.route_key == "POST /telemetry"
    error_message = "The URL is ${output.webhook_url}."
  }
  assert {
    condition     = strcontains(output.try_it, output.webhook_url)
    error_message = "What is to be tried must go to this environment."
  }
}

run "with_a_domain_of_its_own_the_url_is_there_and_only_there" {
  command = plan

  variables {
    webhook = { domain = { name = "telemetry.example.com", certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0" } }
  }

  assert {
    condition     = output.webhook_url == "https://telemetry.example.com/telemetry" && aws_apigatewayv2_api.webhook.disable_execute_api_endpoint
    error_message = "The URL is ${output.webhook_url}."
  }
  assert {
    condition     = aws_apigatewayv2_domain_name.webhook[0].domain_name_configuration[0].security_policy == "TLS_1_2"
    error_message = "Nothing below TLS 1.2."
  }
}

run "the_events_to_tick_are_those_of_the_committed_file" {
  command = plan

  assert {
    condition     = length(output.webhook_events) > 0 && output.webhook_events == jsondecode(file("../webhook_events.json"))
    error_message = "The events are ${jsonencode(output.webhook_events)}."
  }
}

run "the_account_of_api_gateway_is_left_alone_unless_asked_for" {
  command = plan

  assert {
    condition     = length(aws_api_gateway_account.this) == 0
    error_message = "There is one per account and region: it is not ours to set."
  }
}
