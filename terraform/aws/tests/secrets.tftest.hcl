# Terraform knows only the names of the secrets: `make secrets-aws` creates them.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment_id = "test"
  packages       = { webhook = "tests/package.zip", worker = "tests/package.zip" }
  settings       = { repo_owner = "octo-org", repo_name = "telemetry-data" }
}

run "the_four_secrets_have_the_names_that_the_code_reads" {
  command = plan

  assert {
    condition = sort(values(output.secret_names)) == sort([
      "/telemetry/test/github-webhook-secret-token",
      "/telemetry/test/github-access-token/source",
      "/telemetry/test/github-access-token/data",
      "/telemetry/test/github-app-private-key",
    ])
    error_message = "The parameters are ${join(", ", values(output.secret_names))}."
  }
}

run "no_function_is_handed_a_secret_in_its_environment" {
  command = plan

  assert {
    condition = alltrue([
      for name in concat(keys(module.webhook.environment), keys(module.worker.environment), keys(module.schedule[0].environment), keys(module.canary[0].environment)) :
      !can(regex("SECRET|TOKEN|PASSWORD|KEY", name))
    ])
    error_message = "Secrets are in the Parameter Store."
  }
}
