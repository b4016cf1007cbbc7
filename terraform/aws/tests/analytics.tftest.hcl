# The optional analytics: nothing unless asked for, and what the two roles may do.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment_id = "test-1"
  packages       = { webhook = "tests/package.zip", worker = "tests/package.zip" }
  settings       = { repo_path = "delivery/data" }
  store          = { kind = "s3", bucket = "octo-telemetry" }
  analytics = {
    enabled    = true
    first_day  = "2026-03-01"
    readers    = ["arn:aws:iam::123456789012:role/analyst"]
    refreshers = ["arn:aws:iam::123456789012:role/report"]
  }
}

run "analytics_are_off_by_default" {
  command = plan

  variables {
    analytics = {}
  }

  assert {
    condition     = length(aws_glue_catalog_database.analytics) + length(aws_glue_catalog_table.landed) + length(aws_athena_workgroup.analytics) + length(aws_iam_role.analytics) == 0
    error_message = "Analytics that nobody asked for."
  }
  assert {
    condition     = output.analytics == null
    error_message = "The output is ${jsonencode(output.analytics)}"
  }
}

run "the_table_of_the_landing_begins_on_the_first_day" {
  command = plan

  assert {
    condition = alltrue([
      aws_glue_catalog_table.landed["this"].parameters["projection.day.range"] == "2026-03-01,NOW+1DAYS",
      startswith(aws_glue_catalog_table.landed["this"].parameters["projection.hour.values"], "00,01,") && endswith(aws_glue_catalog_table.landed["this"].parameters["projection.hour.values"], ",22,23"),
      aws_glue_catalog_table.landed["this"].parameters["storage.location.template"] == "s3://octo-telemetry/delivery/data/landing/day=$${day}/hour=$${hour}/",
      aws_glue_catalog_table.landed["this"].storage_descriptor[0].location == "s3://octo-telemetry/delivery/data/landing/",
      [for key in aws_glue_catalog_table.landed["this"].partition_keys : key.name] == ["day", "hour"],
    ])
    error_message = "The table is ${jsonencode(aws_glue_catalog_table.landed["this"])}"
  }
}

run "every_query_has_a_limit_that_no_client_can_change" {
  command = plan

  variables {
    analytics = { enabled = true, bytes_per_query = 20000000 }
  }

  assert {
    condition = alltrue([
      aws_athena_workgroup.analytics["this"].configuration[0].enforce_workgroup_configuration,
      aws_athena_workgroup.analytics["this"].configuration[0].bytes_scanned_cutoff_per_query == 20000000,
      aws_athena_workgroup.analytics["this"].configuration[0].result_configuration[0].output_location == "s3://octo-telemetry/delivery/data/analytics/results/",
    ])
    error_message = "The workgroup is ${jsonencode(aws_athena_workgroup.analytics["this"].configuration)}"
  }
  assert {
    condition     = length(aws_iam_role.analytics) == 0
    error_message = "A role that nobody may assume."
  }
}

run "the_reader_reads_results_and_changes_no_table" {
  command = plan

  assert {
    condition = { for each in jsondecode(aws_iam_role_policy.analytics["reader"].policy).Statement : each.Sid => [each.Action, each.Resource] } == {
      query = [
        ["athena:GetQueryExecution", "athena:GetQueryResults", "athena:GetWorkGroup", "athena:StartQueryExecution", "athena:StopQueryExecution"],
        ["arn:aws:athena:eu-west-1:123456789012:workgroup/telemetry-test-1"],
      ]
      locate  = [["s3:GetBucketLocation"], ["arn:aws:s3:::store-of-mock"]]
      results = [["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::store-of-mock/delivery/data/analytics/results/*"]]
      tables = [
        ["glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"],
        [
          "arn:aws:glue:eu-west-1:123456789012:catalog",
          "arn:aws:glue:eu-west-1:123456789012:database/telemetry_test_1",
          "arn:aws:glue:eu-west-1:123456789012:table/telemetry_test_1/*",
        ],
      ]
      read = [["s3:GetObject"], ["arn:aws:s3:::store-of-mock/delivery/data/analytics/*"]]
      list = [["s3:ListBucket"], ["arn:aws:s3:::store-of-mock"]]
    }
    error_message = "The reader may do something else: ${aws_iam_role_policy.analytics["reader"].policy}"
  }
  assert {
    condition     = jsondecode(aws_iam_role.analytics["reader"].assume_role_policy).Statement[0].Principal == { AWS = ["arn:aws:iam::123456789012:role/analyst"] }
    error_message = "Somebody else may assume the reader's role: ${aws_iam_role.analytics["reader"].assume_role_policy}"
  }
}

run "the_refresher_reads_the_landing_and_writes_only_below_analytics" {
  command = plan

  assert {
    condition = toset(flatten([
      for each in jsondecode(aws_iam_role_policy.analytics["refresher"].policy).Statement : each.Resource
      if length(setintersection(each.Action, ["s3:PutObject", "s3:DeleteObject"])) > 0
    ])) == toset(["arn:aws:s3:::store-of-mock/delivery/data/analytics/*", "arn:aws:s3:::store-of-mock/delivery/data/analytics/results/*"])
    error_message = "The refresher may write elsewhere: ${aws_iam_role_policy.analytics["refresher"].policy}"
  }
  assert {
    condition     = [for each in jsondecode(aws_iam_role_policy.analytics["refresher"].policy).Statement : each.Resource if each.Sid == "landing" && each.Action == ["s3:GetObject"]] == [["arn:aws:s3:::store-of-mock/delivery/data/landing/*"]]
    error_message = "The refresher cannot read the landing: ${aws_iam_role_policy.analytics["refresher"].policy}"
  }
  assert {
    condition     = !strcontains(aws_iam_role_policy.analytics["refresher"].policy, "kms:")
    error_message = "There is no key."
  }
}

run "with_a_key_the_roles_may_use_it_through_the_bucket_alone" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/1"
  }

  assert {
    condition = alltrue([
      for policy in aws_iam_role_policy.analytics : anytrue([
        for each in jsondecode(policy.policy).Statement :
        each.Action == ["kms:Decrypt", "kms:GenerateDataKey"] && each.Condition == { StringEquals = { "kms:ViaService" = "s3.eu-west-1.amazonaws.com" } }
        if each.Sid == "encryption"
      ])
    ])
    error_message = "The key is used otherwise: ${aws_iam_role_policy.analytics["reader"].policy}"
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

run "a_first_day_that_is_no_day_is_refused" {
  command = plan

  variables {
    analytics = { enabled = true, first_day = "2026-02-30" }
  }

  expect_failures = [var.analytics]
}

run "a_limit_below_athena_s_is_refused" {
  command = plan

  variables {
    analytics = { enabled = true, bytes_per_query = 1000 }
  }

  expect_failures = [var.analytics]
}

run "a_reader_that_is_everybody_is_refused" {
  command = plan

  variables {
    analytics = { enabled = true, readers = ["*"] }
  }

  expect_failures = [var.analytics]
}
