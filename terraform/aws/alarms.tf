# On from the first day. docs/OPERATE.md says for each what it means and what to do.

locals {
  functions = { for name, function in {
    webhook  = module.webhook.name, worker = module.worker.name
    schedule = one(module.schedule[*].name), canary = one(module.canary[*].name)
  } : name => function if function != null }

  # An event that waits is seen by the worker after its delay (15 minutes at most), the filling of a batch and the batch before it. So
  # the alarm looks that far back, and stays on until the event is done.
  event_age_periods = ceil((900 + var.queue.window + var.queue.worker_timeout) / 300) + 1

  alarms = merge(
    {
      dead-letters = {
        description = "Events that can never be processed: read their reason, fix the cause, then run telemetry replay-dead-letters aws."
        namespace   = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum"
        dimensions  = { QueueName = aws_sqs_queue.dead_letters.name }
        threshold   = 0, period = 300, periods = 1, missing = "notBreaching", comparison = "GreaterThanThreshold"
      }
      # SQS leaves out messages that were received three times or more, and a message that is sent again begins at age 0. So the
      # alarms *-wait see a worker that receives nothing, and this one sees an outage of the store, of a token or of GitHub:
      # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
      event-age = {
        description = "The worker returned an event to the queue that GitHub sent too long ago: the store, a token or GitHub is unavailable. The worker's log says which, in its lines with step settle."
        namespace   = "Telemetry", metric = "EventAge", statistic = "Maximum"
        dimensions  = { Environment = var.environment_id }
        threshold   = var.alarms.oldest_message_age, period = 300, periods = local.event_age_periods, missing = "notBreaching", comparison = "GreaterThanThreshold"
        datapoints  = 1
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
        description = "The worker receives nothing: a message waits too long. Check that the event source mapping of the queue is enabled."
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
      for queue in aws_sqs_queue.failed_invocations[*].name : "failed-invocations" => {
        description = "Lambda gave up a run of a job or of the canary: read the record in the queue, fix the cause, run the job again, then purge the queue."
        namespace   = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum"
        dimensions  = { QueueName = queue }
        threshold   = 0, period = 300, periods = 1, missing = "notBreaching", comparison = "GreaterThanThreshold"
      }
    },
    {
      for name, function in local.functions : "${name}-destination-failures" => {
        description = "Lambda could not record a failed run of the ${name} function in the queue of failed invocations: check the role of the function, and the key of the queue."
        namespace   = "AWS/Lambda", metric = "DestinationDeliveryFailures", statistic = "Sum"
        dimensions  = { FunctionName = function }
        threshold   = 0, period = 300, periods = 1, missing = "notBreaching", comparison = "GreaterThanThreshold"
      } if contains(["schedule", "canary"], name)
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
  datapoints_to_alarm = try(each.value.datapoints, null)
  treat_missing_data  = each.value.missing
  alarm_actions       = var.alarms.actions
  ok_actions          = var.alarms.actions
}
