# Queues -> worker function -> store. The function may read two tokens and the App's key, work its queues, and bury.

locals {
  # Generated from core/settings_table.py: the settings that a deployment passes to the functions, and which of them the webhook reads.
  setting_table = jsondecode(file("${path.module}/../settings.json"))

  settings         = { for name, value in var.settings : upper(name) => value if value != null }
  webhook_settings = { for name, value in var.settings : upper(name) => value if value != null && try(local.setting_table[name].webhook, false) }
  worked           = [aws_sqs_queue.events.arn, aws_sqs_queue.retries.arn]
}

module "worker" {
  source = "./function"

  name        = "${local.prefix}-worker"
  description = "Collects what events say, and stores it"
  handler     = "runtimes.aws.worker.handler"
  package     = var.packages.worker
  timeout     = var.queue.worker_timeout
  memory      = var.runtime.worker_memory

  runtime            = var.runtime.python
  architecture       = var.runtime.architecture
  log_retention_days = var.runtime.log_retention_days
  iam                = var.iam
  place              = { partition = local.partition, region = local.region, account = local.account }

  environment = merge(
    local.settings,
    {
      ENVIRONMENT_ID   = var.environment_id
      LOG_LEVEL        = var.runtime.log_level
      QUEUE_URL        = aws_sqs_queue.events.url
      RETRIES_URL      = aws_sqs_queue.retries.url
      DEAD_LETTERS_URL = aws_sqs_queue.dead_letters.url
      STORE            = var.store.kind
    },
    var.store.kind == "s3" ? { STORE_BUCKET = aws_s3_bucket.store[0].bucket } : {},
  )

  statements = merge(
    {
      tokens = { Action = ["ssm:GetParameter"], Resource = local.token_arns }
      work = {
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
        Resource = local.worked
      }
      put_aside = { Action = ["sqs:SendMessage"], Resource = [aws_sqs_queue.retries.arn, aws_sqs_queue.dead_letters.arn] }
    },
    local.store_statements,
    local.encrypt,
  )
}

# A failed read of GitHub is queued again, so the worker is in a loop on purpose. By default Lambda stops such a chain after about 16
# invocations, and its messages end as dead letters without a reason. The worker itself ends it after 72 hours (core/batch.py):
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
resource "aws_lambda_function_recursion_config" "worker" {
  function_name  = module.worker.name
  recursive_loop = "Allow"
}

resource "aws_lambda_event_source_mapping" "worker" {
  for_each = { events = aws_sqs_queue.events.arn, retries = aws_sqs_queue.retries.arn }

  event_source_arn                   = each.value
  function_name                      = module.worker.arn
  batch_size                         = var.queue.batch_size
  maximum_batching_window_in_seconds = var.queue.window
  function_response_types            = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.queue.max_concurrency
  }
}
