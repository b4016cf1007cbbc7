# One function, its log group, and a role with exactly the statements that it is given.

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:the lines hold nothing secret (a test of the code's); CloudWatch's own encryption is enough
  #checkov:skip=CKV_AWS_338:how long logs are kept is the caller's to say, and 30 days by default
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role" "this" {
  name                 = var.name
  path                 = var.iam.role_path
  permissions_boundary = var.iam.permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.lambda.json
}

data "aws_iam_policy_document" "lambda" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "this" {
  for_each = local.statements

  name = each.key
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [merge({ Sid = each.key, Effect = "Allow" }, { for name, part in each.value : name => part if part != null })]
  })
}

locals {
  logs = {
    Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    Resource = ["arn:${var.place.partition}:logs:${var.place.region}:${var.place.account}:log-group:/aws/lambda/${var.name}:*"]
  }
  statements = merge({ logs = local.logs }, var.statements)
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_50:tracing costs and tells nothing that the log lines do not
  #checkov:skip=CKV_AWS_115:a reserved concurrency would take it from the account's other functions
  #checkov:skip=CKV_AWS_116:whoever invokes it keeps what failed: the queue, the scheduler, GitHub
  #checkov:skip=CKV_AWS_117:it talks to AWS and GitHub only; a VPC would add a NAT gateway's price and protect nothing
  #checkov:skip=CKV_AWS_173:the environment holds no secret; they are in the Parameter Store
  #checkov:skip=CKV_AWS_272:the package is built from this repository by whoever deploys it
  function_name    = var.name
  role             = aws_iam_role.this.arn
  description      = var.description
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  handler          = var.handler
  runtime          = var.runtime
  architectures    = [var.architecture]
  memory_size      = var.memory
  timeout          = var.timeout

  environment {
    variables = var.environment
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.this.name
  }

  depends_on = [aws_iam_role_policy.this]
}
