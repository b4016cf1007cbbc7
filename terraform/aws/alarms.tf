# On from the first day. docs/OPERATE.md says for each what it means and what to do.

locals {
  functions = { for name, function in {
    webhook  = module.webhook.name, worker = module.worker.name
    schedule = one(module.schedule[*].name), canary = one(module.canary[*].name)
  } : name => function if function != null }

  alarms = merge(
    {
      dead-letters = {
        description = "Events that can never be processed: read their reason, mend it, then make replay-dead-letters-aws."
        namespace   = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum"
        dimensions  = { QueueName = aws_sqs_queue.dead_letters.name }
        threshold   = 0, period = 300, periods = 1, missing = "notBreaching", comparison = "GreaterThanThreshold"
      }
      webhook-unavailable = {
        description = "GitHub was answered 503: the webhook secret is unset, or the Parameter Store or the queue is out. GitHub shows these deliveries as failed."
        namespace   = "Telemetry", metric = "Unavailable", statistic = "Sum"
        dimensions  = { Environment = var.environment_id }
        threshold   = 0, period = 300, periods = 1, missing = "notBreaching", comparison = "GreaterThanThreshold"
      }
      secret-leaked = {
        description = "GitHub sent the webhook secret in the header X-Github-Encoded-Secret: rotate it."
        namespace   = "Telemetry", metric = "SecretLeaked", statistic = "Sum"
        dimensions  = { Environment = var.environment_id }
        threshold   = 0, period = 300, periods = 1, missing = "notBreaching", comparison = "GreaterThanThreshold"
      }
      webhook-throttled = {
        description = "Deliveries were refused for want of concurrency, and GitHub shows them as failed: raise the account's quota of concurrent executions, or lower webhook.rate, then redeliver them."
        namespace   = "AWS/Lambda", metric = "Throttles", statistic = "Sum"
        dimensions  = { FunctionName = module.webhook.name }
        threshold   = 0, period = 300, periods = 1, missing = "notBreaching", comparison = "GreaterThanThreshold"
      }
    },
    {
      for name in ["events", "retries"] : "${name}-wait" => {
        description = "The oldest event waits too long: the store, a token or GitHub is out. The worker's log says which, in its lines with step store."
        namespace   = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", statistic = "Maximum"
        dimensions  = { QueueName = local.queue_names[name] }
        threshold   = var.alarms.oldest_message_age, period = 300, periods = 1, missing = "notBreaching", comparison = "GreaterThanThreshold"
      }
    },
    {
      for name, function in local.functions : "${name}-errors" => {
        description = "The ${name} function ended with an error or ran out of time: its log says why."
        namespace   = "AWS/Lambda", metric = "Errors", statistic = "Sum"
        dimensions  = { FunctionName = function }
        threshold   = 0, period = 300, periods = 1, missing = "notBreaching", comparison = "GreaterThanThreshold"
      }
    },
    {
      # An alarm looks back at most a day where a period is under an hour, and a week from an hour on: hours, then.
      for job, each in local.schedules : "${job}-missing" => {
        description = "The job ${job} has not succeeded for ${each.alarm_hours} hours: the schedule function's log says why."
        namespace   = "Telemetry", metric = "JobSucceeded", statistic = "Sum"
        dimensions  = { Environment = var.environment_id, Job = job }
        threshold   = 1, period = 3600, periods = each.alarm_hours, missing = "breaching", comparison = "LessThanThreshold"
      }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = { for name, alarm in local.alarms : name => alarm if var.alarms.only == null || contains(coalesce(var.alarms.only, []), name) }

  alarm_name          = "${local.prefix}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = each.value.period
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing
  alarm_actions       = var.alarms.actions
  ok_actions          = var.alarms.actions
}
