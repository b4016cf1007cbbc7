import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.unit.warehouse.record_factory import METRICS, Files, dumped, files, merged, one, record
from warehouse.database import DatabaseError, open_database, open_read_only, sources_to_remerge
from warehouse.ingest.merge import Merged

RECORDS = files(*map(record, METRICS))


def create_database(path: Path) -> Path:
    """Create a database with records, and a view as the report creates them."""
    with open_database(path) as connection:
        merged(connection, RECORDS)
        connection.execute("CREATE VIEW busy AS FROM review; CREATE VIEW busier AS FROM busy")
    return path


def test_a_database_that_is_opened_again_keeps_what_it_holds(tmp_path: Path) -> None:
    path = create_database(tmp_path / "x.duckdb")
    with open_database(path) as connection:
        assert one(connection, "SELECT count(*) FROM busier") == (1,)
        assert merged(connection, RECORDS) == Merged(0, 0, 0)


@pytest.mark.parametrize("change", ["number = 0, fingerprint = 'other'", "fingerprint = 'other'"])
def test_a_database_of_an_older_layout_is_rebuilt_from_the_beginning(tmp_path: Path, change: str) -> None:
    path = create_database(tmp_path / "x.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            f"UPDATE layout SET {change}; ALTER TABLE review DROP COLUMN state; CREATE TABLE gone (a INT)"
        )
    with open_database(path) as connection, open_database(":memory:") as fresh:
        assert sources_to_remerge(connection) == ["here"]
        assert one(connection, "SELECT count(*) FROM review") == (0,)
        assert merged(connection, RECORDS) == Merged(len(METRICS), 0, len(METRICS))
        merged(fresh, RECORDS)
        assert (dumped(connection), sources_to_remerge(connection)) == (dumped(fresh), [])


def test_a_name_in_an_older_database_is_never_sql(tmp_path: Path) -> None:
    path = create_database(tmp_path / "x.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE layout SET fingerprint = 'other'")
        connection.execute('CREATE TABLE "x""; CREATE TABLE injected (a INT); --" (a INT)')
        connection.execute('CREATE VIEW "y""; CREATE TABLE injected (a INT); --" AS SELECT 1')
    with open_database(path) as connection:
        tables = connection.execute(
            "SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views()"
        )
        names = {name for (name,) in tables.fetchall()}
    assert [name for name in names if "injected" in name] == []


def test_an_older_database_without_sources_is_recreated(tmp_path: Path) -> None:
    path = create_database(tmp_path / "x.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE layout SET fingerprint = 'other'; DROP TABLE sources")
    with open_database(path) as connection:
        assert sources_to_remerge(connection) == []


def test_a_database_of_a_newer_version_is_not_changed(tmp_path: Path) -> None:
    path = create_database(tmp_path / "x.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE layout SET number = 999, fingerprint = 'other'")
    before = path.read_bytes()
    for way in (open_database, open_read_only):
        with pytest.raises(DatabaseError, match="newer version of telemetry-functions"), way(path):
            pass
    assert path.read_bytes() == before


@pytest.mark.parametrize("statement", ["CREATE TABLE customers (id INT)", "CREATE TABLE layout (theme VARCHAR)"])
def test_a_database_of_another_program_is_not_changed(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "x.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)
    before = path.read_bytes()
    with pytest.raises(DatabaseError, match="another program: name another file"), open_database(path):
        pass
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"SQLite format 3\0" + b"x" * 5000, b"hello", b"\0" * 20_000])
def test_a_file_that_is_no_database_is_not_changed(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.duckdb"
    path.write_bytes(content)
    with pytest.raises(DatabaseError, match=r"x\.duckdb cannot be used: "), open_database(path):
        pass
    assert path.read_bytes() == content


def test_a_database_that_was_cut_short_is_no_database(tmp_path: Path) -> None:
    path = create_database(tmp_path / "x.duckdb")
    path.write_bytes(path.read_bytes()[:15_000])
    with pytest.raises(DatabaseError, match="cannot be used"), open_database(path) as connection:
        connection.execute("SELECT * FROM review").fetchall()


def test_an_impossible_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="cannot be used"), open_database(tmp_path / "nowhere" / "x.duckdb"):
        pass
    with pytest.raises(DatabaseError, match="cannot be used"), open_database(tmp_path):
        pass


def test_a_database_that_another_process_has_says_so(tmp_path: Path) -> None:
    path = create_database(tmp_path / "x.duckdb")
    holding = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", holding, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        child.stdout.readline()
        with pytest.raises(DatabaseError, match="Conflicting lock is held"), open_database(path):
            pass
        child.stdin.close()
        child.wait()


def test_what_is_opened_to_be_read_cannot_be_written(tmp_path: Path) -> None:
    with open_read_only(create_database(tmp_path / "x.duckdb")) as connection:
        assert one(connection, "SELECT count(*) FROM review") == (1,)
        with pytest.raises(duckdb.Error, match="read-only"):
            connection.execute("DELETE FROM review")


def test_an_absent_empty_or_older_database_asks_for_a_merge(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    with pytest.raises(
        DatabaseError, match=r"there is no .*x\.duckdb yet: `telemetry merge --database .*x\.duckdb` creates it"
    ):
        open_read_only(path).__enter__()
    duckdb.connect(str(path)).close()
    with (
        pytest.raises(DatabaseError, match=r"is empty: `telemetry merge --database \S+` fills it"),
        open_read_only(path),
    ):
        pass
    path.unlink()
    with duckdb.connect(str(create_database(path))) as connection:
        connection.execute("UPDATE layout SET fingerprint = 'other'")
    with (
        pytest.raises(DatabaseError, match=r"an older version: `telemetry merge --database \S+` rebuilds it"),
        open_read_only(path),
    ):
        pass


def test_a_merge_that_is_interrupted_leaves_nothing_half_done(tmp_path: Path) -> None:
    store = Files(RECORDS)
    store.fails_at = 1
    with open_database(tmp_path / "x.duckdb") as connection:
        before = dumped(connection)
        with pytest.raises(Exception, match="the store is out"):
            merged(connection, store)
        assert dumped(connection) == before
