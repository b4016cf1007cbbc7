# Full: every function, job and alarm, with notifications, a customer managed key, and a bucket as store.
# The module in a root of your own. full.tfvars has the same values for `make deploy-gcp`; a test compares them.

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

  alarms    = { actions = ["team@example.com"], oldest_message_age = 3600 }
  canary    = { enabled = true, expression = "20 * * * *" }
  kms_key   = "projects/octo-keys/locations/europe-west1/keyRings/telemetry/cryptoKeys/telemetry"
  runtime   = { log_level = "info", log_retention_days = 90 }
  schedules = { backfill = { alarm_hours = 168 } }
  store     = { kind = "gcs" }
  webhook = {
    allowed_networks = ["192.30.252.0/22", "185.199.108.0/22", "140.82.112.0/20", "143.55.64.0/20", "9.234.98.160/28", "9.234.98.176/28", "9.234.106.48/28"]
    max_instances    = 10
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
