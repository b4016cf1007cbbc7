# What each function's role allows, from the very text of its policies.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment_id = "test"
  packages       = { webhook = "tests/package.zip", worker = "tests/package.zip" }
  settings       = { repo_owner = "octo-org", repo_name = "telemetry-data" }
}

run "the_webhook_may_read_its_secret_and_send_to_the_queue_and_nothing_else" {
  command = plan

  assert {
    condition = { for name, text in module.webhook.policies : name => [for each in jsondecode(text).Statement : [each.Effect, each.Action, each.Resource]] } == {
      logs   = [["Allow", ["logs:CreateLogStream", "logs:PutLogEvents"], ["arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/telemetry-test-webhook:*"]]]
      secret = [["Allow", ["ssm:GetParameter"], ["arn:aws:ssm:eu-west-1:123456789012:parameter/telemetry/test/github-webhook-secret-token"]]]
      queue  = [["Allow", ["sqs:SendMessage"], ["arn:aws:sqs:eu-west-1:123456789012:events-of-mock"]]]
    }
    error_message = "The webhook's role allows something else: ${jsonencode(module.webhook.policies)}"
  }
}

run "the_worker_may_read_two_tokens_and_the_app_s_key_and_work_its_queues_and_bury" {
  command = plan

  assert {
    condition = { for name, text in module.worker.policies : name => [for each in jsondecode(text).Statement : [each.Effect, each.Action, each.Resource]] } == {
      logs = [["Allow", ["logs:CreateLogStream", "logs:PutLogEvents"], ["arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/telemetry-test-worker:*"]]]
      tokens = [["Allow", ["ssm:GetParameter"], [
        "arn:aws:ssm:eu-west-1:123456789012:parameter/telemetry/test/github-access-token/source",
        "arn:aws:ssm:eu-west-1:123456789012:parameter/telemetry/test/github-access-token/data",
        "arn:aws:ssm:eu-west-1:123456789012:parameter/telemetry/test/github-app-private-key",
      ]]]
      work = [["Allow", ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"], [
        "arn:aws:sqs:eu-west-1:123456789012:events-of-mock",
        "arn:aws:sqs:eu-west-1:123456789012:retries-of-mock",
      ]]]
      put_aside = [["Allow", ["sqs:SendMessage"], [
        "arn:aws:sqs:eu-west-1:123456789012:retries-of-mock",
        "arn:aws:sqs:eu-west-1:123456789012:dead-letters-of-mock",
      ]]]
    }
    error_message = "The worker's role allows something else: ${jsonencode(module.worker.policies)}"
  }
}

run "the_worker_may_not_send_to_the_queue_of_events" {
  command = plan

  assert {
    condition = length([
      for text in values(module.worker.policies) : text
      if strcontains(text, "sqs:SendMessage") && strcontains(text, "events-of-mock")
    ]) == 0
    error_message = "Only the webhook and the schedules say what an event is."
  }
}

run "the_schedule_function_may_read_two_tokens_and_the_app_s_key_and_send_to_the_queue" {
  command = plan

  assert {
    condition = { for name, text in module.schedule[0].policies : name => [for each in jsondecode(text).Statement : [each.Effect, each.Action, each.Resource]] } == {
      logs   = [["Allow", ["logs:CreateLogStream", "logs:PutLogEvents"], ["arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/telemetry-test-schedule:*"]]]
      tokens = [["Allow", ["ssm:GetParameter"], ["arn:aws:ssm:eu-west-1:123456789012:parameter/telemetry/test/github-access-token/source", "arn:aws:ssm:eu-west-1:123456789012:parameter/telemetry/test/github-access-token/data", "arn:aws:ssm:eu-west-1:123456789012:parameter/telemetry/test/github-app-private-key"]]]
      queue  = [["Allow", ["sqs:SendMessage"], ["arn:aws:sqs:eu-west-1:123456789012:events-of-mock"]]]
      failed = [["Allow", ["sqs:SendMessage"], ["arn:aws:sqs:eu-west-1:123456789012:failed-invocations-of-mock"]]]
    }
    error_message = "The schedule function's role allows something else: ${jsonencode(module.schedule[0].policies)}"
  }
}

run "the_canary_may_read_the_webhook_s_secret_record_its_failure_and_nothing_else" {
  command = plan

  assert {
    condition = { for name, text in module.canary[0].policies : name => [for each in jsondecode(text).Statement : [each.Effect, each.Action, each.Resource]] } == {
      logs   = [["Allow", ["logs:CreateLogStream", "logs:PutLogEvents"], ["arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/telemetry-test-canary:*"]]]
      secret = [["Allow", ["ssm:GetParameter"], ["arn:aws:ssm:eu-west-1:123456789012:parameter/telemetry/test/github-webhook-secret-token"]]]
      failed = [["Allow", ["sqs:SendMessage"], ["arn:aws:sqs:eu-west-1:123456789012:failed-invocations-of-mock"]]]
    }
    error_message = "The canary's role allows something else: ${jsonencode(module.canary[0].policies)}"
  }
}

run "the_scheduler_may_call_the_schedule_function_and_the_canary_and_bury_what_it_does_not_take" {
  command = plan

  assert {
    condition = [for each in jsondecode(aws_iam_role_policy.scheduler[0].policy).Statement : [each.Effect, each.Action, each.Resource]] == [
      ["Allow", ["lambda:InvokeFunction"], ["arn:aws:lambda:eu-west-1:123456789012:function:schedule-of-mock", "arn:aws:lambda:eu-west-1:123456789012:function:canary-of-mock"]],
      ["Allow", ["sqs:SendMessage"], ["arn:aws:sqs:eu-west-1:123456789012:dead-letters-of-mock"]],
    ]
    error_message = "The scheduler's role allows something else: ${aws_iam_role_policy.scheduler[0].policy}"
  }
  assert {
    condition     = jsondecode(aws_iam_role.scheduler[0].assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    error_message = "The schedulers of other accounts must not take the role."
  }
}

run "no_policy_names_all_resources_or_all_actions" {
  command = plan

  variables {
    store       = { kind = "s3" }
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/0"
  }

  assert {
    condition = alltrue(flatten([
      for text in concat(values(module.webhook.policies), values(module.worker.policies), values(module.schedule[0].policies), values(module.canary[0].policies), [aws_iam_role_policy.scheduler[0].policy]) : [
        for each in jsondecode(text).Statement : [
          for name in concat(flatten([each.Action]), [for arn in flatten([each.Resource]) : trimsuffix(trimsuffix(arn, ":*"), "/*")]) : !strcontains(name, "*")
        ]
      ]
    ]))
    error_message = "Each action and each resource must be named; only a log group's streams and a bucket's objects end in *."
  }
}

run "without_a_key_nobody_may_decrypt" {
  command = plan

  assert {
    condition = alltrue([
      for text in concat(values(module.webhook.policies), values(module.worker.policies), values(module.schedule[0].policies), values(module.canary[0].policies), [aws_iam_role_policy.scheduler[0].policy]) :
      !strcontains(text, "kms:")
    ])
    error_message = "AWS's own keys need no permission."
  }
}

run "with_a_key_whoever_reads_or_writes_may_use_that_key" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/0"
  }

  assert {
    condition = alltrue([
      for text in [module.webhook.policies["encrypt"], module.worker.policies["encrypt"], module.schedule[0].policies["encrypt"], module.canary[0].policies["encrypt"]] :
      jsondecode(text).Statement[0].Resource == ["arn:aws:kms:eu-west-1:123456789012:key/0"] && jsondecode(text).Statement[0].Action == ["kms:Decrypt", "kms:GenerateDataKey"]
    ])
    error_message = "Without the key a function reads no secret and sends no message."
  }
  assert {
    condition     = strcontains(aws_iam_role_policy.scheduler[0].policy, "kms:GenerateDataKey")
    error_message = "Without the key the scheduler cannot send to the dead letters."
  }
}

run "with_a_bucket_worker_and_schedules_may_touch_objects_under_the_prefix_and_the_webhook_none" {
  command = plan

  variables {
    settings = { repo_path = "/data/telemetry/" }
    store    = { kind = "s3" }
  }

  assert {
    condition     = jsondecode(module.worker.policies["objects"]).Statement[0].Resource == ["arn:aws:s3:::store-of-mock/data/telemetry/*"]
    error_message = "The worker may touch objects elsewhere: ${module.worker.policies["objects"]}"
  }
  assert {
    condition     = alltrue([for text in values(module.webhook.policies) : !strcontains(text, "s3:")])
    error_message = "The webhook has no business in the bucket."
  }
  assert {
    condition     = module.schedule[0].policies["objects"] == module.worker.policies["objects"] && module.schedule[0].policies["list"] == module.worker.policies["list"]
    error_message = "What the schedule function recovers it stores as the worker does."
  }
}

run "only_the_api_s_one_route_may_call_the_webhook_function" {
  command = plan

  assert {
    condition     = aws_lambda_permission.webhook.source_arn == "arn:aws:execute-api:eu-west-1:123456789012:abc/*/POST/telemetry" && aws_lambda_permission.webhook.principal == "apigateway.amazonaws.com"
    error_message = "Somebody else may call it: ${aws_lambda_permission.webhook.source_arn}"
  }
}

run "by_default_roles_have_neither_path_nor_boundary" {
  command = plan

  assert {
    condition = alltrue([
      for role in [module.webhook.role, module.worker.role, module.schedule[0].role, module.canary[0].role, aws_iam_role.scheduler[0]] :
      role.path == "/" && role.permissions_boundary == null
    ])
    error_message = "A role has a path or a boundary that nobody asked for."
  }
}

run "every_role_has_the_path_and_the_boundary_that_are_set" {
  command = plan

  variables {
    iam = { role_path = "/telemetry/", permissions_boundary = "arn:aws:iam::123456789012:policy/telemetry-boundary" }
  }

  assert {
    condition = alltrue([
      for role in [module.webhook.role, module.worker.role, module.schedule[0].role, module.canary[0].role, aws_iam_role.scheduler[0]] :
      role.path == "/telemetry/" && role.permissions_boundary == "arn:aws:iam::123456789012:policy/telemetry-boundary"
    ])
    error_message = "A role lacks the path or the boundary: the deployer may not create it."
  }
}
