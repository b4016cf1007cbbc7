import pytest

from warehouse.engines.exports import export, export_facts, export_marts


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        (
            "bigquery",
            (
                "EXPORT DATA OPTIONS (uri = 'gs://b/x/*.parquet', format = 'PARQUET', compression = 'SNAPPY', "
                "overwrite = true) AS\nSELECT 1"
            ),
        ),
        ("athena", "UNLOAD (\nSELECT 1\n)\nTO 'gs://b/x/'\nWITH (format = 'PARQUET', compression = 'SNAPPY')"),
        ("spark", "INSERT OVERWRITE DIRECTORY 'gs://b/x/' USING PARQUET\nSELECT 1"),
    ],
)
def test_an_engine_writes_parquet_in_its_own_words(engine: str, expected: str) -> None:
    assert export(engine, "SELECT 1", "gs://b/x/") == expected


def test_every_run_writes_its_own_folder_and_the_manifest_last() -> None:
    for written, kind in ((export_facts, "facts"), (export_marts, "marts")):
        found = list(written("spark", lambda query: query, "s3://b/t", "20261201T170000"))
        places = [statement.splitlines()[0].split("'")[1] for statement in found]
        assert len({*places}) == len(places) > 10
        assert {place.rpartition("run=")[0] for place in places} == {f"s3://b/t/{kind}/"}
        assert places[-1] == f"s3://b/t/{kind}/run=20261201T170000/manifest/"


def test_the_marts_are_read_from_their_tables() -> None:
    *_, settings, first, last = export_marts("spark", lambda query: query.lower(), "b", "1")
    assert last.endswith("select name, row_count, mart_run, version from mart_manifest")
    assert "happened_ms, item, value" in settings + first
    assert "happened_at" not in settings + first
