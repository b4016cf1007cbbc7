# The names of the parameters, and who may read them. `make secrets-aws` creates, tags and encrypts them, `make destroy-aws` deletes
# them: Terraform knows no secret, and whoever may plan may read none.

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
  # What reads sources and writes data: either token, or the App's key. What is not used does not exist.
  token_arns = [for name in ["source", "data", "app"] : local.secret_arns[name]]
  # To read a secret is to decrypt; to send to an encrypted queue is to encrypt as well.
  encrypt = var.kms_key_arn == null ? {} : {
    encrypt = { Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = [var.kms_key_arn] }
  }
}

# An earlier version of this module created the parameters. They stay, with their values: Terraform only forgets them. The provider
# decrypts every parameter that it manages, so whoever could plan could read every secret.
removed {
  from = aws_ssm_parameter.secret

  lifecycle {
    destroy = false
  }
}
