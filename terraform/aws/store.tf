# The optional bucket, with store.kind = "s3": private, encrypted, versioned, TLS only.

locals {
  has_bucket   = var.store.kind == "s3"
  store_prefix = lookup(var.settings, "repo_path", null) == null ? "" : "${trim(var.settings.repo_path, "/")}/"

  # Whoever stores may do this, under REPO_PATH and nowhere else.
  store_statements = { for name, each in {
    objects = {
      Action    = ["s3:GetObject", "s3:PutObject"]
      Resource  = [for bucket in aws_s3_bucket.store : "${bucket.arn}/${local.store_prefix}*"]
      Condition = null
    }
    list = {
      Action    = ["s3:ListBucket"]
      Resource  = [for bucket in aws_s3_bucket.store : bucket.arn]
      Condition = local.store_prefix == "" ? null : { StringLike = { "s3:prefix" = ["${local.store_prefix}*"] } }
    }
  } : name => each if local.has_bucket }
}

resource "aws_s3_bucket" "store" {
  #checkov:skip=CKV_AWS_18:who writes is one function, whose log lines say what and when
  #checkov:skip=CKV_AWS_144:a copy in another region is the owner's decision
  #checkov:skip=CKV_AWS_145:encrypted by kms_key_arn where there is one, else by S3's own key
  #checkov:skip=CKV2_AWS_62:nobody is to be notified of each record
  count = local.has_bucket ? 1 : 0

  bucket        = coalesce(var.store.bucket, "${local.prefix}-${local.account}")
  force_destroy = var.store.force_destroy
}

resource "aws_s3_bucket_public_access_block" "store" {
  count = local.has_bucket ? 1 : 0

  bucket                  = aws_s3_bucket.store[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "store" {
  count = local.has_bucket ? 1 : 0

  bucket = aws_s3_bucket.store[0].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_versioning" "store" {
  count = local.has_bucket ? 1 : 0

  bucket = aws_s3_bucket.store[0].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "store" {
  count = local.has_bucket ? 1 : 0

  bucket = aws_s3_bucket.store[0].id

  rule {
    id     = "forget-replaced-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.store]
}

resource "aws_s3_bucket_policy" "store" {
  count = local.has_bucket ? 1 : 0

  bucket = aws_s3_bucket.store[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.store[0].arn, "${aws_s3_bucket.store[0].arn}/*"]
      Condition = local.without_tls
    }]
  })

  depends_on = [aws_s3_bucket_public_access_block.store]
}
