import json
import re
import shlex
import shutil
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from cli.app import app
from tests.unit.warehouse.record_factory import METRICS, content, record
from warehouse import views

RUNNER = CliRunner()


def stored(folder: str, *metrics: str) -> None:
    """These records, in a folder."""
    for metric in metrics:
        json_record = record(metric)
        path = Path(folder, json_record.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(json_record))


def ran(*words: str) -> tuple[int, str]:
    """What a command says, and its exit code."""
    result = RUNNER.invoke(app, list(words))
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all models and no facts, which is only copied."""
    folder = tmp_path_factory.mktemp("nothing")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert ran("merge")[0] == 0
    return folder / "telemetry.duckdb"


@pytest.fixture
def without_facts(nothing: Path, tmp_path: Path) -> None:
    """The database of this folder is merged, and has no facts."""
    shutil.copy(nothing, tmp_path)


def test_a_merge_says_what_is_new_and_the_next_one_that_nothing_is() -> None:
    stored("telemetry-data", *METRICS)
    here, number = f"{Path('telemetry-data').resolve()}/", len(METRICS)
    assert ran("merge") == (0, f"{number} new files in {here}: {number} facts more, {number} in telemetry.duckdb\n")
    assert ran("merge") == (0, f"0 new files in {here}: 0 facts more, {number} in telemetry.duckdb\n")


def test_a_merge_writes_nothing_into_the_folder_that_it_reads() -> None:
    stored("records", "review")
    before = sorted(Path("records").rglob("*"))
    assert ran("merge", "records", "--database", "other.duckdb")[0] == 0
    assert sorted(Path("records").rglob("*")) == before
    assert [path.name for path in Path().glob("*.duckdb")] == ["other.duckdb"]


def test_without_records_a_merge_says_what_to_do_next() -> None:
    code, output = ran("merge")
    assert (code, "there are no records in" in output, "`make demo`" in output, "docs/GITHUB.md" in output) == (
        0,
        True,
        True,
        True,
    )
    assert not Path("telemetry-data").exists()


def test_rejects_are_counted_with_the_command_for_their_reasons() -> None:
    stored("records", "review")
    Path("records/bad.json").write_text("{")
    code, output = ran("merge", "records")
    assert (code, output.splitlines()[1]) == (
        0,
        '1 are no records; why: telemetry sql "SELECT reason, path FROM rejects"',
    )
    assert ran("sql", "SELECT reason, path FROM rejects", "--format", "csv") == (0, "reason,path\nnot JSON,bad.json\n")


@pytest.mark.parametrize("option", ["--reread", "--anew"])
def test_merge_reread_reads_the_complete_source_again(option: str) -> None:
    stored("records", "review")
    ran("merge", "records")
    assert ran("merge", "records")[1].startswith("0 new files")
    code, output = ran("merge", "records", option)
    assert (code, output.startswith("1 new files")) == (0, True)


def test_the_help_of_merge_names_one_option_to_read_again() -> None:
    code, output = ran("merge", "--help")
    assert (code, "--reread" in output, "--anew" in output) == (0, True, False)


def test_only_the_folder_that_is_named_is_read() -> None:
    stored("records/data", "review")
    stored("records/other", "check-suite")
    assert ran("merge", "records", "--repo-path", "data")[1].endswith(
        "/records/data/: 1 facts more, 1 in telemetry.duckdb\n"
    )


def test_a_rebuilt_database_names_its_other_sources() -> None:
    stored("a", "review")
    stored("b", "check-suite")
    ran("merge", "a")
    ran("merge", "b")
    with duckdb.connect("telemetry.duckdb") as connection:
        connection.execute("UPDATE layout SET fingerprint = 'other'")
    code, output = ran("merge", "a")
    assert code == 0
    assert output.splitlines()[1] == (
        f"telemetry.duckdb had an older format and was rebuilt: merge {Path('b').resolve()}/ again: "
        f"`telemetry merge {Path('b').resolve()}/`"
    )


@pytest.mark.parametrize("source", ["nowhere", "s3:/bucket", "https://example.org/o/r", "o/r/t"])
def test_an_invalid_source_names_valid_ones(source: str) -> None:
    code, output = ran("merge", source)
    assert code == 1
    assert output == (
        f"{source}: no such folder, and neither OWNER/REPO or its address at github.com, "
        "nor s3://BUCKET/PREFIX or gs://BUCKET/PREFIX\n"
    )


def test_a_file_that_is_no_database_stops_a_merge() -> None:
    stored("records", "review")
    Path("telemetry.duckdb").write_text("hello, I am a letter")
    code, output = ran("merge", "records")
    assert (code, output.startswith("telemetry.duckdb cannot be used: "), output.count("\n")) == (1, True, 1)


def test_an_answer_is_a_table_csv_or_json() -> None:
    stored("records", "review", "release-versions")
    ran("merge", "records")
    query = "SELECT id, state, submitted_at, NULL AS nothing, anomalies FROM review"
    assert ran("sql", query) == (
        0,
        "id,state,submitted_at,nothing,anomalies\n237895671,approved,2026-11-19 14:20:03,,[]\n",
    )
    code, output = ran("sql", query, "--format", "json")
    assert (code, json.loads(output)) == (
        0,
        {"id": 237895671, "state": "approved", "submitted_at": "2026-11-19 14:20:03", "nothing": None, "anomalies": []},
    )
    code, output = ran("sql", query, "--format", "table")
    assert (code, output.split()) == (
        0,
        [
            *["id", "state", "submitted_at", "nothing", "anomalies"],
            "─" * 64,
            "237895671",
            "approved",
            "2026-11-19",
            "14:20:03",
            "[]",
        ],
    )


@pytest.mark.usefixtures("without_facts")
def test_line_prints_one_column_per_line_and_an_empty_line_between_rows() -> None:
    query = "SELECT 1 AS id, 'a' || chr(10) || 'b' AS text UNION ALL SELECT 22, NULL ORDER BY 1"
    assert ran("sql", query, "--format", "line") == (
        0,
        "  id = 1\ntext = a\N{REPLACEMENT CHARACTER}b\n\n  id = 22\ntext =\n",
    )


@pytest.mark.usefixtures("without_facts")
def test_text_in_an_answer_is_no_markup() -> None:
    assert "[red]x" in ran("sql", "SELECT '[red]x' AS told", "--format", "table")[1]


@pytest.mark.usefixtures("without_facts")
@pytest.mark.parametrize("query", ["SELEC 1", "SELECT nothing FROM review", "DELETE FROM review", "SELECT 1/'x'"])
def test_an_invalid_query_is_one_line(query: str) -> None:
    code, output = ran("sql", query)
    assert (code, output.count("\n"), "Error: " in output) == (2, 1, True)


@pytest.mark.parametrize("words", [["sql", "SELECT 1"], ["export", "parquet"]])
def test_without_a_database_a_merge_is_advised(words: list[str]) -> None:
    assert ran(*words) == (1, "there is no telemetry.duckdb yet: `telemetry merge` creates it\n")


def test_an_export_says_what_it_wrote_and_where() -> None:
    stored("records", "review", "check-suite")
    ran("merge", "records")
    assert ran("export", "parquet") == (
        0,
        "parquet/metric=check-suite/  1 facts\nparquet/metric=review/  1 facts\n",
    )
    with duckdb.connect() as connection:
        rows = connection.execute("SELECT CAST(day AS VARCHAR), id FROM 'parquet/metric=review/*/*.parquet'").fetchall()
    assert rows == [("2026-11-19", 237895671)]


def test_an_export_of_nothing_says_so() -> None:
    ran("merge")
    assert ran("export", "parquet") == (0, "telemetry.duckdb holds no facts yet: `telemetry merge` fills it\n")


def test_after_a_merge_the_views_use_services_toml() -> None:
    stored("telemetry-data", *METRICS)
    Path("services.toml").write_text('[services.shop]\nrepositories = ["*/*"]\n')
    assert ran("merge")[0] == 0
    assert ran("sql", "SELECT DISTINCT service FROM catalog") == (0, "service\nshop\n")
    counts = " UNION ALL ".join(f"SELECT count(*) AS rows FROM {name}" for name in views.names())  # noqa: S608 (our own names)
    assert ran("sql", f"SELECT count(*) AS names FROM ({counts})") == (0, f"names\n{len(views.names())}\n")  # noqa: S608


def test_an_invalid_services_toml_is_reported_before_a_merge() -> None:
    stored("telemetry-data", *METRICS)
    Path("other.toml").write_text("services = 1\n")
    code, output = ran("merge", "--services", "other.toml")
    assert (code, output.splitlines()[0]) == (1, "other.toml is wrong:")
    assert not Path("telemetry.duckdb").exists()


def pasted(output: str) -> list[str]:
    """The words of the first command that is printed in backticks or after `why: `."""
    match = re.search(r"`(telemetry [^`]+)`|why: (telemetry .+)", output)
    assert match is not None, output
    return shlex.split(match[1] or match[2])[1:]


def test_the_command_for_the_reasons_of_rejects_has_the_database() -> None:
    stored("records", "review")
    Path("records/bad.json").write_text("{")
    code, output = ran("merge", "records", "--database", "my data.duckdb")
    assert code == 0
    assert ran(*pasted(output)) == (0, "reason,path\nnot JSON,bad.json\n")


@pytest.mark.parametrize("words", [["sql", "SELECT 1"], ["export", "parquet"]])
def test_the_command_that_creates_a_database_names_it(words: list[str]) -> None:
    stored("telemetry-data", "review")
    code, output = ran(*words, "--database", "my data.duckdb")
    assert code == 1
    assert ran(*pasted(output))[0] == 0
    assert ran(*words, "--database", "my data.duckdb")[0] == 0


def test_a_database_of_a_folder_has_the_services_of_the_folder() -> None:
    stored("records", "deployment-status")
    Path("records/services.toml").write_text('[services.shop]\nrepositories = ["*/*"]\n')
    code, output = ran("merge", "records", "--database", "x.duckdb")
    assert (code, output.splitlines()[0]) == (0, "services: records/services.toml")
    for source in ("records", "x.duckdb"):
        result = RUNNER.invoke(app, ["report", source, "--format", "json"])
        assert [row["service"] for row in json.loads(result.stdout)["repositories"]] == ["shop"]
        assert result.stderr.startswith("services: ")


def test_named_services_apply_instead_of_those_beside_the_records() -> None:
    stored("records", "deployment-status")
    Path("records/services.toml").write_text('[services.shop]\nrepositories = ["*/*"]\n')
    Path("other.toml").write_text('[services.other]\nrepositories = ["*/*"]\n')
    result = RUNNER.invoke(app, ["report", "records", "--format", "json", "--services", "other.toml"])
    assert [row["service"] for row in json.loads(result.stdout)["repositories"]] == ["other"]
    assert result.stderr == ""


@pytest.mark.parametrize("value", ['"2026-11-20T17:00:00Z"', "2026-11-20T18:00:00+01:00"])
def test_as_of_in_services_toml_is_the_time_of_the_report(value: str) -> None:
    stored("records", "deployment-status")
    Path("records/services.toml").write_text(f"as_of = {value}\n")
    report = json.loads(RUNNER.invoke(app, ["report", "records", "--format", "json"]).stdout)
    assert report["generated_at"] == 1_795_194_000_000


def test_a_report_is_never_of_the_future() -> None:
    stored("records", "deployment-status")
    arguments = ["report", "records", "--format", "json"]
    now = json.loads(RUNNER.invoke(app, arguments).stdout)["generated_at"]
    Path("records/services.toml").write_text("as_of = 2099-01-01T00:00:00Z\n")
    report = json.loads(RUNNER.invoke(app, arguments).stdout)
    assert now <= report["generated_at"] < max(now, report["newest_at"]) + 3_600_000
