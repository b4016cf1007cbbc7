# The optional bucket.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment_id = "test"
  packages       = { webhook = "tests/package.zip", worker = "tests/package.zip" }
  settings       = { repo_owner = "octo-org", repo_name = "telemetry-data" }
}

run "records_go_to_github_unless_said_otherwise" {
  command = plan

  assert {
    condition     = length(aws_s3_bucket.store) == 0 && output.bucket == null
    error_message = "A bucket that nobody asked for."
  }
}

run "the_bucket_is_private_encrypted_and_versioned" {
  command = plan

  variables {
    settings = {}
    store    = { kind = "s3", bucket = "octo-telemetry" }
  }

  assert {
    condition     = output.bucket == "octo-telemetry" && module.worker.environment["STORE_BUCKET"] == "octo-telemetry"
    error_message = "The bucket has another name."
  }
  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.store[0].block_public_acls,
      aws_s3_bucket_public_access_block.store[0].block_public_policy,
      aws_s3_bucket_public_access_block.store[0].ignore_public_acls,
      aws_s3_bucket_public_access_block.store[0].restrict_public_buckets,
    ])
    error_message = "The bucket is not private."
  }
  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.store[0].rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "The bucket is not encrypted."
  }
  assert {
    condition     = aws_s3_bucket_versioning.store[0].versioning_configuration[0].status == "Enabled"
    error_message = "The bucket is not versioned."
  }
  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.store[0].rule[0].noncurrent_version_expiration[0].noncurrent_days == 30
    error_message = "Replaced versions are kept for ever."
  }
  assert {
    condition     = !aws_s3_bucket.store[0].force_destroy
    error_message = "Nobody's records vanish with `terraform destroy`."
  }
}

run "the_bucket_refuses_whoever_comes_without_tls" {
  command = plan

  variables {
    store = { kind = "s3" }
  }

  assert {
    condition = alltrue([
      jsondecode(aws_s3_bucket_policy.store[0].policy).Statement[0].Effect == "Deny",
      jsondecode(aws_s3_bucket_policy.store[0].policy).Statement[0].Resource == ["arn:aws:s3:::store-of-mock", "arn:aws:s3:::store-of-mock/*"],
      jsondecode(aws_s3_bucket_policy.store[0].policy).Statement[0].Condition == { Bool = { "aws:SecureTransport" = "false" } },
    ])
    error_message = "The bucket's policy is ${aws_s3_bucket_policy.store[0].policy}"
  }
}

run "the_worker_may_touch_its_own_prefix_of_the_bucket_and_nothing_else" {
  command = plan

  variables {
    settings = { repo_path = "delivery/data" }
    store    = { kind = "s3" }
  }

  assert {
    condition     = jsondecode(module.worker.policies["objects"]).Statement[0].Resource == ["arn:aws:s3:::store-of-mock/delivery/data/*"]
    error_message = "The worker may touch ${module.worker.policies["objects"]}"
  }
  assert {
    condition     = jsondecode(module.worker.policies["list"]).Statement[0].Condition == { StringLike = { "s3:prefix" = ["delivery/data/*"] } }
    error_message = "The worker may list ${module.worker.policies["list"]}"
  }
  assert {
    condition     = !contains(keys(module.webhook.policies), "objects")
    error_message = "The webhook stores nothing."
  }
}

run "without_a_prefix_the_whole_bucket_is_the_worker_s" {
  command = plan

  variables {
    settings = {}
    store    = { kind = "s3" }
  }

  assert {
    condition     = !can(jsondecode(module.worker.policies["list"]).Statement[0].Condition)
    error_message = "The worker may list ${module.worker.policies["list"]}"
  }
}
