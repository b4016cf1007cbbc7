import json
from datetime import datetime

import pytest

from core.errors import Unavailable
from tests.builders import NOW, signed, webhook
from tests.unit.warehouse.record_factory import (
    METRICS,
    PAYLOADS,
    Files,
    content,
    database,
    dumped,
    files,
    merged,
    one,
    record,
    rejects,
    text,
)
from warehouse.database import open_database
from warehouse.ingest.merge import Merged
from warehouse.schema.metric_tables import tables

RECEIVED = datetime(2026, 11, 24, 6)
LATER = NOW + 60_000


def test_a_record_becomes_a_row_to_the_field() -> None:
    with database(files(record("check-suite"))) as connection:
        assert one(connection, "FROM check_suite") == (
            "github.com",
            "186853002",
            "118578147",
            1795167527000,
            "octo-org/hello-world/check-suite/118578147-1795167527000",
            "here",
            "octo-org/hello-world/check-suite/2026-11-20/118578147-1795167527000.json",
            "success",
            "octo-org",
            "hello-world",
            186853002,
            RECEIVED,
            "72d3162e-cc78-11e3-81ab-4c9367dc0958",
            "webhook",
            [],
            2,
            118578147,
            "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
            [{"id": 279147437}, {"id": 279147499}],
            datetime(2026, 11, 20, 9, 31, 2),
            "success",
            True,
            datetime(2026, 11, 20, 9, 38, 47),
            "changes",
        )


def test_what_is_nested_keeps_its_types() -> None:
    with database(files(record("workflow-job"))) as connection:
        assert one(connection, "SELECT steps[1] FROM workflow_job")[0] == {
            "name": "Set up job",
            "conclusion": "success",
            "number": 1,
            "started_at": datetime(2026, 11, 20, 10),
            "completed_at": datetime(2026, 11, 20, 10, 0, 2),
            "duration": 2000,
        }


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_is_merged_into_its_own_table(metric: str) -> None:
    with database(files(record(metric))) as connection:
        rows = {
            table.metric.name: one(connection, f"SELECT count(*) FROM {table.name}")[0] for table in tables().values()
        }
        assert (rows.pop(metric), set(rows.values()), rejects(connection)) == (1, {0}, {})


def test_every_metric_has_a_sample_here() -> None:
    assert set(PAYLOADS) == set(METRICS)


@pytest.mark.parametrize("metric", [name for name, metric in METRICS.items() if metric.versioned])
def test_of_a_versioned_metric_the_key_is_a_number_and_a_version(metric: str) -> None:
    key = METRICS[metric].key(signed(METRICS[metric].trigger, webhook(PAYLOADS[metric])))
    with database(files(record(metric))) as connection:
        stored_key = one(connection, f"SELECT [identity], [version] FROM {tables()[metric].name}")
    assert stored_key == ([str(part) for part in key.identity], list(key.version))


def test_a_missing_version_is_the_earliest() -> None:
    bare = record("check-suite", check_suite__updated_at=None)
    with database(files(bare, record("check-suite"))) as connection:
        assert one(connection, "SELECT identity, version FROM check_suite") == ("118578147", 1795167527000)


def test_what_is_merged_twice_changes_nothing_and_is_not_read_again() -> None:
    store = Files(files(*map(record, METRICS)))
    with open_database(":memory:") as connection:
        assert merged(connection, store) == Merged(len(METRICS), 0, len(METRICS))
        before, reads = dumped(connection), store.reads
        assert merged(connection, store) == Merged(0, 0, 0)
        assert (dumped(connection), store.reads) == (before, reads)


def test_only_what_is_new_is_read() -> None:
    store = Files(files(record("check-suite")))
    with database(store) as connection:
        store.put(files(record("review")))
        assert merged(connection, store) == Merged(1, 0, 1)
        assert store.reads == 2


def test_the_same_files_of_another_source_are_no_new_facts() -> None:
    contents = files(*map(record, METRICS))
    with database(contents) as connection:
        assert merged(connection, contents, name="there") == Merged(len(METRICS), 0, 0)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("worse", "better"),
    [
        pytest.param(
            record("commits-per-pr", status="networkError", received_at=LATER), record("commits-per-pr"), id="success"
        ),
        pytest.param(
            record("check-suite", received_at=LATER),
            record("check-suite", check_suite__updated_at="2026-11-20T10:00:00Z"),
            id="later version",
        ),
        pytest.param(
            record("workflow-job", received_at=LATER), record("workflow-job", workflow_job__run_attempt=3), id="attempt"
        ),
        pytest.param(record("review"), record("review", received_at=LATER), id="newest"),
        pytest.param(
            record("review"), record("review", received_at=LATER, repository__name="renamed"), id="of a new name"
        ),
        pytest.param(
            record("release-versions"),
            record("release-versions", received_at=LATER, repository__name="renamed"),
            id="tag of a new name",
        ),
    ],
)
def test_of_two_records_of_one_fact_the_better_one_stays_in_any_order(
    worse: object, better: object, order: int
) -> None:
    with open_database(":memory:") as connection:
        for item in (worse, better)[::order]:
            merged(connection, files(item), name=str(id(item)))  # type: ignore[arg-type]
        with open_database(":memory:") as alone:
            merged(alone, files(better), name=str(id(better)))  # type: ignore[arg-type]
            assert dumped(connection) == dumped(alone)


def test_the_same_tag_of_two_repositories_is_two_facts() -> None:
    other = record("release-versions", repository__id=7, repository__name="other")
    with database(files(record("release-versions"), other)) as connection:
        assert connection.execute("SELECT repository_key FROM release_versions ORDER BY ALL").fetchall() == [
            ("186853002",),
            ("7",),
        ]


def test_a_snapshot_without_repository_id_is_resolved_by_name() -> None:
    named = record("tooling-usage")
    with database(files(named)) as connection:
        assert one(connection, "SELECT repository_key FROM tooling_usage") == ("octo-org/hello-world",)
        merged(connection, files(record("review")), name="there")
        assert one(connection, "SELECT repository_key FROM tooling_usage") == ("186853002",)
        merged(connection, files(record("tooling-usage", repository_id=186853002, received_at=LATER)), name="elsewhere")
        assert one(connection, "SELECT repository_id FROM tooling_usage") == (186853002,)


def test_an_older_record_has_null_in_fields_added_since() -> None:
    older = record("workflow-job")
    with database({older.path: text(older, output__head_branch=...)}) as connection:
        assert one(connection, "SELECT id, head_branch FROM workflow_job") == (2832853555, None)


def test_a_newer_record_is_merged_without_its_unknown_fields() -> None:
    newer = record("review")
    with database({newer.path: text(newer, output__mood="good", weather={"sun": True})}) as connection:
        assert one(connection, "SELECT id FROM review") == (237895671,)


def test_spaces_and_the_order_of_the_keys_do_not_matter() -> None:
    event_record = record("review")
    spaced = json.dumps(dict(reversed(json.loads(content(event_record)).items())), indent=2).encode()
    with database(files(event_record)) as connection, database({event_record.path: spaced}) as other:
        assert dumped(connection) == dumped(other)


def test_of_what_is_ours_alone_only_the_ledger_is_read() -> None:
    store = Files(
        {
            "_system/receipts/2026-11-24/a.jsonl": b"{}",
            "_system/cursors/recover.json": b"{}",
            "README.md": b"# Telemetry",
        }
    )
    with database(store) as connection:
        assert (store.reads, rejects(connection)) == (0, {})


@pytest.mark.parametrize("root", ["", "data/telemetry/"])
def test_records_are_read_with_or_without_a_root(root: str) -> None:
    contents = {f"data/telemetry/{path}": text for path, text in files(record("review")).items()}
    with database({**contents, "data/telemetry/_system/cursors/x.json": b"{}"}, root=root) as connection:
        assert one(connection, "SELECT id FROM review") == (237895671,)
        assert rejects(connection) == {}


def test_files_outside_the_root_are_ignored() -> None:
    store = Files({"package.json": b"{}", "data-old/a.json": b"{}", "data/a.json": b"{}"})
    with database(store, root="data/") as connection:
        assert rejects(connection) == {"a.json": "no record: it has no created_at"}


def test_a_failing_store_keeps_finished_chunks_and_is_read_again() -> None:
    contents = files(*map(record, METRICS))
    store = Files(contents)
    store.fails_at = 6
    with open_database(":memory:") as connection:
        with pytest.raises(Unavailable):
            merged(connection, store, files=2)
        assert one(connection, "SELECT count(*) FROM sources") == (0,)
        merged(connection, store, files=2)
        with database(contents) as other:
            assert dumped(connection) == dumped(other)


def test_progress_is_reported_from_zero_to_the_total() -> None:
    seen: list[tuple[int, int]] = []
    with open_database(":memory:") as connection:
        contents = files(*map(record, METRICS))
        merged(connection, contents, files=5, advance=lambda done, total: seen.append((done, total)))
    total = len(METRICS)
    assert seen == [*((done, total) for done in range(0, total, 5)), (total, total)]


def test_a_file_deleted_before_it_is_read_is_no_reject() -> None:
    store = Files(files(record("review")))
    store.files.clear()
    with database(store) as connection:
        assert (rejects(connection), one(connection, "SELECT count(*) FROM review")) == ({}, (0,))
