terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.88, < 7.0"
    }
  }
}

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  # What the packages were built for, such as "python3.13 on arm64": cli/deployment/archive.py writes it at the end of each zip. A zip
  # without it, which somebody else built, is not checked.
  package_bytes = [for path in values(var.packages) : filebase64(path)]
  built_for = toset(flatten([
    for bytes in local.package_bytes : [
      for pair in setproduct(range(11, 20), ["arm64", "x86_64"]) : "python3.${pair[0]} on ${pair[1]}"
      if endswith(bytes, base64encode(format("%48s", "python=3.${pair[0]} architecture=${pair[1]}")))
    ]
  ]))

  prefix    = "telemetry-${var.environment_id}"
  account   = data.aws_caller_identity.this.account_id
  partition = data.aws_partition.this.partition
  region    = data.aws_region.this.name
}
