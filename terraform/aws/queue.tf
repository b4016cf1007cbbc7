# The queues of events, of events to read again, of dead letters, and of failed runs.
# The worker may not send to the queue of events: what it puts aside has a queue of its own, so that only the webhook and
# the schedules decide what an event is.

locals {
  queue_names       = { events = local.prefix, retries = "${local.prefix}-retries" }
  dead_letters_name = "${local.prefix}-dead-letters"
  queue_arns        = [for name in values(local.queue_names) : "arn:${local.partition}:sqs:${local.region}:${local.account}:${name}"]
  two_weeks         = 14 * 86400

  # The emulator has no TLS, and its requests come from a loopback address. On AWS there is no exception.
  without_tls = merge(
    { Bool = { "aws:SecureTransport" = "false" } },
    var.emulated ? { NotIpAddress = { "aws:SourceIp" = "127.0.0.0/8" } } : {},
  )
}

resource "aws_sqs_queue" "events" {
  name                       = local.queue_names.events
  message_retention_seconds  = local.two_weeks
  visibility_timeout_seconds = 6 * var.queue.worker_timeout # as AWS asks for an event source mapping
  sqs_managed_sse_enabled    = var.kms_key_arn == null ? true : null
  kms_master_key_id          = var.kms_key_arn
}

resource "aws_sqs_queue" "retries" {
  name                       = local.queue_names.retries
  message_retention_seconds  = local.two_weeks
  visibility_timeout_seconds = 6 * var.queue.worker_timeout
  sqs_managed_sse_enabled    = var.kms_key_arn == null ? true : null
  kms_master_key_id          = var.kms_key_arn
}

# Two weeks from the *first* enqueue for what SQS itself moves here (after 400 receives), as for a message of any
# standard queue; from its burial for what the worker sends here with its reason.
resource "aws_sqs_queue" "dead_letters" {
  name                      = local.dead_letters_name
  message_retention_seconds = local.two_weeks
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  kms_master_key_id         = var.kms_key_arn
  redrive_allow_policy      = jsonencode({ redrivePermission = "byQueue", sourceQueueArns = local.queue_arns })
}

# The on-failure destination of the functions that run by the clock: Lambda sends an invocation record here (request and error) when
# it gives up. No event is lost with it: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
resource "aws_sqs_queue" "failed_invocations" {
  count = local.has_clock ? 1 : 0

  name                      = "${local.prefix}-failed-invocations"
  message_retention_seconds = local.two_weeks
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  kms_master_key_id         = var.kms_key_arn
}

resource "aws_sqs_queue_redrive_policy" "events" {
  queue_url      = aws_sqs_queue.events.id
  redrive_policy = local.redrive
}

resource "aws_sqs_queue_redrive_policy" "retries" {
  queue_url      = aws_sqs_queue.retries.id
  redrive_policy = local.redrive
}

locals {
  # A backstop only: the worker itself dead-letters what can never work, and what waited for 72 hours. In 72 hours it receives a message
  # at most 366 times (core/batch.py: after the first delays one every 720 to 900 seconds). A message that ends the worker each time is
  # received every six timeouts: by default 400 times in 8 days, before its retention of 14 days ends.
  redrive = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead_letters.arn, maxReceiveCount = 400 })
}

resource "aws_sqs_queue_policy" "tls_only" {
  for_each = merge(
    {
      events       = aws_sqs_queue.events
      retries      = aws_sqs_queue.retries
      dead_letters = aws_sqs_queue.dead_letters
    },
    { for queue in aws_sqs_queue.failed_invocations : "failed" => queue },
  )

  queue_url = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = each.value.arn
      Condition = local.without_tls
    }]
  })
}
