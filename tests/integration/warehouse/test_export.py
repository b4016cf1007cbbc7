from pathlib import Path
from typing import Any

import duckdb
import pytest

from core.errors import Unavailable
from tests.unit.warehouse.record_factory import METRICS, database, files, merged, original, record
from warehouse.database import open_database
from warehouse.export import export
from warehouse.schema.metric_tables import tables


def parquet(folder: Path, metric: str) -> list[Any]:
    """Return all rows of a metric, as another tool would read them."""
    with duckdb.connect() as connection:
        table = f"read_parquet('{folder}/metric={metric}/*/*.parquet', hive_partitioning = true)"
        return connection.execute(f"SELECT * EXCLUDE (day, metric) FROM {table} ORDER BY ALL").fetchall()


def test_every_fact_is_in_the_files_of_its_metric_and_day_with_its_types(tmp_path: Path) -> None:
    with database(files(*map(record, METRICS))) as connection:
        assert export(connection, tmp_path) == dict.fromkeys(METRICS, 1)
        for metric, table in tables().items():
            assert parquet(tmp_path, metric) == connection.execute(f"FROM {table.name}").fetchall()
    written = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.parquet"))
    assert written[0] == "metric=check-suite/day=2026-11-20/facts0.parquet"
    assert "metric=review/day=2026-11-19/facts0.parquet" in written
    assert "metric=release-versions/day=2026-11-24/facts0.parquet" in written


def test_an_original_record_belongs_to_the_day_of_its_receipt(tmp_path: Path) -> None:
    with database(original(record("check-suite"))) as connection:
        export(connection, tmp_path)
    assert [path.name for path in (tmp_path / "metric=check-suite").iterdir()] == ["day=2026-11-24"]


def test_an_export_replaces_the_one_before_it_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / ".new-metric=review").mkdir()
    (tmp_path / "metric=review" / "day=1999-01-01").mkdir(parents=True)
    with database(files(record("review"))) as connection:
        export(connection, tmp_path)
        first = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
        export(connection, tmp_path)
        assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == first
        merged(connection, files(record("review", review__id=7, review__submitted_at="2026-11-18T00:00:00Z")), name="b")
        export(connection, tmp_path)
    days = [f"metric=review/day=2026-11-{day}" for day in (18, 19)]
    expected = [*days, *(f"{day}/facts0.parquet" for day in days), "metric=review", "notes.txt"]
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")) == sorted(expected)


def test_a_metric_without_facts_has_no_folder(tmp_path: Path) -> None:
    (tmp_path / "metric=review").mkdir()
    with open_database(":memory:") as connection:
        assert export(connection, tmp_path / "new") == {}
        assert export(connection, tmp_path) == {}
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_an_impossible_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with open_database(":memory:") as connection, pytest.raises(Unavailable, match="file: file exists"):
        export(connection, tmp_path / "file")


def test_a_folder_whose_name_has_a_quote_is_a_folder(tmp_path: Path) -> None:
    with database(files(record("review"))) as connection:
        export(connection, tmp_path / "it's")
    assert len(list((tmp_path / "it's").rglob("*.parquet"))) == 1
