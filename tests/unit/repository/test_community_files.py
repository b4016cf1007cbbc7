"""Check the issue forms, the code of conduct and the versions of Python in the workflow."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
GITHUB = ROOT / ".github"
FORMS = {path.name: yaml.safe_load(path.read_text()) for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml")}
CONFIG = FORMS.pop("config.yml")
TYPES = {"markdown", "textarea", "input", "dropdown", "checkboxes"}
"""https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema"""


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_an_issue_form_has_the_keys_that_github_requires(form: dict[str, Any]) -> None:
    assert {"name", "description", "body"} <= set(form) <= {"name", "description", "body", "labels"}
    questions = [element for element in form["body"] if element["type"] != "markdown"]
    assert {element["type"] for element in form["body"]} <= TYPES
    assert all(element["attributes"]["label"] for element in questions)
    ids = [element["id"] for element in questions]
    assert len(set(ids)) == len(ids) > 3
    assert all(element["attributes"].get("options") for element in questions if element["type"] == "dropdown")


def test_vulnerabilities_and_conduct_are_reported_in_private() -> None:
    [link] = CONFIG["contact_links"]
    assert link["url"].endswith("/security/advisories/new")
    conduct = (ROOT / "CODE_OF_CONDUCT.md").read_text()
    assert "Report to repository admins" in conduct
    assert re.findall(r"[\w.+-]+@[\w-]+\.\w+", conduct) == []


def test_the_workflow_checks_and_tests_each_version_from_3_11_to_3_14() -> None:
    matrix = yaml.safe_load((GITHUB / "workflows" / "check.yml").read_text())["jobs"]["make"]["strategy"]["matrix"]
    versions = {(row["target"], row["python"]) for row in matrix["include"]}
    versions |= {(target, python) for target in matrix["target"] for python in matrix["python"]}
    assert {python for target, python in versions if target == "test"} == {"3.11", "3.12", "3.13", "3.14"}
    assert {python for target, python in versions if target == "check"} == {"3.11", "3.12", "3.13", "3.14"}
    page = (ROOT / "docs" / "PLATFORMS.md").read_text()
    assert all(
        re.search(rf"^\| [0-9., ]*{re.escape(python)}[0-9., ]* \|", page, re.MULTILINE) for _, python in versions
    )
