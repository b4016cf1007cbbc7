# What must be on in the project. The provider waits until each is; everything else here waits for the provider.
# Not switched off again: another environment, or somebody else, may need them. Two it needs itself to begin with:
# cloudresourcemanager.googleapis.com and serviceusage.googleapis.com (README.md).

resource "google_project_service" "this" {
  for_each = toset(concat(var.analytics.enabled ? ["bigquery.googleapis.com"] : [], [
    "artifactregistry.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudscheduler.googleapis.com",
    "iam.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "storage.googleapis.com",
  ]))

  project            = var.project
  service            = each.value
  disable_on_destroy = false
}
