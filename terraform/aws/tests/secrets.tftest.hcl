# No secret is ever in a plan or a state: their values are put by `make secrets-aws`.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment_id = "test"
  packages       = { webhook = "tests/package.zip", worker = "tests/package.zip" }
  settings       = { repo_owner = "octo-org", repo_name = "telemetry-data" }
}

run "the_four_secrets_are_secure_strings_under_the_names_that_the_code_reads" {
  command = plan

  assert {
    condition = { for each in aws_ssm_parameter.secret : each.name => each.type } == {
      "/telemetry/test/github-webhook-secret-token" = "SecureString"
      "/telemetry/test/github-access-token/source"  = "SecureString"
      "/telemetry/test/github-access-token/data"    = "SecureString"
      "/telemetry/test/github-app-private-key"      = "SecureString"
    }
    error_message = "The parameters are ${join(", ", [for each in aws_ssm_parameter.secret : each.name])}."
  }
}

run "a_secret_s_value_is_never_in_the_plan" {
  command = plan

  assert {
    condition     = alltrue([for each in aws_ssm_parameter.secret : each.value_wo == null])
    error_message = "A write-only value is in no plan."
  }
  assert {
    condition     = alltrue([for each in aws_ssm_parameter.secret : each.value_wo_version == 1])
    error_message = "Without a version it is no write-only value, and another would put the placeholder over everybody's secrets."
  }
}

run "no_function_is_handed_a_secret_in_its_environment" {
  command = plan

  assert {
    condition = alltrue([
      for name in concat(keys(module.webhook.environment), keys(module.worker.environment), keys(module.schedule.environment), keys(module.canary.environment)) :
      !can(regex("SECRET|TOKEN|PASSWORD|KEY", name))
    ])
    error_message = "Secrets are in the Parameter Store."
  }
}
