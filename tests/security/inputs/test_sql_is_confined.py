"""SQL of a user, and database files of somebody else, reach their own database file and nothing else."""

import hashlib
import shutil
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from cli.app import app
from tests.unit.warehouse.record_factory import METRICS, content, record

SECRET = "the-content-of-a-secret-file"
ATTACKS = [
    "SELECT * FROM read_text('{secret}')",
    "SELECT * FROM read_blob('{secret}')",
    "SELECT * FROM read_csv('{secret}')",
    "SELECT * FROM read_json('{secret}')",
    "SELECT * FROM read_json_objects('{secret}')",
    "SELECT * FROM read_parquet('{parquet}')",
    "SELECT * FROM parquet_metadata('{parquet}')",
    "SELECT * FROM sniff_csv('{secret}')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM '{secret}'",
    "SELECT * FROM '{parquet}'",
    "SELECT * FROM query('SELECT * FROM read_text(''{secret}'')')",
    "SELECT * FROM query_table('{secret}')",
    "SELECT (SELECT content FROM read_text('{secret}')) FROM review",
    "WITH x AS MATERIALIZED (FROM read_text('{secret}')) SELECT * FROM x",
    "CREATE TEMP VIEW v AS FROM read_text('{secret}'); FROM v",
    "CREATE TEMP MACRO m() AS TABLE FROM read_text('{secret}'); FROM m()",
    "SELECT * FROM read_text('/proc/self/environ')",
    "SELECT * FROM read_text('file://{secret}')",
    "SELECT * FROM read_text('https://example.com/')",
    "SELECT * FROM read_parquet('s3://bucket/key')",
    "SELECT getenv('HOME')",
    "ATTACH '{other}' AS other",
    "ATTACH '{new}' AS new",
    "ATTACH 'md:' AS cloud",
    "COPY review TO '{new}'",
    "COPY (SELECT 1) TO '{new}' (FORMAT parquet)",
    "COPY (SELECT 1) TO '/dev/stderr'",
    "SELECT 1; COPY (SELECT 1) TO '{new}'",
    "COPY review FROM '{secret}'",
    "COPY FROM DATABASE telemetry TO other",
    "EXPORT DATABASE '{new}'",
    "IMPORT DATABASE '{folder}'",
    "PRAGMA import_database('{folder}')",
    "INSTALL httpfs",
    "FORCE INSTALL spatial",
    "INSTALL h3 FROM community",
    "INSTALL '{secret}'",
    "LOAD httpfs",
    "LOAD '{secret}'",
    "UPDATE EXTENSIONS",
    "CREATE PERSISTENT SECRET s (TYPE http, BEARER_TOKEN 'x')",
    "SET enable_external_access = true",
    "SET GLOBAL enable_external_access = true",
    "RESET enable_external_access",
    "SET lock_configuration = false",
    "RESET lock_configuration",
    "PRAGMA lock_configuration = false",
    "SET allowed_paths = ['{secret}']",
    "SET allowed_directories = ['{folder}']",
    "SET disabled_filesystems = ''",
    "SET temp_directory = '{new}'",
    "PRAGMA temp_directory = '{new}'",
    "SET home_directory = '{folder}'",
    "SET secret_directory = '{new}'",
    "SET extension_directory = '{new}'",
    "SET allow_unsigned_extensions = true",
    "SET custom_extension_repository = 'http://127.0.0.1:9'",
    "SET autoinstall_known_extensions = true",
    "SET log_query_path = '{new}'",
    "SET profiling_output = '{new}'",
    "PRAGMA enable_profiling = 'json'",
    "PRAGMA profiling_output = '{new}'",
    "CALL enable_logging(storage = 'file', storage_path = '{new}')",
    "SET memory_limit = '1TB'",
    "CALL start_ui()",
    "SELECT * FROM sqlite_scan('{secret}', 't')",
    "SELECT * FROM st_read('{secret}')",
    "SELECT * FROM rows",  # a variable of the process, which Python's client would take for a table
    ".open {other}",
    ".read {secret}",
    "DELETE FROM review",
    "CREATE TABLE t AS SELECT 1",
    "DROP TABLE review",
]


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of records, the database that they are merged into, and files outside that are no business of SQL."""
    arena = tmp_path_factory.mktemp("arena")
    for name in ("home", "outside"):
        (arena / name).mkdir()
    (arena / "outside" / "secret.txt").write_text(SECRET)
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT '{SECRET}' AS told) TO '{arena}/outside/secret.parquet'")
    with duckdb.connect(str(arena / "outside" / "other.duckdb")) as connection:
        connection.execute(f"CREATE TABLE told AS SELECT '{SECRET}' AS told")
    for metric in METRICS:
        path = arena / "records" / record(metric).path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(record(metric)))
    assert ran("merge", str(arena / "records"), "--database", str(arena / "telemetry.duckdb"))[0] == 0
    return arena


@pytest.fixture(scope="module")
def untouched(arena: Path) -> dict[str, str]:
    """What the arena holds before the attacks, none of which may change it."""
    return tree(arena)


@pytest.fixture
def folder(arena: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The arena, with its home folder as this user's."""
    monkeypatch.setenv("HOME", str(arena / "home"))
    return arena


def ran(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.exit_code, result.output


def tree(folder: Path) -> dict[str, str]:
    """Every file, with the sum of its content; of a folder nothing."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "" for path in folder.rglob("*")
    }


@pytest.mark.parametrize("attack", ATTACKS)
def test_sql_reads_writes_and_installs_nothing(folder: Path, untouched: dict[str, str], attack: str) -> None:
    outside = folder / "outside"
    query = attack.format(
        secret=outside / "secret.txt",
        parquet=outside / "secret.parquet",
        other=outside / "other.duckdb",
        folder=outside,
        new=outside / "new",
    )
    code, said = ran("sql", query, "--format", "json", "--database", str(folder / "telemetry.duckdb"))
    assert (code, said.count("\n"), SECRET in said) == (2, 1, False)
    assert tree(folder) == untouched


def test_what_is_read_is_not_written_either_when_it_ends_well(folder: Path) -> None:
    before = tree(folder)
    for query in ("SELECT count(*) FROM review", "CREATE TEMP TABLE t AS SELECT 1; FROM t", "CHECKPOINT", "SELECT 1"):
        assert ran("sql", query, "--database", str(folder / "telemetry.duckdb"))[0] == 0
    assert tree(folder) == before


CRAFTED = {
    "a view that reads a file": "CREATE VIEW evil AS SELECT content FROM read_text('{secret}')",
    "one of our views": "DROP VIEW IF EXISTS {view} CASCADE; CREATE VIEW {view} AS SELECT * FROM read_text('{secret}')",
    "a macro under a function's name": "CREATE MACRO epoch_ms(x) AS (SELECT content FROM read_text('{secret}'))",
    "a macro under another function's name": "CREATE MACRO lower(x) AS (SELECT content FROM read_text('{secret}'))",
    "a table function": "CREATE MACRO evil() AS TABLE SELECT content FROM read_text('{secret}')",
    "one of our tables as a view": "DROP TABLE review CASCADE; CREATE VIEW review AS SELECT * FROM read_text('{secret}')",
    "the catalog as a view": "DROP TABLE IF EXISTS catalog CASCADE; CREATE VIEW catalog AS SELECT * FROM read_text('{secret}')",
    "the layout as a view": "DROP TABLE layout; CREATE VIEW layout AS SELECT content AS number, '' AS fingerprint FROM read_text('{secret}')",
    "a layout of another type": "DROP TABLE layout; CREATE TABLE layout AS SELECT 'x' AS number, [1] AS fingerprint",
    "a layout of nothing": "DROP TABLE layout; CREATE TABLE layout (number INT, fingerprint INT); INSERT INTO layout VALUES (NULL, NULL)",
}
COMMANDS = [
    ["report", "telemetry.duckdb"],
    ["report", "records", "--database", "telemetry.duckdb"],
    ["report", "telemetry.duckdb", "--evidence", "all", "--format", "csv"],
    ["dashboard", "telemetry.duckdb", "--output", "page.html"],
    ["publish", "telemetry.duckdb", "published"],
    ["export", "parquet"],
    ["merge", "records"],
    ["sql", "FROM evil"],
    ["sql", "SELECT lower('A'), epoch_ms(now()) FROM review"],
    ["sql", "FROM review"],
]


@pytest.mark.parametrize("crafted", CRAFTED)
def test_a_foreign_database_reads_no_file(folder: Path, crafted: str) -> None:
    outside = folder / "outside"
    statements = CRAFTED[crafted].format(secret=outside / "secret.txt", new=outside / "new", view="deployments")
    Path("records").symlink_to(folder / "records")
    shutil.copy(folder / "telemetry.duckdb", "telemetry.duckdb")
    with duckdb.connect("telemetry.duckdb") as connection:
        connection.execute(statements)
    before = tree(outside) | tree(folder / "home")
    file = Path("telemetry.duckdb").read_bytes()
    for words in COMMANDS:
        Path("telemetry.duckdb").write_bytes(file)
        code, said = ran(*words)
        assert code == 0 or said.count("\n") == 1, (words, said)
        assert SECRET not in said, words
        written = [path for path in (Path("page.html"), *Path("published").glob("*")) if path.exists()]
        assert not any(SECRET in path.read_text() for path in written)
        assert tree(outside) | tree(folder / "home") == before


def test_what_a_database_is_called_is_a_file_and_no_service() -> None:
    for name in ("md:telemetry.duckdb", "sqlite:x.duckdb", "postgres:dbname=x.duckdb", "http://127.0.0.1:9/x.duckdb"):
        code, said = ran("report", name)
        assert (code, said.count("\n"), "extension" in said) == (1, 1, False)
    Path("records").mkdir()
    assert ran("merge", "records", "--database", "md:telemetry")[0] == 0
    assert Path("md:telemetry").is_file()


def test_an_export_writes_parquet_although_sql_may_not(folder: Path) -> None:
    assert ran("export", "it's; COPY review TO 'x'", "--database", str(folder / "telemetry.duckdb"))[0] == 0
    files = [path.name for path in Path().rglob("*.parquet") if path.parent.parent.name == "metric=review"]
    assert files == ["facts0.parquet"]
