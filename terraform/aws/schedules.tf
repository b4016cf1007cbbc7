# Clock -> schedule function -> queue or store: one schedule for each row of ../schedules.json. The function may read two tokens and the
# App's key, send to the queue, and store what it recovers.
#
# EventBridge Scheduler invokes Lambda asynchronously: an error of the function is a success for the scheduler, whose retries and dead
# letters are for what it could not deliver (throttled, no permission). Lambda runs a function again that failed:
# https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html

# A row has the five fields of a crontab. EventBridge Scheduler wants a `?` for one of the two days, and a year; it counts days
# of the week from 1, so that they are written as names:
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
locals {
  job_table = jsondecode(file("${path.module}/../schedules.json"))
  crontabs  = { for name, job in local.job_table : name => split(" ", job.cron) }
  cron = {
    for name, field in local.crontabs : name => format(
      "cron(%s %s %s %s %s *)", field[0], field[1],
      field[4] == "*" ? field[2] : "?", field[3], field[4] == "*" ? "?" : field[4],
    )
  }

  schedules = {
    for name, job in local.job_table : name => {
      expression  = coalesce(try(var.schedules[name].expression, null), local.cron[name])
      alarm_hours = coalesce(try(var.schedules[name].alarm_hours, null), job.alarm_hours)
    } if coalesce(try(var.schedules[name].enabled, null), try(var.schedules["all"].enabled, null), job.enabled) && (name != "canary" || var.canary.enabled)
  }
  has_jobs  = length(local.schedules) > 0
  has_clock = local.has_jobs || var.canary.enabled
}

module "schedule" {
  count  = local.has_jobs ? 1 : 0
  source = "./function"

  name        = "${local.prefix}-schedule"
  description = "Runs the scheduled jobs"
  handler     = "runtimes.aws.schedule.handler"
  package     = var.packages.worker
  timeout     = 300
  memory      = var.runtime.worker_memory

  runtime            = var.runtime.python
  architecture       = var.runtime.architecture
  log_retention_days = var.runtime.log_retention_days
  iam                = var.iam
  place              = { partition = local.partition, region = local.region, account = local.account }

  environment = merge(
    local.settings,
    {
      ENVIRONMENT_ID = var.environment_id
      LOG_LEVEL      = var.runtime.log_level
      QUEUE_URL      = aws_sqs_queue.events.url
      STORE          = var.store.kind
      WEBHOOK_URL    = local.webhook_url
    },
    var.store.kind == "s3" ? { STORE_BUCKET = aws_s3_bucket.store[0].bucket } : {},
  )

  statements = merge(
    {
      tokens = { Action = ["ssm:GetParameter"], Resource = local.token_arns }
      queue  = { Action = ["sqs:SendMessage"], Resource = [aws_sqs_queue.events.arn] }
      failed = { Action = ["sqs:SendMessage"], Resource = [aws_sqs_queue.failed_invocations[0].arn] }
    },
    local.store_statements,
    local.encrypt,
  )
}

# Lambda tries a run that failed twice more, after one and two minutes, and one that was throttled for an hour.
resource "aws_lambda_function_event_invoke_config" "schedule" {
  count = local.has_jobs ? 1 : 0

  function_name                = module.schedule[0].name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 3600

  destination_config {
    on_failure {
      destination = aws_sqs_queue.failed_invocations[0].arn
    }
  }
}

resource "aws_scheduler_schedule_group" "jobs" {
  count = local.has_clock ? 1 : 0

  name = local.prefix
}

resource "aws_scheduler_schedule" "job" {
  #checkov:skip=CKV_AWS_297:the input is a job's name
  for_each = local.schedules

  name                = each.key
  group_name          = aws_scheduler_schedule_group.jobs[0].name
  schedule_expression = each.value.expression

  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 15
  }

  target {
    arn      = module.schedule[0].arn
    role_arn = aws_iam_role.scheduler[0].arn
    input    = jsonencode({ job = each.key })

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 3
    }

    dead_letter_config {
      arn = aws_sqs_queue.dead_letters.arn
    }
  }
}

resource "aws_iam_role" "scheduler" {
  count = local.has_clock ? 1 : 0

  name                 = "${local.prefix}-scheduler"
  path                 = var.iam.role_path
  permissions_boundary = var.iam.permissions_boundary
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "scheduler" {
  count = local.has_clock ? 1 : 0

  name = "invoke"
  role = aws_iam_role.scheduler[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        { Sid = "invoke", Effect = "Allow", Action = ["lambda:InvokeFunction"], Resource = concat(module.schedule[*].arn, module.canary[*].arn) },
        { Sid = "bury", Effect = "Allow", Action = ["sqs:SendMessage"], Resource = [aws_sqs_queue.dead_letters.arn] },
      ],
      [for sid, each in local.encrypt : merge({ Sid = sid, Effect = "Allow" }, each)],
    )
  })
}

# In earlier commits the function was always there.
moved {
  from = module.schedule
  to   = module.schedule[0]
}
