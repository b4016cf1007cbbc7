# Archives -> Cloud Build -> images. Whoever builds is an account of its own: by default it would be the project's editor.

locals {
  # The archive's name says what is in it: another content is another object, and the function is rebuilt.
  archives = { for name, path in var.packages : name => "${name}-${filesha256(path)}.zip" }

  # An account's name has 30 characters at most, of which the environment may take 20.
  accounts = { for role in ["bird", "build", "clock", "jobs", "web", "work"] : role => "tel-${var.environment_id}-${role}" }
}

resource "google_storage_bucket" "source" {
  #checkov:skip=CKV_GCP_62:what is read is an archive of public code, and who reads it is Cloud Build
  #checkov:skip=CKV_GCP_78:an archive's name is its content: there is no other version of it
  name                        = "${local.prefix}-${local.account}-source"
  project                     = var.project
  location                    = local.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true # nothing but what `make package-gcp` builds again

  dynamic "encryption" {
    for_each = var.kms_key[*]

    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_project_service.this, google_kms_crypto_key_iam_member.encrypt]
}

resource "google_storage_bucket_object" "source" {
  for_each = local.archives

  name   = each.value
  bucket = google_storage_bucket.source.name
  source = var.packages[each.key]

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_artifact_registry_repository" "images" {
  #checkov:skip=CKV_GCP_84:images of public code; Google's own key is enough
  repository_id = local.prefix
  project       = var.project
  location      = local.region
  format        = "DOCKER"
  description   = "Images of telemetry-functions"

  cleanup_policies {
    id     = "keep-the-last"
    action = "KEEP"

    most_recent_versions {
      keep_count = 3
    }
  }

  cleanup_policies {
    id     = "delete-the-rest"
    action = "DELETE"

    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.this]
}

resource "google_service_account" "build" {
  account_id   = local.accounts.build
  project      = var.project
  display_name = "${local.prefix}-build"
  description  = "Builds the functions of telemetry-functions"

  depends_on = [google_project_service.this]
}

resource "google_storage_bucket_iam_member" "build" {
  bucket = google_storage_bucket.source.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.build.member
}

resource "google_artifact_registry_repository_iam_member" "build" {
  project    = var.project
  location   = google_artifact_registry_repository.images.location
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.build.member
}

# The two grants in the project itself. Whoever writes a log cannot be granted it on anything smaller.
resource "google_project_iam_member" "build_log" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.build.member
}

# Cloud Functions copies each archive into a bucket of its own, and builds from there. It makes that bucket with the
# region's first function, so there is nothing yet to grant this on: the condition leaves our own archives of it.
# https://cloud.google.com/functions/docs/building
resource "google_project_iam_member" "build_source" {
  project = var.project
  role    = "roles/storage.objectViewer"
  member  = google_service_account.build.member

  condition {
    title      = "${local.prefix}-source"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${local.account}-${local.region}/objects/${local.prefix}-\")"
  }
}
