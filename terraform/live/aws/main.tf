# The root that `make deploy-aws` applies, and to the emulator `make deploy-local`: only environment variables differ.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # With STATE_BUCKET, make writes a git-ignored backend_override.tf: S3, with its own locking.
  backend "local" {}
}

provider "aws" {
  default_tags {
    tags = merge({ application = "telemetry-functions", environment = var.environment_id }, var.tags)
  }
}

module "telemetry" {
  source = "../../aws"

  alarms              = var.alarms
  analytics           = var.analytics
  api_gateway_account = var.api_gateway_account
  canary              = var.canary
  emulated            = var.emulated
  environment_id      = var.environment_id
  iam                 = var.iam
  kms_key_arn         = var.kms_key_arn
  packages            = var.packages
  queue               = var.queue
  runtime             = var.runtime
  schedules           = var.schedules
  settings            = var.settings
  store               = var.store
  webhook             = var.webhook
}
