# The parameters are made here, their values never are: `make secrets-aws` puts them, and no state ever holds one.
# "unset" counts as missing: nothing verifies with it. A write-only value is not read back either.

locals {
  secret_names = {
    webhook = "/telemetry/${var.environment_id}/github-webhook-secret-token"
    source  = "/telemetry/${var.environment_id}/github-access-token/source"
    data    = "/telemetry/${var.environment_id}/github-access-token/data"
    app     = "/telemetry/${var.environment_id}/github-app-private-key"
  }
  secret_arns = {
    for name, path in local.secret_names : name => "arn:${local.partition}:ssm:${local.region}:${local.account}:parameter${path}"
  }
  # What reads sources and writes data: either token, or the App's key. All are made; what is not used stays unset.
  token_arns = [for name in ["source", "data", "app"] : local.secret_arns[name]]
  decrypt    = var.kms_key_arn == null ? {} : { decrypt = { Action = ["kms:Decrypt"], Resource = [var.kms_key_arn] } }
  # To read a secret is to decrypt; to send to an encrypted queue is to encrypt as well.
  encrypt = var.kms_key_arn == null ? {} : {
    encrypt = { Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = [var.kms_key_arn] }
  }
}

resource "aws_ssm_parameter" "secret" {
  #checkov:skip=CKV_AWS_337:encrypted by AWS's own key unless kms_key_arn names another
  for_each = local.secret_names

  name             = each.value
  description      = "Of telemetry-functions: put by `make secrets-aws`"
  type             = "SecureString"
  key_id           = var.kms_key_arn
  value_wo         = "unset"
  value_wo_version = 1

  # To change anything but the tags of a parameter the provider puts it anew, with an empty value: over the live secret
  # (seen on the emulator with 5.100). So a kms_key_arn that comes later does not reach secrets that are there already.
  lifecycle {
    ignore_changes = [allowed_pattern, data_type, description, key_id, tier]
  }
}
