# The optional tables of Athena over the landing of the bucket, with analytics.enabled: a database of Glue, a workgroup with a limit of
# bytes, and two roles. The refresher runs the statements of `telemetry models athena`; the reader queries their results.

locals {
  has_analytics     = var.analytics.enabled && local.has_bucket
  analytics         = local.has_analytics ? { this = aws_s3_bucket.store[0] } : {}
  analytics_name    = replace(local.prefix, "-", "_")
  landing_prefix    = "${local.store_prefix}landing/"
  analytics_prefix  = "${local.store_prefix}analytics/"
  results_prefix    = "${local.analytics_prefix}results/"
  glue              = "arn:${local.partition}:glue:${local.region}:${local.account}"
  analytics_catalog = ["${local.glue}:catalog", "${local.glue}:database/${local.analytics_name}", "${local.glue}:table/${local.analytics_name}/*"]
  store_arn         = join("", aws_s3_bucket.store[*].arn) # empty without a bucket: then nothing here is used
  analytics_trusted = { reader = var.analytics.readers, refresher = var.analytics.refreshers }

  # What both may do: query in the workgroup, and keep the results of their queries.
  analytics_queries = {
    query = {
      Action   = ["athena:GetQueryExecution", "athena:GetQueryResults", "athena:GetWorkGroup", "athena:StartQueryExecution", "athena:StopQueryExecution"]
      Resource = ["arn:${local.partition}:athena:${local.region}:${local.account}:workgroup/${local.prefix}"]
    }
    locate = {
      Action   = ["s3:GetBucketLocation"]
      Resource = [local.store_arn]
    }
    results = {
      Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
      Resource = ["${local.store_arn}/${local.results_prefix}*"]
    }
  }

  # What else each may do. Athena reads and writes objects and tables as its caller:
  # https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html
  # https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
  analytics_statements = {
    reader = {
      tables = {
        Action   = ["glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"]
        Resource = local.analytics_catalog
      }
      read = {
        Action   = ["s3:GetObject"]
        Resource = ["${local.store_arn}/${local.analytics_prefix}*"]
      }
      list = {
        Action    = ["s3:ListBucket"]
        Resource  = [local.store_arn]
        Condition = { StringLike = { "s3:prefix" = ["${local.analytics_prefix}*"] } }
      }
    }
    refresher = {
      tables = {
        Action = [
          "glue:BatchCreatePartition", "glue:BatchDeletePartition", "glue:CreatePartition", "glue:CreateTable", "glue:DeletePartition", "glue:DeleteTable",
          "glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables", "glue:UpdatePartition", "glue:UpdateTable",
        ]
        Resource = local.analytics_catalog
      }
      landing = {
        Action   = ["s3:GetObject"]
        Resource = ["${local.store_arn}/${local.landing_prefix}*"]
      }
      write = {
        Action   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        Resource = ["${local.store_arn}/${local.analytics_prefix}*"]
      }
      list = {
        Action    = ["s3:ListBucket"]
        Resource  = [local.store_arn]
        Condition = { StringLike = { "s3:prefix" = ["${local.analytics_prefix}*", "${local.landing_prefix}*"] } }
      }
    }
  }

  analytics_encryption = var.kms_key_arn == null ? {} : {
    encryption = {
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = [var.kms_key_arn]
      Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }
    }
  }

  # A role that nobody may assume would be useless, so it does not exist.
  analytics_roles = { for name, trusted in local.analytics_trusted : name => trusted if local.has_analytics && length(trusted) > 0 }
}

resource "aws_glue_catalog_database" "analytics" {
  for_each = local.analytics

  name        = local.analytics_name
  description = "Records of telemetry-functions, and what is computed of them"
}

# The landing: each line is a record. JSON cannot contain the delimiter, so that a line is one column. The statements of `telemetry models
# athena` would create the same table. Athena computes the partitions: a day before the first of the range is silently invisible.
# https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
resource "aws_glue_catalog_table" "landed" {
  for_each = local.analytics

  name          = "landed"
  database_name = aws_glue_catalog_database.analytics["this"].name
  description   = "The landing: a record in each line, by day and hour of writing in UTC"
  table_type    = "EXTERNAL_TABLE"

  parameters = {
    EXTERNAL                       = "TRUE"
    "projection.enabled"           = "true"
    "projection.day.type"          = "date"
    "projection.day.format"        = "yyyy-MM-dd"
    "projection.day.range"         = "${var.analytics.first_day},NOW+1DAYS"
    "projection.day.interval"      = "1"
    "projection.day.interval.unit" = "DAYS"
    "projection.hour.type"         = "enum"
    "projection.hour.values"       = join(",", [for hour in range(24) : format("%02d", hour)])
    "storage.location.template"    = "s3://${each.value.bucket}/${local.landing_prefix}day=$${day}/hour=$${hour}/"
  }

  partition_keys {
    name = "day"
    type = "string"
  }

  partition_keys {
    name = "hour"
    type = "string"
  }

  storage_descriptor {
    location      = "s3://${each.value.bucket}/${local.landing_prefix}"
    input_format  = "org.apache.hadoop.mapred.TextInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"

    columns {
      name = "line"
      type = "string"
    }

    ser_de_info {
      serialization_library = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
      parameters            = { "field.delim" = "\u0001", "serialization.format" = "\u0001" }
    }
  }
}

resource "aws_athena_workgroup" "analytics" {
  #checkov:skip=CKV_AWS_159:encrypted by kms_key_arn where there is one, else by S3's own key
  for_each = local.analytics

  name          = local.prefix
  description   = "Queries on records of telemetry-functions"
  force_destroy = true # a workgroup that ran a query cannot be deleted otherwise; what it would delete is the history of queries

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = false
    bytes_scanned_cutoff_per_query     = var.analytics.bytes_per_query

    engine_version {
      selected_engine_version = "Athena engine version 3"
    }

    result_configuration {
      output_location = "s3://${each.value.bucket}/${local.results_prefix}"

      encryption_configuration {
        encryption_option = var.kms_key_arn == null ? "SSE_S3" : "SSE_KMS"
        kms_key_arn       = var.kms_key_arn
      }
    }
  }
}

resource "aws_iam_role" "analytics" {
  for_each = local.analytics_roles

  name                 = "${local.prefix}-analytics-${each.key}"
  description          = each.key == "reader" ? "Queries the results of telemetry-functions" : "Computes the results of telemetry-functions"
  path                 = var.iam.role_path
  permissions_boundary = var.iam.permissions_boundary
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = sort(each.value) }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "analytics" {
  for_each = local.analytics_roles

  name = "analytics"
  role = aws_iam_role.analytics[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for name, statement in merge(local.analytics_queries, local.analytics_statements[each.key], local.analytics_encryption) :
      merge({ Sid = name, Effect = "Allow" }, statement)
    ]
  })
}
