# The optional bucket, with store.kind = "gcs": private, encrypted, versioned; Google speaks TLS only.

locals {
  has_bucket   = var.store.kind == "gcs"
  store_prefix = lookup(var.settings, "repo_path", null) == null ? "" : "${trim(var.settings.repo_path, "/")}/"

  # Whoever stores may do this, under REPO_PATH and nowhere else. To replace an object takes the permission to delete it.
  # https://cloud.google.com/iam/docs/conditions-attribute-reference#resource-name
  object_grants = { for bucket in google_storage_bucket.store : "store" => {
    bucket    = bucket.name
    role      = "roles/storage.objectUser"
    condition = local.store_prefix == "" ? null : "resource.name.startsWith(\"projects/_/buckets/${bucket.name}/objects/${local.store_prefix}\")"
  } }

  # Cloud Storage answers 403, not 404, for an object that does not exist to a caller without storage.objects.list on the bucket, which
  # the condition takes away. This role has it, and reads no object: https://cloud.google.com/storage/docs/access-control/iam-roles
  list_grants = { for bucket in google_storage_bucket.store : "list" => {
    bucket = bucket.name, role = "roles/storage.legacyBucketReader", condition = null
  } if local.store_prefix != "" }

  store_grants = merge(local.list_grants, local.object_grants)
}

resource "google_storage_bucket" "store" {
  #checkov:skip=CKV_GCP_62:who writes is one function, whose log lines say what and when
  count = local.has_bucket ? 1 : 0

  name                        = coalesce(var.store.bucket, "${local.prefix}-${local.account}")
  project                     = var.project
  location                    = local.region
  force_destroy               = var.store.force_destroy
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 30
    }

    action {
      type = "Delete"
    }
  }

  lifecycle_rule {
    condition {
      age = 1
    }

    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }

  dynamic "encryption" {
    for_each = var.kms_key[*]

    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_project_service.this, google_kms_crypto_key_iam_member.encrypt]
}
