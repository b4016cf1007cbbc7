# The examples are planned. Their resources are counted for docs/COSTS.md: tests/terraform/test_examples.py.

mock_provider "google" {
  source = "./tests/mocks"
}

variables {
  packages = { webhook = "tests/package.zip", worker = "tests/package.zip" }
}

run "minimal" {
  command = plan

  module {
    source = "../examples/gcp/minimal"
  }

  assert {
    condition     = output.alarm_names == ["dead-letters"] && keys(output.function_names) == ["webhook", "worker"]
    error_message = "The alarms are ${join(", ", output.alarm_names)}; the functions are ${join(", ", keys(output.function_names))}."
  }
}

run "full" {
  command = plan

  module {
    source = "../examples/gcp/full"
  }

  assert {
    condition     = length(output.alarm_names) > 14 && keys(output.function_names) == ["canary", "schedule", "webhook", "worker"]
    error_message = "The alarms are ${join(", ", output.alarm_names)}; the functions are ${join(", ", keys(output.function_names))}."
  }
}
