"""The workflow of a data repository: pinned, with least rights, and bound to the sums of one release."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from cli.app import app
from cli.publishing import workflow
from core.errors import PermanentError
from telemetry_functions.installation import REPOSITORY

ROOT = Path(__file__).parents[4]
WHEEL = "telemetry_functions-1.2.3-py3-none-any.whl"
SUMS = "".join(
    f"{digit * 64}  {name}\n"
    for digit, name in zip(
        "12345",
        ["build-requirements.txt", "pip-requirements.txt", "requirements.txt", WHEEL, "webhook-aws-arm64.zip"],
        strict=True,
    )
)
ADDRESS = workflow.address("1.2.3")
TEXT = workflow.render(ADDRESS, SUMS)
WORKFLOW: dict[Any, Any] = yaml.safe_load(TEXT)
STEPS = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]


def test_the_workflow_runs_on_a_schedule_or_manually_never_on_push() -> None:
    assert WORKFLOW[True] == {"schedule": [{"cron": "41 4 * * *"}], "workflow_dispatch": None}  # YAML 1.1: `on` is true


def test_every_action_is_pinned_and_no_script_contains_an_expression() -> None:
    assert [step["uses"] for step in STEPS if "uses" in step and not re.search(r"@[0-9a-f]{40}$", step["uses"])] == []
    assert [step["run"] for step in STEPS if "${{" in step.get("run", "")] == []
    assert (
        len([line for line in TEXT.splitlines() if "uses: " in line and not re.search(r" # v\d+\.\d+\.\d+$", line)])
        == 0
    )


def test_actions_that_our_own_workflows_use_too_are_of_the_same_commit() -> None:
    ours = "\n".join(path.read_text() for path in (ROOT / ".github" / "workflows").glob("*.yml"))
    used = {step["uses"] for step in STEPS if "uses" in step}
    known = dict(action.split("@") for action in re.findall(r"uses: (\S+@\S+)", ours))
    shared = {action for action in used if action.split("@")[0] in known}
    assert shared == {
        f"{name}@{known[name]}" for name in ("actions/checkout", "actions/setup-python", "actions/upload-artifact")
    }


def test_the_workflow_may_write_contents_and_pages_only_on_request() -> None:
    assert WORKFLOW["permissions"] == {}
    assert {name: job["permissions"] for name, job in WORKFLOW["jobs"].items()} == {
        "report": {"contents": "write"},
        "pages": {"pages": "write", "id-token": "write"},
    }
    assert WORKFLOW["jobs"]["pages"]["if"] == "vars.TELEMETRY_PAGES == 'public'"
    [upload] = [step for step in STEPS if "upload-pages-artifact" in step.get("uses", "")]
    assert upload["if"] == "env.PAGES == 'public'"
    warning = TEXT[: TEXT.index("upload-pages-artifact")].rpartition("\n\n")[2]
    assert "PRIVATE repository can be read by" in warning
    assert "Enterprise Cloud" in warning


def test_only_the_steps_that_fetch_and_push_get_the_token() -> None:
    assert [step["name"] for step in STEPS if "TOKEN" in step.get("env", {})] == [
        "Fetch the commit that was merged last, to see what came since",
        "Commit the README, if it says something new",
    ]
    assert [step["name"] for step in STEPS if "venv" in step.get("run", "") and "TOKEN" in step.get("env", {})] == []
    assert STEPS[0]["with"]["persist-credentials"] is False
    assert "secrets." not in TEXT


def test_the_workflow_installs_the_release_by_its_checksums() -> None:
    assert WORKFLOW["env"]["RELEASE"] == "https://github.com/deven-org/telemetry-functions/releases/download/v1.2.3"
    [install] = [step["run"] for step in STEPS if step.get("name", "").startswith("Install the release")]
    block = install.partition("<<'END'\n")[2].partition("\nEND\n")[0]
    assert block.splitlines() == SUMS.splitlines()[:4]
    assert install.count("--require-hashes") == 3


@pytest.mark.parametrize(
    "sums",
    [
        "",
        "<html>",
        SUMS.replace(WHEEL, "other.zip"),
        SUMS.replace("  requirements.txt", "  x.txt"),
        f"{SUMS}{'5' * 64}  b.whl\n",
    ],
)
def test_invalid_checksums_create_no_workflow(sums: str) -> None:
    with pytest.raises(PermanentError, match="these are not the checksums of a release"):
        workflow.render(ADDRESS, sums)


def test_our_address_is_the_projects() -> None:
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]
    assert urls["Changelog"] == f"{REPOSITORY}/blob/main/CHANGELOG.md"


def test_the_locks_that_a_release_holds_are_there() -> None:
    assert [path for path in workflow.REQUIREMENTS.values() if not (ROOT / path).is_file()] == []


def test_a_release_holds_what_it_installs_and_itself() -> None:
    publish = (ROOT / ".github" / "workflows" / "release.yml").read_text().partition("gh release create")[2]
    held = re.findall(r"build/release/(\S+)", publish)
    assert {"*.whl", "*.txt", "*.cdx.json", "report.yml", "SHA256SUMS"} <= set(held)
    assert all(name.endswith(".txt") for name in workflow.REQUIREMENTS)


def test_the_command_prints_it_for_the_release_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "SHA256SUMS").write_text(SUMS)
    result = CliRunner().invoke(app, ["workflow", "--release", "1.2.3", "--sums", str(tmp_path / "SHA256SUMS")])
    assert (result.exit_code, result.stdout) == (0, TEXT)


def test_the_command_names_what_is_wrong_with_its_sums(tmp_path: Path) -> None:
    (tmp_path / "broken").write_bytes(b"\xff")
    for path, says in ((tmp_path / "none", "No such file or directory"), (tmp_path / "broken", "not UTF-8")):
        result = CliRunner().invoke(app, ["workflow", "--sums", str(path)])
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"{path}: {says}\n")
    (tmp_path / "other").write_text("x")
    result = CliRunner().invoke(app, ["workflow", "--sums", str(tmp_path / "other")])
    assert (result.exit_code, result.stdout) == (1, "")
