# Full: every function, job and alarm, with notifications, a customer managed key, a bucket as store, and a custom domain.
# The module in a root of your own. full.tfvars has the same values for `make deploy-aws`; a test compares them.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.88, < 7.0"
    }
  }
}

variable "packages" {
  description = "Paths of the zips that `telemetry package aws` builds."
  type        = object({ webhook = string, worker = string })
  default     = { webhook = "build/aws/webhook.zip", worker = "build/aws/worker.zip" }
}

module "telemetry" {
  source = "../../../aws" # in a repository of your own: "github.com/OWNER/telemetry-functions//terraform/aws?ref=vX.Y.Z"

  environment_id = "production"
  packages       = var.packages
  settings       = { repo_owner = "octo-org", repo_name = "telemetry-data" }

  alarms      = { actions = ["arn:aws:sns:eu-west-1:123456789012:alerts"], oldest_message_age = 3600 }
  canary      = { enabled = true, expression = "cron(20 * * * ? *)" }
  iam         = { role_path = "/telemetry/", permissions_boundary = "arn:aws:iam::123456789012:policy/telemetry-boundary" }
  kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
  queue       = { batch_size = 1000, window = 60, max_concurrency = 2, worker_timeout = 300 }
  runtime     = { log_level = "info", log_retention_days = 90 }
  schedules   = { backfill = { alarm_hours = 168 } }
  store       = { kind = "s3" }
  webhook = {
    allowed_networks = ["192.30.252.0/22", "185.199.108.0/22", "140.82.112.0/20", "143.55.64.0/20", "9.234.98.160/28", "9.234.98.176/28", "9.234.106.48/28"]
    domain           = { name = "telemetry.example.com", certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0" }
  }
}

output "alarm_names" {
  description = "Names of the alarms."
  value       = module.telemetry.alarm_names
}

output "function_names" {
  description = "Names of the functions."
  value       = module.telemetry.function_names
}

output "webhook_url" {
  description = "Payload URL of GitHub's webhook."
  value       = module.telemetry.webhook_url
}
