# What AWS would answer: every ARN is a thing of its own, so that a policy that names the wrong one is found out.

mock_data "aws_caller_identity" {
  override_during = plan
  defaults        = { account_id = "123456789012" }
}

mock_data "aws_region" {
  override_during = plan
  defaults        = { name = "eu-west-1" }
}

mock_data "aws_partition" {
  override_during = plan
  defaults        = { partition = "aws" }
}

mock_data "aws_iam_policy_document" {
  override_during = plan
  defaults        = { json = "{}" }
}

mock_resource "aws_apigatewayv2_api" {
  override_during = plan
  defaults = {
    api_endpoint  = "https://abc.execute-api.eu-west-1.amazonaws.com"
    execution_arn = "arn:aws:execute-api:eu-west-1:123456789012:abc"
  }
}

mock_resource "aws_cloudwatch_log_group" {
  override_during = plan
  defaults        = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:of-mock" }
}

mock_resource "aws_iam_role" {
  override_during = plan
  defaults        = { arn = "arn:aws:iam::123456789012:role/of-mock" }
}

mock_resource "aws_s3_bucket" {
  override_during = plan
  defaults        = { arn = "arn:aws:s3:::store-of-mock" }
}

override_resource {
  target          = aws_sqs_queue.events
  override_during = plan
  values = {
    arn = "arn:aws:sqs:eu-west-1:123456789012:events-of-mock"
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/events-of-mock"
  }
}

override_resource {
  target          = aws_sqs_queue.retries
  override_during = plan
  values = {
    arn = "arn:aws:sqs:eu-west-1:123456789012:retries-of-mock"
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/retries-of-mock"
  }
}

override_resource {
  target          = aws_sqs_queue.dead_letters
  override_during = plan
  values = {
    arn = "arn:aws:sqs:eu-west-1:123456789012:dead-letters-of-mock"
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead-letters-of-mock"
  }
}

override_resource {
  target          = aws_sqs_queue.failed_invocations
  override_during = plan
  values = {
    arn = "arn:aws:sqs:eu-west-1:123456789012:failed-invocations-of-mock"
    url = "https://sqs.eu-west-1.amazonaws.com/123456789012/failed-invocations-of-mock"
  }
}

override_resource {
  target          = module.webhook.aws_lambda_function.this
  override_during = plan
  values = {
    arn        = "arn:aws:lambda:eu-west-1:123456789012:function:webhook-of-mock"
    invoke_arn = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/webhook-of-mock/invocations"
  }
}

override_resource {
  target          = module.worker.aws_lambda_function.this
  override_during = plan
  values          = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:worker-of-mock" }
}

override_resource {
  target          = module.schedule[0].aws_lambda_function.this
  override_during = plan
  values          = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:schedule-of-mock" }
}

override_resource {
  target          = module.canary[0].aws_lambda_function.this
  override_during = plan
  values          = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:canary-of-mock" }
}
