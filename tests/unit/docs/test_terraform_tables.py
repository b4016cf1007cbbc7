"""Check the tables of the modules' READMEs, and the examples against each other."""

import re
from pathlib import Path
from typing import Any

import hcl2
import pytest

from docs import terraform_tables

TERRAFORM = Path(__file__).parents[3] / "terraform"
IDENTITY = {"source", "environment_id", "packages", "project", "region", "settings"}
VARIABLES = """
variable "web" {
  description = "Says \\"who\\"."
  type = object({
    names  = optional(list(string), [])
    label  = optional(string, "cron(20 * * * ? *)")
    domain = optional(object({ name = string }))
  })
  default = {}
}

variable "jobs" {
  description = "By name."
  type        = map(object({ enabled = optional(bool) }))
}
"""


def module(folder: Path, text: str) -> Path:
    (folder / "variables.tf").write_text(text)
    return folder


def test_each_variable_and_field_is_a_row(tmp_path: Path) -> None:
    assert list(terraform_tables.variables(module(tmp_path, VARIABLES))) == [
        ("`jobs`", "`map`", "required", "By name."),
        ("`jobs.KEY.enabled`", "`bool`", "`null`", ""),
        ("`web`", "`object`", "`{}`", 'Says "who".'),
        ("`web.names`", "`list(string)`", "`[]`", ""),
        ("`web.label`", "`string`", '`"cron(20 * * * ? *)"`', ""),
        ("`web.domain`", "`object`", "`null`", ""),
        ("`web.domain.name`", "`string`", "required", ""),
    ]


def test_a_variable_without_a_description_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="web has no description"):
        list(terraform_tables.variables(module(tmp_path, 'variable "web" {\n  type = string\n}\n')))


def load(path: Path) -> dict[str, Any]:
    with path.open() as file:
        return {name: value for name, value in hcl2.load(file).items() if not name.startswith("__")}


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
@pytest.mark.parametrize("example", ["minimal", "full"])
def test_an_example_has_the_same_values_as_its_tfvars(cloud: str, example: str) -> None:
    folder = TERRAFORM / "examples" / cloud
    call = load(folder / example / "main.tf")["module"][0]["telemetry"]
    assert {name: value for name, value in call.items() if name not in IDENTITY and not name.startswith("__")} == load(
        folder / f"{example}.tfvars"
    )


def test_no_page_counts_by_hand_what_terraform_creates() -> None:
    """Check that no number goes stale: docs/COSTS.md has the numbers, from plans of the examples."""
    pages = [*TERRAFORM.glob("**/*.md"), *(TERRAFORM.parent / "docs").glob("*.md"), TERRAFORM.parent / "README.md"]
    numbers = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|[0-9]+"
    counted = re.compile(rf"\b(?:{numbers}) (?:secrets|alarms|functions|queues|schedules)\b", re.IGNORECASE)
    assert {page.name: found for page in pages if (found := counted.findall(page.read_text()))} == {}
