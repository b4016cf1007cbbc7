"""Plan the examples of terraform/examples with a mocked provider, and compare their resources with those that docs/COSTS.md counts."""

import json
import os
import shutil

import pytest

from docs import resource_counts
from tests.conftest import missing
from tests.environment import GO_PROGRAMS


@pytest.mark.terraform
@pytest.mark.parametrize("cloud", resource_counts.CLOUDS)
def test_the_examples_create_the_resources_that_the_costs_count(cloud: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("terraform") is None:
        missing("Terraform", "install 1.11 or newer")
    for name, value in GO_PROGRAMS.items():
        monkeypatch.setenv(name, value)
    try:
        planned = resource_counts.planned(cloud, os.environ.get("TF_PLUGIN_DIR", ""))
    except ValueError as error:
        if "Failed to query available provider packages" not in str(error):
            raise
        pytest.skip(
            "Terraform's provider is not available: reach a provider registry, or set TF_PLUGIN_DIR to a mirror"
        )
    assert set(planned) == {"minimal", "full"}
    assert planned == json.loads(resource_counts.FILE.read_text())[cloud], "run `make count-resources`"
