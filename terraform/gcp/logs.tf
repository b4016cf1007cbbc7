# The functions' lines in a bucket of their own, for as long as runtime.log_retention_days says, and nowhere twice.

locals {
  ours = join(" AND ", [
    "resource.type=\"cloud_run_revision\"",
    "resource.labels.location=\"${local.region}\"",
    "resource.labels.service_name=(${join(" OR ", [for role in ["webhook", "worker", "schedule", "canary"] : "\"${local.prefix}-${role}\""])})",
  ])
}

resource "google_logging_project_bucket_config" "this" {
  project        = var.project
  location       = local.region
  bucket_id      = local.prefix
  description    = "Lines of telemetry-functions"
  retention_days = var.runtime.log_retention_days

  depends_on = [google_project_service.this]
}

# In its own project a sink needs no grant: https://cloud.google.com/logging/docs/export/configure_export_v2#dest-auth
resource "google_logging_project_sink" "this" {
  name                   = local.prefix
  project                = var.project
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.this.id}"
  filter                 = local.ours
  unique_writer_identity = true
}

resource "google_logging_project_exclusion" "this" {
  name        = local.prefix
  project     = var.project
  description = "Kept in the log bucket ${local.prefix} instead"
  filter      = local.ours

  depends_on = [google_logging_project_sink.this]
}
