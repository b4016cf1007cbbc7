# The optional bucket.

mock_provider "google" {
  source = "./tests/mocks"
}

variables {
  environment_id = "test"
  packages       = { webhook = "tests/package.zip", worker = "tests/package.zip" }
  project        = "octo-telemetry"
  region         = "europe-west1"
  settings       = { repo_owner = "octo-org", repo_name = "telemetry-data" }
}

run "records_go_to_github_unless_said_otherwise" {
  command = plan

  assert {
    condition     = length(google_storage_bucket.store) == 0 && output.bucket == null
    error_message = "A bucket that nobody asked for."
  }
}

run "the_bucket_is_private_and_versioned" {
  command = plan

  variables {
    settings = {}
    store    = { kind = "gcs", bucket = "octo-telemetry" }
  }

  assert {
    condition     = output.bucket == "octo-telemetry" && module.worker.environment["STORE_BUCKET"] == "octo-telemetry" && module.worker.environment["STORE"] == "gcs"
    error_message = "The bucket has another name."
  }
  assert {
    condition     = google_storage_bucket.store[0].public_access_prevention == "enforced" && google_storage_bucket.store[0].uniform_bucket_level_access
    error_message = "The bucket is not private."
  }
  assert {
    condition     = upper(google_storage_bucket.store[0].location) == "EUROPE-WEST1"
    error_message = "The bucket is in ${google_storage_bucket.store[0].location}."
  }
  assert {
    condition     = google_storage_bucket.store[0].versioning[0].enabled
    error_message = "The bucket is not versioned."
  }
  assert {
    condition = jsonencode([
      for each in google_storage_bucket.store[0].lifecycle_rule : [one(each.action).type, one(each.condition).days_since_noncurrent_time, one(each.condition).age]
    ]) == jsonencode([["Delete", 30, null], ["AbortIncompleteMultipartUpload", null, 1]])
    error_message = "Replaced versions are kept for ever, or others are not."
  }
  assert {
    condition     = !google_storage_bucket.store[0].force_destroy
    error_message = "Nobody's records vanish with `terraform destroy`."
  }
}

run "the_archives_bucket_is_private_and_goes_with_what_it_builds" {
  command = plan

  assert {
    condition     = google_storage_bucket.source.public_access_prevention == "enforced" && google_storage_bucket.source.uniform_bucket_level_access && google_storage_bucket.source.force_destroy
    error_message = "The archives are somebody else's business, or are in the way of `terraform destroy`."
  }
}

run "the_worker_may_touch_its_own_prefix_of_the_bucket_and_nothing_else" {
  command = plan

  variables {
    settings = { repo_path = "/delivery/data/" }
    store    = { kind = "gcs" }
  }

  assert {
    condition = [for grant in module.worker.grants : grant if strcontains(grant, "storage")] == [
      "roles/storage.legacyBucketReader telemetry-test-123456789012",
      "roles/storage.objectUser telemetry-test-123456789012 if resource.name.startsWith(\"projects/_/buckets/telemetry-test-123456789012/objects/delivery/data/\")",
    ]
    error_message = "The worker may do ${jsonencode(module.worker.grants)}"
  }
  assert {
    condition     = alltrue([for grant in module.webhook.grants : !strcontains(grant, "storage")])
    error_message = "The webhook stores nothing."
  }
  assert {
    condition     = [for grant in module.schedule[0].grants : grant if strcontains(grant, "storage")] == [for grant in module.worker.grants : grant if strcontains(grant, "storage")]
    error_message = "What the schedule function recovers it stores as the worker does."
  }
}

run "without_a_prefix_the_whole_bucket_is_the_worker_s" {
  command = plan

  variables {
    settings = {}
    store    = { kind = "gcs" }
  }

  assert {
    condition     = [for grant in module.worker.grants : grant if strcontains(grant, "storage")] == ["roles/storage.objectUser telemetry-test-123456789012"]
    error_message = "The worker may do ${jsonencode(module.worker.grants)}"
  }
}
