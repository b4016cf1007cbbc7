# The secrets are made here, their values never are: `make secrets-gcp` adds them as versions, and no state ever holds
# one. A secret without a version counts as missing: nothing verifies with it.

locals {
  secret_names = {
    webhook = "${local.prefix}-github-webhook-secret-token"
    source  = "${local.prefix}-github-access-token-source"
    data    = "${local.prefix}-github-access-token-data"
    app     = "${local.prefix}-github-app-private-key"
  }

  # What reads sources and writes data: either token, or the App's key. All are made; what is not used has no version.
  token_ids = { for name in ["source", "data", "app"] : name => google_secret_manager_secret.this[name].secret_id }

  # Google's own accounts, which encrypt with kms_key what they keep.
  # https://cloud.google.com/bigquery/docs/customer-managed-encryption#assign_role
  encrypting = { for name, account in {
    bigquery = local.has_analytics ? "bq-${local.account}@bigquery-encryption.iam.gserviceaccount.com" : null
    pubsub   = "service-${local.account}@gcp-sa-pubsub.iam.gserviceaccount.com"
    secrets  = "service-${local.account}@gcp-sa-secretmanager.iam.gserviceaccount.com"
    storage  = "service-${local.account}@gs-project-accounts.iam.gserviceaccount.com"
  } : name => "serviceAccount:${account}" if var.kms_key != null && account != null }
}

resource "google_secret_manager_secret" "this" {
  for_each = local.secret_names

  secret_id = each.value
  project   = var.project

  replication {
    user_managed {
      replicas {
        location = local.region

        dynamic "customer_managed_encryption" {
          for_each = var.kms_key[*]

          content {
            kms_key_name = customer_managed_encryption.value
          }
        }
      }
    }
  }

  depends_on = [google_project_service.this, google_kms_crypto_key_iam_member.encrypt]
}

resource "google_kms_crypto_key_iam_member" "encrypt" {
  for_each = local.encrypting

  crypto_key_id = var.kms_key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value

  depends_on = [google_project_service.this]
}
