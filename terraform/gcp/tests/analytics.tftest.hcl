# The optional analytics: nothing unless asked for, and what readers and refreshers may do.

mock_provider "google" {
  source = "./tests/mocks"
}

variables {
  environment_id = "test-1"
  packages       = { webhook = "tests/package.zip", worker = "tests/package.zip" }
  project        = "octo-telemetry"
  region         = "europe-west1"
  settings       = { repo_path = "delivery/data" }
  store          = { kind = "gcs", bucket = "octo-data" }
  analytics = {
    enabled    = true
    readers    = ["group:analysts@example.com"]
    refreshers = ["serviceAccount:report@octo-telemetry.iam.gserviceaccount.com"]
  }
}

run "analytics_are_off_by_default" {
  command = plan

  variables {
    analytics = {}
  }

  assert {
    condition     = length(google_bigquery_dataset.analytics) + length(google_bigquery_table.landed) + length(google_bigquery_dataset_iam_member.analytics) + length(google_project_iam_member.analytics) + length(google_storage_bucket_iam_member.analytics) == 0
    error_message = "Analytics that nobody asked for."
  }
  assert {
    condition     = output.analytics == null && !contains(keys(google_project_service.this), "bigquery.googleapis.com")
    error_message = "The output is ${jsonencode(output.analytics)}"
  }
}

run "the_table_of_the_landing_has_the_lines_and_wants_a_day" {
  command = plan

  assert {
    condition = alltrue([
      google_bigquery_table.landed["this"].external_data_configuration[0].source_uris == tolist(["gs://octo-data/delivery/data/landing/*"]),
      google_bigquery_table.landed["this"].external_data_configuration[0].csv_options[0].field_delimiter == "\u0001",
      google_bigquery_table.landed["this"].external_data_configuration[0].csv_options[0].quote == "",
      google_bigquery_table.landed["this"].external_data_configuration[0].hive_partitioning_options[0].source_uri_prefix == "gs://octo-data/delivery/data/landing/{day:STRING}/{hour:STRING}",
      google_bigquery_table.landed["this"].external_data_configuration[0].hive_partitioning_options[0].require_partition_filter,
    ])
    error_message = "The table is ${jsonencode(google_bigquery_table.landed["this"].external_data_configuration)}"
  }
  assert {
    condition     = output.analytics == { dataset = "telemetry_test_1", location = "gs://octo-data/delivery/data", arguments = "--project_id=octo-telemetry --location=europe-west1 --maximum_bytes_billed=100000000000" }
    error_message = "The output is ${jsonencode(output.analytics)}"
  }
}

run "a_reader_and_a_refresher_have_no_more_than_they_need" {
  command = plan

  assert {
    condition = { for name, grant in google_storage_bucket_iam_member.analytics : name => [grant.role, try(grant.condition[0].expression, null)] } == {
      "reader group:analysts@example.com list"                                         = ["roles/storage.legacyBucketReader", null]
      "reader group:analysts@example.com read"                                         = ["roles/storage.objectViewer", "resource.name.startsWith(\"projects/_/buckets/octo-data/objects/delivery/data/analytics/\")"]
      "refresher serviceAccount:report@octo-telemetry.iam.gserviceaccount.com list"    = ["roles/storage.legacyBucketReader", null]
      "refresher serviceAccount:report@octo-telemetry.iam.gserviceaccount.com landing" = ["roles/storage.objectViewer", "resource.name.startsWith(\"projects/_/buckets/octo-data/objects/delivery/data/landing/\")"]
      "refresher serviceAccount:report@octo-telemetry.iam.gserviceaccount.com write"   = ["roles/storage.objectUser", "resource.name.startsWith(\"projects/_/buckets/octo-data/objects/delivery/data/analytics/\")"]
    }
    error_message = "The grants are ${jsonencode(google_storage_bucket_iam_member.analytics)}"
  }
  assert {
    condition = { for name, grant in google_bigquery_dataset_iam_member.analytics : name => grant.role } == {
      "reader group:analysts@example.com"                                      = "roles/bigquery.dataViewer"
      "refresher serviceAccount:report@octo-telemetry.iam.gserviceaccount.com" = "roles/bigquery.dataEditor"
    }
    error_message = "The grants are ${jsonencode(google_bigquery_dataset_iam_member.analytics)}"
  }
}

run "with_a_key_bigquery_may_encrypt_with_it" {
  command = plan

  variables {
    kms_key = "projects/octo-telemetry/locations/europe-west1/keyRings/ring/cryptoKeys/key"
  }

  assert {
    condition     = google_bigquery_dataset.analytics["this"].default_encryption_configuration[0].kms_key_name == "projects/octo-telemetry/locations/europe-west1/keyRings/ring/cryptoKeys/key"
    error_message = "The dataset is not encrypted with the key."
  }
  assert {
    condition     = google_kms_crypto_key_iam_member.encrypt["bigquery"].member == "serviceAccount:bq-123456789012@bigquery-encryption.iam.gserviceaccount.com"
    error_message = "BigQuery's own account cannot use the key."
  }
}

run "analytics_without_a_bucket_are_refused" {
  command = plan

  variables {
    settings = { repo_owner = "octo-org", repo_name = "telemetry-data" }
    store    = {}
  }

  expect_failures = [var.analytics]
}

run "a_limit_below_bigquery_s_least_bill_is_refused" {
  command = plan

  variables {
    analytics = { enabled = true, bytes_per_query = 1000 }
  }

  expect_failures = [var.analytics]
}

run "a_reader_that_is_everybody_is_refused" {
  command = plan

  variables {
    analytics = { enabled = true, readers = ["allUsers"] }
  }

  expect_failures = [var.analytics]
}
