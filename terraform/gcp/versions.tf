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
  # What the packages were built for, such as "python313": cli/deployment/archive.py writes it at the end of each zip. A zip without it,
  # which somebody else built, is not checked.
  package_bytes = [for path in values(var.packages) : filebase64(path)]
  built_for = toset(flatten([
    for bytes in local.package_bytes : [
      for minor in range(11, 20) : "python3${minor}" if endswith(bytes, base64encode(format("%48s", "python=3.${minor}")))
    ]
  ]))

  prefix  = "telemetry-${var.environment_id}"
  account = data.google_project.this.number
  region  = var.region
  labels  = { application = "telemetry-functions", environment = var.environment_id }
}
