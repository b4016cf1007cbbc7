from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.app import app
from warehouse.engines import script

runner = CliRunner()


@pytest.fixture(autouse=True)
def no_translation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "translate", lambda *_: "SELECT 1 AS n")


def test_the_statements_are_printed_with_the_dataset_and_the_location() -> None:
    found = runner.invoke(app, ["models", "bigquery", "--location", "gs://octo/data/", "--dataset", "delivery"])
    assert found.exit_code == 0
    assert found.stdout.startswith("CREATE SCHEMA IF NOT EXISTS delivery;\n\n")
    assert "uris = ['gs://octo/data/analytics/catalog/catalog/*.parquet']);\n" in found.stdout
    assert "CREATE OR REPLACE TABLE delivery.releases AS\nSELECT 1 AS n;\n" in found.stdout


def test_the_facts_are_printed_alone_for_the_catalog() -> None:
    found = runner.invoke(app, ["models", "spark", "--location", "s3a://octo/data", "--facts"])
    statements = found.stdout.strip().split("\n\n")
    assert all(
        statement.startswith("INSERT OVERWRITE DIRECTORY 's3a://octo/data/analytics/facts/run=")
        for statement in statements
    )
    assert "/manifest/" in statements[-1]


def test_the_ingest_is_printed_alone_from_a_day_on() -> None:
    found = runner.invoke(
        app, ["models", "bigquery", "--location", "gs://octo/data", "--ingest", "--since", "2026-12-05"]
    )
    assert "uris = ['gs://octo/data/landing/*']" in found.stdout
    assert "DELETE FROM telemetry.landed_review WHERE landed_day >= CAST('2026-12-05' AS DATE);\n" in found.stdout
    assert "/catalog/" not in found.stdout


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "2026-12-05' OR TRUE"])
def test_what_is_no_day_is_refused(day: str) -> None:
    found = runner.invoke(app, ["models", "spark", "--location", "s3a://octo/data", "--ingest", "--since", day])
    assert (found.exit_code, found.stdout) == (2, "")
    assert "is no day: write it as YYYY-MM-DD" in found.stderr


def test_a_run_on_athena_is_named_by_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.clock.now", lambda: 1_764_590_400_000)
    found = runner.invoke(app, ["models", "athena", "--location", "s3://octo/data"])
    assert "external_location = 's3://octo/data/analytics/models/20251201T120000/releases/'" in found.stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["bigquery", "--location", "s3://octo/data"], "no folder that bigquery reads: name one as gs://BUCKET/PREFIX"),
        (["athena", "--location", "gs://octo/data"], "no folder that athena reads: name one as s3://BUCKET/PREFIX"),
        (["spark", "--location", "s3a://octo/da'ta"], "no folder that spark reads"),
        (["spark", "--location", ""], "no folder that spark reads"),
        (["spark", "--location", "s3a://octo", "--dataset", "a.b"], "--dataset a.b is no name"),
        (["mysql", "--location", "s3://octo"], "'mysql' is not one of"),
    ],
)
def test_what_an_engine_cannot_use_is_refused(arguments: list[str], reason: str) -> None:
    found = runner.invoke(app, ["models", *arguments])
    assert found.exit_code == 2
    assert reason in " ".join(found.output.replace("│", " ").split())
    assert found.stdout == ""


def test_a_project_of_dbt_is_written_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [("dbt_project.yml", "name: x\n"), ("models/releases.sql", "SELECT 1\n")]
    monkeypatch.setattr("warehouse.engines.dbt.project", lambda target: files if target.dataset == "delivery" else [])
    folder = tmp_path / "project"
    options = ["--location", "gs://octo/data", "--dataset", "delivery", "--dbt", str(folder)]
    found = runner.invoke(app, ["models", "bigquery", *options])
    assert found.stdout == f"{folder}: 2 files. `dbt build` makes the tables.\n"
    assert {path: (folder / path).read_text() for path, _ in files} == dict(files)


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.engines.dbt.project", lambda _: [("dbt_project.yml", "")])
    (tmp_path / "file").touch()
    found = runner.invoke(app, ["models", "spark", "--location", "s3a://octo", "--dbt", str(tmp_path / "file")])
    assert found.exit_code == 1
    assert "cannot be written" in found.stderr
