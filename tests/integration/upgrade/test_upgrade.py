"""What the last commit of schema 1 wrote is read by this one: records, queue messages and a database."""

import gzip
import json
from pathlib import Path

import pytest

from core.collect_metrics import collect_metrics
from core.events import RECOVERY, Record
from core.message import decode
from core.stores.directory import DirectoryStore
from tests.builders import NOW, processing
from tests.unit.warehouse.record_factory import reader_of_webhooks, rejects
from warehouse.database import DatabaseError, open_database, open_read_only, sources_to_remerge
from warehouse.ingest.fast_path import insert_canonical
from warehouse.ingest.merge import facts, merge
from warehouse.ingest.source import Source

HERE = Path(__file__).parent
RECORDS = sorted((HERE / "schema_1").rglob("*.json"))
FILES, FACTS = 28, 26
"""Two files are of the TypeScript original, of facts that current records have, too."""


def source() -> Source:
    return Source(DirectoryStore(str(HERE / "schema_1")), "schema_1")


def test_every_record_of_schema_1_is_merged() -> None:
    assert len(RECORDS) == FILES
    with open_database(":memory:") as connection:
        result = merge(connection, source(), now=lambda: NOW)
        assert rejects(connection) == {}
        assert (result.files, result.added) == (FILES, FACTS)


def test_records_of_schema_1_are_inserted_without_validation() -> None:
    """Or a store of a million of them would merge in twice the time. Those of the TypeScript original are validated."""
    texts = {str(path.relative_to(HERE / "schema_1")): path.read_text() for path in RECORDS}
    with open_database(":memory:") as connection:
        others = insert_canonical(connection, texts, "schema_1", NOW)
    assert [path for path in others if "id" in json.loads(texts[path])] == []
    assert len(others) == FILES - FACTS


def test_a_number_out_of_range_is_validated_in_schema_1() -> None:
    (path,) = (path for path in RECORDS if "workflow-job/2026" in str(path))
    name, text = str(path.relative_to(HERE / "schema_1")), path.read_text()
    odd = text.replace('"duration":300000', '"duration":-1')
    assert odd != text
    with open_database(":memory:") as connection:
        assert insert_canonical(connection, {name: odd}, "schema_1", NOW) == {name: odd}


def test_a_database_of_schema_1_is_merged_again(tmp_path: Path) -> None:
    file = tmp_path / "telemetry.duckdb"
    file.write_bytes(gzip.decompress((HERE / "database_1.duckdb.gz").read_bytes()))
    with pytest.raises(DatabaseError, match="the layout of an older version"), open_read_only(file):
        pass
    with open_database(file) as connection:
        assert (facts(connection), sources_to_remerge(connection)) == (0, ["schema_1"])
        merge(connection, source(), now=lambda: NOW)
        assert (facts(connection), rejects(connection)) == (FACTS, {})


def test_every_message_of_version_1_becomes_the_records_of_its_time() -> None:
    """Fields that the message cannot tell are absent or null; each other value is as it was."""
    stored = {}
    for path in RECORDS:
        record = json.loads(path.read_text())
        stored[record.get("id")] = record["output"]
    services = processing(None, reader_of_webhooks())
    records: list[Record] = []
    for line in (HERE / "messages_1.jsonl").read_text().splitlines():
        event = decode(line)._replace(failed_reads=2, collected_by=RECOVERY)
        collected = collect_metrics(event, services)
        assert collected.failure is None
        records += collected.records
    assert len(records) >= 15
    for record in records[:-2]:  # the last message is a longer one of the same job
        assert _without_new(record.event.output, stored[record.event.id]) == stored[record.event.id]


def _without_new(new: object, old: object) -> object:
    """Return the parts of a value that the old value has, at every depth."""
    if isinstance(new, dict) and isinstance(old, dict):
        return {name: _without_new(new[name], value) for name, value in old.items()}
    if isinstance(new, list) and isinstance(old, list):
        return [_without_new(*pair) for pair in zip(new, old, strict=True)]
    return new
