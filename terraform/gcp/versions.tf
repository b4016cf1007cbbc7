terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.50, < 8.0"
    }
  }
}

data "google_project" "this" {
  project_id = var.project
}

locals {
  prefix  = "telemetry-${var.environment_id}"
  account = data.google_project.this.number
  region  = var.region
  labels  = { application = "telemetry-functions", environment = var.environment_id }
}
