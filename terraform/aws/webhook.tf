# GitHub -> HTTP API -> webhook function -> queue. The function may read one secret and send to one queue.

module "webhook" {
  source = "./function"

  name        = "${local.prefix}-webhook"
  description = "Verifies GitHub's webhooks and queues them"
  handler     = "runtimes.aws.webhook.handler"
  package     = var.packages.webhook
  timeout     = 9 # GitHub waits 10
  memory      = var.runtime.webhook_memory

  runtime            = var.runtime.python
  architecture       = var.runtime.architecture
  log_retention_days = var.runtime.log_retention_days
  iam                = var.iam
  place              = { partition = local.partition, region = local.region, account = local.account }

  environment = merge(
    {
      ENVIRONMENT_ID = var.environment_id
      LOG_LEVEL      = var.runtime.log_level
      QUEUE_URL      = aws_sqs_queue.events.url
    },
    local.webhook_settings,
    length(var.webhook.allowed_networks) == 0 ? {} : { ALLOWED_NETWORKS = join(",", var.webhook.allowed_networks) },
  )

  statements = merge(
    {
      secret = { Action = ["ssm:GetParameter"], Resource = [local.secret_arns.webhook] }
      queue  = { Action = ["sqs:SendMessage"], Resource = [aws_sqs_queue.events.arn] }
    },
    local.encrypt,
  )
}

resource "aws_apigatewayv2_api" "webhook" {
  name                         = local.prefix
  description                  = "GitHub's webhooks"
  protocol_type                = "HTTP"
  disable_execute_api_endpoint = var.webhook.domain != null
}

resource "aws_apigatewayv2_integration" "webhook" {
  api_id                 = aws_apigatewayv2_api.webhook.id
  integration_type       = "AWS_PROXY"
  integration_uri        = module.webhook.invoke_arn
  payload_format_version = "2.0"
  timeout_milliseconds   = 10000
}

resource "aws_apigatewayv2_route" "webhook" {
  #checkov:skip=CKV_AWS_309:GitHub cannot sign in; the function verifies the HMAC of every delivery
  api_id             = aws_apigatewayv2_api.webhook.id
  route_key          = "POST /telemetry"
  target             = "integrations/${aws_apigatewayv2_integration.webhook.id}"
  authorization_type = "NONE"
}

resource "aws_cloudwatch_log_group" "access" {
  #checkov:skip=CKV_AWS_158:times, statuses and addresses; CloudWatch's own encryption is enough
  #checkov:skip=CKV_AWS_338:how long logs are kept is the caller's to say, and 30 days by default
  name              = "/aws/apigateway/${local.prefix}"
  retention_in_days = var.runtime.log_retention_days
}

resource "aws_apigatewayv2_stage" "webhook" {
  api_id      = aws_apigatewayv2_api.webhook.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit  = var.webhook.rate
    throttling_burst_limit = var.webhook.burst
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    # No header and no query: either may hold what nobody should keep.
    format = jsonencode({
      at      = "$context.requestTime"
      id      = "$context.requestId"
      ip      = "$context.identity.sourceIp"
      route   = "$context.routeKey"
      status  = "$context.status"
      length  = "$context.responseLength"
      latency = "$context.responseLatency"
      error   = "$context.error.message"
    })
  }
}

resource "aws_lambda_permission" "webhook" {
  statement_id  = "api"
  action        = "lambda:InvokeFunction"
  function_name = module.webhook.name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.webhook.execution_arn}/*/POST/telemetry"
}

resource "aws_apigatewayv2_domain_name" "webhook" {
  count = var.webhook.domain == null ? 0 : 1

  domain_name = var.webhook.domain.name

  domain_name_configuration {
    certificate_arn = var.webhook.domain.certificate_arn
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "webhook" {
  count = var.webhook.domain == null ? 0 : 1

  api_id      = aws_apigatewayv2_api.webhook.id
  domain_name = aws_apigatewayv2_domain_name.webhook[0].id
  stage       = aws_apigatewayv2_stage.webhook.id
}

# One per account and region, and not needed by an HTTP API's access log: docs/adr/0011.
resource "aws_api_gateway_account" "this" {
  count = var.api_gateway_account ? 1 : 0

  cloudwatch_role_arn = aws_iam_role.api_gateway[0].arn

  depends_on = [aws_iam_role_policy_attachment.api_gateway]
}

resource "aws_iam_role" "api_gateway" {
  count = var.api_gateway_account ? 1 : 0

  # Without the boundary: API Gateway refuses a role that may not write every log group. docs/DEPLOY.md: an administrator applies it.
  name = "${local.prefix}-api-gateway"
  path = var.iam.role_path
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "apigateway.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy_attachment" "api_gateway" {
  count = var.api_gateway_account ? 1 : 0

  role       = aws_iam_role.api_gateway[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
}
