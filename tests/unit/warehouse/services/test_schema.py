"""The published schema accepts what the model accepts, and names what one key alone gets wrong."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft202012Validator

from tests.unit.warehouse.services.test_contradictions import SPLIT
from tests.unit.warehouse.services.test_keys import APPLIED
from tests.unit.warehouse.services.test_unmatched import MATCHING
from warehouse.services import load, parsed
from warehouse.services.keys import keys
from warehouse.services.schema import json_schema

ROOT = Path(__file__).parents[4]
PUBLISHED = ROOT / "docs/services.schema.json"
SCHEMA = json.loads(PUBLISHED.read_text())
VALIDATORS = [Draft4Validator(SCHEMA), Draft202012Validator(SCHEMA)]
FILES = [ROOT / "docs/services.toml", ROOT / "cli/demo/services.toml"]

# The files of situations from the field.
FIELD = [
    '[repositories."octo-org/shop"]\nlead_time_from = "committed"',
    '[repositories."octo-org/shop"]\ndeployments = "releases"\nbranch = "main"',
    '[services.checkout]\nrepositories = ["octo-org/shop", "octo-org/incidents"]',
    '[repositories."octo-org/shop"]\ndeployments = { kind = "statuses", exclude = [{ event = "schedule" }] }',
    """
[services.checkout]
repositories = ["octo-org/shop", "octo-org/shop-deploy"]
code = { repositories = ["octo-org/shop"], branch = "main" }
""",
    """
[services.api]
repositories = ["octo-org/shop"]
workflows = ["Deploy api"]
paths = ["api/**"]

[services.web]
repositories = ["octo-org/shop"]
workflows = ["Deploy web"]
paths = ["web/**"]
""",
    """
[repositories."octo-org/shop"]
deployments = { kind = "workflow", workflow = "CI/CD", job = "deploy", branches = ["v*"] }
""",
    """
targets = { change_lead_time = "1 d" }
annotations = [{ date = "2026-11-16", text = "new pipeline", service = "octo-org/shop" }]
""",
]
VALID = [*FIELD, *APPLIED.values(), *SPLIT, *MATCHING, ""]

INVALID: list[Any] = [
    {"nonsense": 1},
    {"services": {"a": {}}},
    {"services": {"a": {"repositories": []}}},
    {"services": {"a": {"repositories": ["shop"]}}},
    {"services": {"a": {"repositories": ["o/r"], "paths": []}}},
    {"services": {"a": {"repositories": ["o/r"], "code": {"branch": "main"}}}},
    {"services": {"a": {"repositories": ["o/r"], "team": 1}}},
    {"repositories": {"shop": {}}},
    {"repositories": {"o/r": {"deployments": "tags"}}},
    {"repositories": {"o/r": {"deployments": {"kind": "tags"}}}},
    {"repositories": {"o/r": {"deployments": {"exclude": [{"jobs": "x"}]}}}},
    {"repositories": {"o/r": {"hotfix_hours": 0}}},
    {"repositories": {"o/r": {"hotfix_hours": "4"}}},
    {"lead_time_from": "commit"},
    {"minimum_team_size": 1},
    {"teams": {"few": {"size": 0}}},
    {"hotfix": {"label": ["x"]}},
    {"environment_aliases": {"old": ""}},
    {"targets": {"change_lead_time": 1}},
    {"annotations": [{"text": "x"}]},
    {"annotations": [{"date": "2026-11-16", "text": ""}]},
]


def test_the_published_schema_is_that_of_the_model() -> None:
    assert json_schema() == SCHEMA
    Draft4Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", FILES, ids=[path.parent.name for path in FILES])
def test_the_example_files_are_valid(path: Path) -> None:
    document = tomllib.loads(path.read_text())
    load(path)
    assert [error.message for validator in VALIDATORS for error in validator.iter_errors(document)] == []


@pytest.mark.parametrize("text", VALID)
def test_a_file_that_can_be_loaded_is_valid(text: str) -> None:
    document = tomllib.loads(text)
    parsed(document)
    assert [error.message for validator in VALIDATORS for error in validator.iter_errors(document)] == []


@pytest.mark.parametrize("document", INVALID, ids=json.dumps)
def test_a_wrong_value_is_invalid_in_every_draft(document: Any) -> None:
    assert [validator.is_valid(document) for validator in VALIDATORS] == [False, False]


def test_every_key_is_described_and_none_may_be_null() -> None:
    text = json.dumps(SCHEMA)
    assert '"null"' not in text
    for key in keys():
        assert json.dumps(key.field.description) in text, key.path


def test_the_example_names_its_schema_on_its_first_line() -> None:
    first = FILES[0].read_text().splitlines()[0]
    assert first == f"#:schema ./{PUBLISHED.name}"
