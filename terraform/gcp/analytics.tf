# The optional tables of BigQuery over the landing of the bucket, with analytics.enabled: a dataset, the external table of the landing, and
# what readers and refreshers may do. A refresher runs the statements of `telemetry models bigquery`; a reader queries their results.

locals {
  has_analytics    = var.analytics.enabled && local.has_bucket
  analytics        = local.has_analytics ? { this = google_storage_bucket.store[0].name } : {}
  analytics_name   = replace(local.prefix, "-", "_")
  landing_prefix   = "${local.store_prefix}landing/"
  analytics_prefix = "${local.store_prefix}analytics/"

  # A reader of the dataset reads no object through an external table, because BigQuery reads objects as its caller:
  # https://cloud.google.com/bigquery/docs/query-cloud-storage-data#required_roles
  analytics_datasets = { reader = "roles/bigquery.dataViewer", refresher = "roles/bigquery.dataEditor" }
  analytics_members  = { reader = var.analytics.readers, refresher = var.analytics.refreshers }
  analytics_pairs = merge([for kind, members in local.analytics_members : {
    for member in members : "${kind} ${member}" => { kind = kind, member = member } if local.has_analytics
  }]...)

  # A condition takes listing away, which is a permission on the whole bucket: see store.tf.
  analytics_objects = merge([for name, pair in local.analytics_pairs : {
    for grant, values in {
      list    = { role = "roles/storage.legacyBucketReader", prefix = null, kinds = ["reader", "refresher"] }
      landing = { role = "roles/storage.objectViewer", prefix = local.landing_prefix, kinds = ["refresher"] }
      read    = { role = "roles/storage.objectViewer", prefix = local.analytics_prefix, kinds = ["reader"] }
      write   = { role = "roles/storage.objectUser", prefix = local.analytics_prefix, kinds = ["refresher"] }
    } : "${name} ${grant}" => merge(values, { member = pair.member }) if contains(values.kinds, pair.kind)
  }]...)
}

resource "google_bigquery_dataset" "analytics" {
  #checkov:skip=CKV_GCP_81:encrypted by kms_key where there is one, else by Google's own key
  for_each = local.analytics

  dataset_id                 = local.analytics_name
  project                    = var.project
  location                   = local.region
  description                = "Records of telemetry-functions, and what is computed of them"
  delete_contents_on_destroy = true # the bucket has the records, of which everything here can be computed again

  dynamic "default_encryption_configuration" {
    for_each = var.kms_key[*]

    content {
      kms_key_name = default_encryption_configuration.value
    }
  }

  depends_on = [google_project_service.this, google_kms_crypto_key_iam_member.encrypt]
}

# The landing: each line is a record. JSON cannot contain the delimiter, so that a line is one column; `ignore_unknown_values` cuts a line
# that contains it instead of failing every query. `require_partition_filter` lets no query read all days by mistake.
# https://cloud.google.com/bigquery/docs/hive-partitioned-queries
resource "google_bigquery_table" "landed" {
  #checkov:skip=CKV_GCP_80:an external table has no data of its own
  #checkov:skip=CKV_GCP_121:the bucket has the records; the table is their description
  for_each = local.analytics

  dataset_id          = google_bigquery_dataset.analytics["this"].dataset_id
  project             = var.project
  table_id            = "landed"
  description         = "The landing: a record in each line, by day and hour of writing in UTC"
  deletion_protection = false

  external_data_configuration {
    autodetect            = false
    ignore_unknown_values = true
    max_bad_records       = 0
    source_format         = "CSV"
    source_uris           = ["gs://${each.value}/${local.landing_prefix}*"]
    schema                = jsonencode([{ name = "line", type = "STRING" }])

    csv_options {
      quote           = ""
      field_delimiter = "\u0001"
      encoding        = "UTF-8"
    }

    hive_partitioning_options {
      mode                     = "CUSTOM"
      source_uri_prefix        = "gs://${each.value}/${local.landing_prefix}{day:STRING}/{hour:STRING}"
      require_partition_filter = true
    }
  }
}

resource "google_bigquery_dataset_iam_member" "analytics" {
  for_each = local.analytics_pairs

  dataset_id = google_bigquery_dataset.analytics["this"].dataset_id
  project    = var.project
  role       = local.analytics_datasets[each.value.kind]
  member     = each.value.member
}

# To run a query is a right in the project that pays for it.
resource "google_project_iam_member" "analytics" {
  for_each = toset([for pair in values(local.analytics_pairs) : pair.member])

  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = each.value

  depends_on = [google_project_service.this]
}

resource "google_storage_bucket_iam_member" "analytics" {
  for_each = local.analytics_objects

  bucket = local.analytics["this"]
  role   = each.value.role
  member = each.value.member

  dynamic "condition" {
    for_each = each.value.prefix[*]

    content {
      title      = "below ${condition.value}"
      expression = "resource.name.startsWith(\"projects/_/buckets/${local.analytics["this"]}/objects/${condition.value}\")"
    }
  }
}
