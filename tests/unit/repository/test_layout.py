"""Unit tests mirror the source, and a test's name says what happens, briefly."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ("benchmarks", "cli", "core", "fakes", "runtimes", "telemetry_functions", "warehouse")
FOLDERS = ("tests/unit", "tests/integration")
WITHOUT_MODULE = ("tests/unit/docs/", "tests/unit/repository/")
"""Tests of documents, and of the repository's other files."""
LONGEST_NAME = 70

COVERED = {
    # entry points and wirings run as a whole
    "benchmarks: *": "make bench runs them; tests/unit/benchmarks/test_results.py",
    "cli: __main__ atomic_write console listening panels progress target_argument": "tests/unit/cli/test_app.py, test_commands.py",
    "telemetry_functions: __main__": "tests/e2e/package/test_installed.py",
    "core/stores: bucket_objects": "tests/unit/runtimes/aws/test_s3_store.py and tests/unit/runtimes/gcp/test_gcs_store.py",
    "cli/commands: *": "tests/unit/cli/test_commands.py, and tests/e2e for each command",
    "runtimes/aws: canary canary_wiring webhook_wiring worker_wiring": "tests/contract/test_runtime.py",
    "runtimes/gcp: canary canary_wiring google_clients webhook_main webhook_wiring worker_main worker_wiring": "tests/contract/test_runtime.py",
    "runtimes/local: *": "processes and sockets: tests/e2e",
    "runtimes/local/emulator: environment": "tests/e2e/package/test_installed.py",
    "runtimes/local/emulator: process": "a process and a socket: tests/emulator",
    "runtimes/local/ministack: *": "run in MiniStack's own Python: tests/emulator",
    # adapters pass one contract suite, beside an emulator or a fake
    "runtimes/aws: aws_api s3_pages sigv4": "tests/contract/test_aws_api.py, test_sigv4.py, test_store.py",
    "runtimes/gcp: gcs_pages google_api google_http pubsub_queue secretmanager_secrets": "tests/contract/"
    "test_google_api.py, tests/contract/test_google_http.py, "
    "test_queue.py, test_secret_source.py, test_store.py",
    "core/stores: directory durable_files regular_files tar_archive": "tests/contract/test_store.py",
    "cli/deployment: terraform_errors": "tests/unit/cli/deployment/test_terraform.py",
    "cli/acceptance: commands plan": "tests/unit/cli/commands/test_acceptance.py, tests/terraform/test_deployer.py",
    "cli/deployment: cloud dead_letters lookup packaging preparation target": "tests/terraform",
    "cli/deployment/clouds/aws: *": "tests/unit/cli/deployment/test_secrets_setup.py, tests/terraform",
    "cli/deployment/clouds/gcp: *": "tests/contract/test_google_operator.py, tests/terraform",
    "cli/deployment/clouds/local: target": "tests/terraform",
    "cli/setup: secret_rotation webhooks": "tests/contract/test_rotation.py, tests/unit/cli/test_doctor.py",
    # requests go into a fake at its server, as its callers see it
    "fakes/github: *": "tests/unit/fakes/github/test_server.py, tests/contract/test_github_openapi*.py",
    "fakes/google: *": "tests/contract/test_fake_*.py",
    # parts that one other module uses
    "cli/demo: *": "parts of the generator: tests/unit/cli/demo/test_timeline.py",
    "cli/doctor: *": "tests/unit/cli/test_doctor.py",
    "cli/trial: announcements reports trial_run": "tests/integration/cli/commands/test_try.py",
    "cli/publishing: formats": "tests/unit/cli/publishing/test_publish.py",
    "core: bounded_json delivery_headers event_shapes ip_allowlist progress url_security": "tests/security/inputs, "
    "tests/unit/core/test_handler.py",
    "warehouse/engines: athena bigquery rewrites spark": "tests/unit/warehouse/engines/test_translation.py, test_script.py, tests/engines",
    "core: ai_accounts": "tests/unit/core/test_account_kind.py, test_assistants.py",
    "core: errors job metric ports services": "types and protocols: tests/contract/test_metric.py",
    "core: setting_types static_secrets": "tests/unit/core/test_settings.py",
    "core/backfill: context stored_facts unit_events": "tests/unit/core/backfill/test_run.py",
    "core/backfill: pull_request_batch": "tests/unit/core/backfill/test_batched_reader.py",
    "core/backfill/kinds: *": "tests/unit/core/backfill/test_run.py",
    "core/github: api app_tokens bounded_response read_errors responses session webhooks": "tests/unit/core/github/test_reader.py, "
    "test_app.py",
    "core/jobs: _recovery_cursor canary": "tests/unit/core/jobs/test_recover.py, tests/unit/core/test_canary.py",
    "core/metrics: _account _approval _commit_time _conclusion _deployment_facts _environment _graphql _json_file _labels _number_kinds "
    "_predicates _pull_request _runner _statuses _steps _version_tag": "the metrics: tests/unit/core/metrics",
    "warehouse: deploying_branches excluded_records": "tests/integration/warehouse/test_deploying_jobs.py",
    "warehouse: components": "tests/integration/warehouse/test_model_update.py",
    "warehouse: part_paths": "tests/integration/warehouse/test_parts.py",
    "warehouse: units": "tests/unit/warehouse/report/test_formatting.py, tests/unit/warehouse/services/test_targets.py",
    "warehouse/engines: catalog_files mart_database marts parquet": "tests/integration/warehouse/test_marts.py",
    "warehouse/engines: ingest_checks ingest_rows ingest_sql json_bigquery json_duckdb json_functions json_spark json_trino landing_tables": "tests/integration/warehouse/engines/test_ingest.py, tests/engines/test_ingest_rows.py",
    "cli/publishing: marts_source warehouse": "tests/integration/warehouse/test_marts.py",
    "cli/commands: catalog": "tests/integration/warehouse/test_marts.py",
    "warehouse: database_errors evidence incident_scopes python_tables query transactions views": "tests/integration/warehouse",
    "warehouse/dashboard: data series string_table": "tests/unit/warehouse/dashboard/test_page.py",
    "warehouse/ingest: row_sql source": "tests/integration/warehouse/ingest/test_merge.py",
    "warehouse/report: empty_state evidence_model model": "tests/unit/warehouse/report/test_as_text.py",
    "warehouse/report: settings_model": "tests/unit/warehouse/report/test_targets.py",
    "warehouse/report: marts": "tests/integration/warehouse/report/test_build.py",
    "warehouse/report: left_out_model": "tests/integration/warehouse/report/test_left_out.py",
    "warehouse/services: assignment model": "tests/unit/warehouse/test_services.py",
    "warehouse/schema: columns json_types system_tables": "tests/integration/warehouse/schema/test_metric_tables.py",
}
"""Modules without a test of their own, by folder (`*`: all of it), and what tests them."""


def python_files(folder: str) -> list[str]:
    return sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*.py"))


TESTS = [path for path in python_files("tests") if Path(path).name.startswith("test_") and "/npm/" not in path]
MODULES = [path for package in PACKAGES for path in python_files(package) if not path.endswith("__init__.py")]


def places_of(module: str) -> list[str]:
    """Return where the tests of a module may be."""
    path = Path(module)
    return [f"{folder}/{path.parent.as_posix()}/test_{path.name.lstrip('_')}" for folder in FOLDERS]


def is_of_module(test: str) -> bool:
    """Return whether a test's path is that of a module, or of a package for a test of all its modules."""
    path = ROOT / Path(test).relative_to("tests/unit")
    name = path.stem.removeprefix("test_")
    return any((path.parent / part).exists() for part in (f"{name}.py", f"_{name}.py", f"{name}/__init__.py"))


def is_listed(module: str, entry: str) -> bool:
    """Return whether an entry of COVERED names a module."""
    folder, _, listed = entry.partition(": ")
    path = Path(module)
    return path.parent.as_posix() == folder and (listed == "*" or path.stem in listed.split())


UNTESTED = [module for module in MODULES if not any((ROOT / test).exists() for test in places_of(module))]


@pytest.mark.parametrize("test", [path for path in TESTS if path.startswith("tests/unit/")])
def test_a_unit_test_has_the_path_of_its_module(test: str) -> None:
    assert is_of_module(test) or test.startswith(WITHOUT_MODULE)


def test_every_module_has_a_test_or_a_reason() -> None:
    assert [module for module in UNTESTED if not any(is_listed(module, entry) for entry in COVERED)] == []


@pytest.mark.parametrize("entry", COVERED)
def test_every_reason_is_needed_and_names_existing_tests(entry: str) -> None:
    folder, _, listed = entry.partition(": ")
    unneeded = [name for name in listed.split() if name != "*" and f"{folder}/{name}.py" not in UNTESTED]
    assert unneeded == []
    assert any(is_listed(module, entry) for module in UNTESTED)
    places = re.findall(r"tests/[\w/*.]+\w", COVERED[entry])
    assert [pattern for pattern in places if not list(ROOT.glob(pattern))] == []
    assert places


def test_the_check_notices_a_misplaced_test_and_an_unlisted_module() -> None:
    assert not is_of_module("tests/unit/core/test_nothing.py")
    assert is_of_module("tests/unit/core/jobs/test_delivery_scan.py")
    assert not any(is_listed("core/nothing.py", entry) for entry in COVERED)


def names(text: str) -> list[str]:
    nodes = ast.walk(ast.parse(text))
    functions = [node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [name for name in functions if name.startswith("test_")]


def test_every_test_has_a_short_name() -> None:
    tests = [(path, name) for path in TESTS for name in names((ROOT / path).read_text())]
    assert len(tests) > 2_000
    assert [(path, name) for path, name in tests if len(name) > LONGEST_NAME] == []
