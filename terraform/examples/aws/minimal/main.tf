# Minimal: webhook, queue, worker, store and one alarm, the dead letters'. Nothing recovers lost deliveries: GitHub shows them as failed.
# The module in a root of your own. minimal.tfvars has the same values for `make deploy-aws`; a test compares them.

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

  alarms    = { only = ["dead-letters"] }
  canary    = { enabled = false }
  schedules = { all = { enabled = false } }
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
