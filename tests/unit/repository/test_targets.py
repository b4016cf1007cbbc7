"""Check that each test file belongs to exactly one make target, and that CI calls every target."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from docs import examples
from tests.coverage_scope import MEASURED, OF_SQL_ALONE, UNMEASURED, counts, is_measured

ROOT = Path(__file__).parents[3]
MAKEFILE = (ROOT / "Makefile").read_text()
FOLDERS = {
    name.lower().replace("_", "-"): paths.split()
    for name, paths in re.findall(r"^(TEST(?:_[A-Z]+)?) := (.+)$", MAKEFILE, re.MULTILINE)
}
BY_HAND = {"check-facts"}
"""Targets that CI does not run: they take an hour, and change only when a fix is reverted."""
TARGETS = [
    target
    for target in re.findall(r"^(test(?:-[a-z]+)?|check(?:-[a-z]+)?):.*##", MAKEFILE, re.MULTILINE)
    if target not in BY_HAND
]
FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py"))


def targets_of(file: str) -> list[str]:
    return [target for target, folders in FOLDERS.items() if any(file.startswith(f"{folder}/") for folder in folders)]


def test_each_test_file_belongs_to_exactly_one_target() -> None:
    files = [file for file in FILES if "node_modules" not in file]
    assert len(files) > 200
    assert {file: targets_of(file) for file in files if len(targets_of(file)) != 1} == {}


@pytest.mark.parametrize("target", FOLDERS)
def test_a_target_runs_the_folders_of_its_list(target: str) -> None:
    recipe = re.search(rf"^{target}: .*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert recipe is not None
    assert f"$({target.upper().replace('-', '_')}) " in recipe[1]
    assert [folder for folder in FOLDERS[target] if not list((ROOT / folder).rglob("test_*.py"))] == []


def test_ci_calls_every_target_once() -> None:
    tests = {f"test-{part}" for part in ("clouds", "browser", "engines", "package", "faketime")}
    assert {"test", "check", "check-terraform", *tests} <= set(TARGETS)
    calls = re.findall(r"^make (.+)$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert sorted(re.findall(r"(?<![\w-])(?:test|check)[a-z-]*", " ".join(calls))) == sorted(TARGETS)


def test_the_check_workflow_has_a_job_for_every_target() -> None:
    job = yaml.safe_load((ROOT / ".github" / "workflows" / "check.yml").read_text())["jobs"]["make"]
    assert sorted(job["strategy"]["matrix"]["target"]) == sorted(TARGETS)
    assert job["steps"][-1] == {"env": {"TARGET": "${{ matrix.target }}"}, "run": 'make "$TARGET"'}


@pytest.mark.parametrize("script", ["Makefile", ".ci/run", "tests/faketime/run", "docs/CONTRIBUTING.md"])
def test_a_test_path_that_is_named_exists(script: str) -> None:
    named = set(re.findall(r"\btests/[\w/-]+(?:\.\w+)?", (ROOT / script).read_text()))
    created = {step.path for step in examples.steps(examples.PAGE.read_text())}
    generated = {"tests/npm/node_modules/"} | created
    assert [path for path in named if not path.startswith(tuple(generated)) and not (ROOT / path).exists()] == []


def test_the_table_in_contributing_lists_the_folders_of_each_target() -> None:
    table = (
        (ROOT / "docs" / "CONTRIBUTING.md")
        .read_text()
        .split("| target | tests |\n| --- | --- |\n")[1]
        .partition("\n\n")[0]
    )
    rows = {
        target: re.findall(r"`([\w/]+)/`", folders)
        for target, folders in re.findall(r"^\| `make (\S+)` \| (.*) \|$", table, re.MULTILINE)
    }
    assert rows == {
        target: [folder.removeprefix("tests/") for folder in folders] for target, folders in FOLDERS.items()
    }


def test_coverage_is_measured_in_folders_that_the_target_test_runs() -> None:
    folders = [folder.relative_to(ROOT).as_posix() for folder in MEASURED]
    assert [folder for folder in folders if not any((ROOT / folder).rglob("test_*.py"))] == []
    assert {target for folder in folders for target in targets_of(f"{folder}/test_x.py")} == {"test"}
    assert is_measured(ROOT / "tests/unit/core/metrics/test_review.py")
    assert not is_measured(ROOT / "tests/unit/core_of_something/test_review.py")


def test_files_of_sql_alone_exist_and_are_not_measured() -> None:
    files = {pattern: list((ROOT / "tests/integration/warehouse").rglob(pattern)) for pattern in OF_SQL_ALONE}
    assert [pattern for pattern, matches in files.items() if not matches] == []
    assert [file for matches in files.values() for file in matches if is_measured(file)] == []
    assert is_measured(ROOT / "tests/integration/warehouse/report/test_build.py")


@pytest.mark.parametrize(("marker", "is_counted"), [(UNMEASURED, False), ("npm", True)])
def test_a_test_with_the_marker_is_not_measured(marker: str, is_counted: bool) -> None:  # noqa: FBT001
    path = ROOT / "tests/unit/core/test_webhook.py"
    item: Any = SimpleNamespace(path=path, get_closest_marker=lambda name: marker if name == marker else None)
    assert counts(item) is is_counted
