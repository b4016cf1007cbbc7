# The root that `make deploy-gcp` applies.

terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.45"
    }
  }

  # With STATE_BUCKET, make writes a git-ignored backend_override.tf: Cloud Storage, with its own locking.
  backend "local" {}
}

provider "google" {
  project        = var.project
  region         = var.region
  default_labels = merge({ application = "telemetry-functions", environment = var.environment_id }, var.labels)
}

module "telemetry" {
  source = "../../gcp"

  alarms            = var.alarms
  analytics         = var.analytics
  canary            = var.canary
  environment_id    = var.environment_id
  invoker_iam_check = var.invoker_iam_check
  kms_key           = var.kms_key
  packages          = var.packages
  project           = var.project
  region            = var.region
  runtime           = var.runtime
  schedules         = var.schedules
  settings          = var.settings
  store             = var.store
  webhook           = var.webhook
}
