# Clock -> canary function -> the webhook's public URL. The function may read one secret: what it sends proves the whole way.

module "canary" {
  count  = var.canary.enabled ? 1 : 0
  source = "./function"

  name        = "${local.prefix}-canary"
  description = "Sends a signed event of our own through the public URL"
  handler     = "runtimes.aws.canary.handler"
  package     = var.packages.webhook
  timeout     = 30
  memory      = var.runtime.webhook_memory

  runtime            = var.runtime.python
  architecture       = var.runtime.architecture
  log_retention_days = var.runtime.log_retention_days
  iam                = var.iam
  place              = { partition = local.partition, region = local.region, account = local.account }

  environment = {
    ENVIRONMENT_ID = var.environment_id
    LOG_LEVEL      = var.runtime.log_level
    WEBHOOK_URL    = local.webhook_url
  }

  statements = merge(
    {
      secret = { Action = ["ssm:GetParameter"], Resource = [local.secret_arns.webhook] }
      failed = { Action = ["sqs:SendMessage"], Resource = [aws_sqs_queue.failed_invocations[0].arn] }
    },
    local.encrypt,
  )
}

# A canary that failed is not run again: the next one comes soon enough, and says the same.
resource "aws_lambda_function_event_invoke_config" "canary" {
  count = var.canary.enabled ? 1 : 0

  function_name                = module.canary[0].name
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 300

  destination_config {
    on_failure {
      destination = aws_sqs_queue.failed_invocations[0].arn
    }
  }
}

resource "aws_scheduler_schedule" "canary" {
  #checkov:skip=CKV_AWS_297:the input says nothing
  count = var.canary.enabled ? 1 : 0

  name                = "canary-sending"
  group_name          = aws_scheduler_schedule_group.jobs[0].name
  schedule_expression = var.canary.expression

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = module.canary[0].arn
    role_arn = aws_iam_role.scheduler[0].arn
    input    = "{}"

    retry_policy {
      maximum_event_age_in_seconds = 300
      maximum_retry_attempts       = 3
    }

    dead_letter_config {
      arn = aws_sqs_queue.dead_letters.arn
    }
  }
}

# In earlier commits the canary was always there.
moved {
  from = module.canary
  to   = module.canary[0]
}
