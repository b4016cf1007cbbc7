# Minimal: webhook, queue, worker, store and one alarm, the dead letters'. Nothing recovers lost deliveries: GitHub shows them as failed.
# The module in a root of your own. minimal.tfvars has the same values for `make deploy-gcp`; a test compares them.

terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.50, < 8.0"
    }
  }
}

variable "packages" {
  description = "Paths of the zips that `telemetry package gcp` builds."
  type        = object({ webhook = string, worker = string })
  default     = { webhook = "build/gcp/webhook.zip", worker = "build/gcp/worker.zip" }
}

module "telemetry" {
  source = "../../../gcp" # in a repository of your own: "github.com/OWNER/telemetry-functions//terraform/gcp?ref=vX.Y.Z"

  environment_id = "production"
  project        = "octo-telemetry"
  region         = "europe-west1"
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
