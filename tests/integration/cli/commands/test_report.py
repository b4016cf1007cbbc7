"""`telemetry report` and `telemetry dashboard`, as somebody types them, over the demo's records."""

import csv
import io
import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli.app import app
from tests import demo_records, report_schema
from tests.dashboard_data import page_data
from tests.unit.warehouse.sample_report import MEASURES
from warehouse.measures import measures

FIVE = [measure.title for measure in MEASURES if measure.is_dora]
MERGED = ("--database", "merged.duckdb")
"""The demo's records, merged once for all tests: what is asked of the store itself goes without."""


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "telemetry-data"
    demo_records.store(folder, weeks=3, end=demo_records.recently())
    return folder


@pytest.fixture(scope="module")
def merged(records: Path) -> Path:
    path = records.with_name("merged.duckdb")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(records.parent)
        assert telemetry("merge", "--database", path.name).exit_code == 0
    return path


@pytest.fixture(autouse=True)
def here(records: Path, merged: Path, tmp_path: Path) -> None:
    """This machine's store is the demo's."""
    (tmp_path / "telemetry-data").symlink_to(records)
    shutil.copy(merged, tmp_path)


def telemetry(*words: str) -> Result:
    return CliRunner().invoke(app, list(words), catch_exceptions=False, env={"COLUMNS": "160"})


def output_of(*words: str) -> str:
    """The output of what goes well."""
    done = telemetry(*words)
    assert (done.exit_code, done.stderr) == (0, "")
    return str(done.stdout)


def refused(*words: str) -> str:
    """What is said of what does not."""
    done = telemetry(*words)
    assert done.exit_code in (1, 2)
    assert "Traceback" not in done.stderr
    return str(done.stderr)


# the report


def test_the_local_store_is_reported_with_five_metrics_and_coverage() -> None:
    text = output_of("report")
    assert text.startswith("telemetry-data\n")
    assert [title for title in FIVE if title not in text] == []
    assert re.search(r"Deployment frequency .* \d+ of \d+ known", text)


def test_a_report_can_be_limited_to_a_service_repository_and_period() -> None:
    text = output_of("report", *MERGED, "--repository", "octo-org/PAYMENTS", "--by", "week")
    assert set(re.findall(r"^(octo-org/\w+)", text, re.MULTILINE)) == {"octo-org/payments"}
    assert "the last whole week" in text
    assert set(
        re.findall(r"^(octo-org/\w+)", output_of("report", *MERGED, "--service", "octo-org/storefront"), re.MULTILINE)
    ) == {"octo-org/storefront"}


def test_as_json_and_csv_it_holds_every_number() -> None:
    as_json = json.loads(output_of("report", *MERGED, "--format", "json"))
    rows = list(csv.DictReader(io.StringIO(output_of("report", *MERGED, "--format", "csv"))))
    assert len(as_json["numbers"]) == len(rows) > 100
    assert report_schema.problems("report", json.dumps(as_json)) == []
    weeks = json.loads(output_of("report", *MERGED, "--format", "json", "--by", "week"))
    assert {number["kind"] for number in weeks["numbers"]} == {"week"}


def test_it_is_written_to_a_file_that_is_named(tmp_path: Path) -> None:
    assert (
        output_of("report", *MERGED, "--format", "markdown", "--output", "out/report.md")
        == "written to out/report.md\n"
    )
    assert (tmp_path / "out" / "report.md").read_text().startswith("# How we deliver\n")


def test_a_readme_is_rewritten_only_when_the_report_changes(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# Ours\n")
    assert output_of("report", *MERGED, "--into", "README.md") == "README.md holds the report\n"
    first = readme.read_text()
    assert first.startswith("# Ours\n\n<!-- telemetry report ")
    assert output_of("report", *MERGED, "--into", "README.md") == "README.md is up to date\n"
    assert readme.read_text() == first
    assert (
        output_of("report", *MERGED, "--into", "README.md", "--called", "octo-org/data")
        == "README.md holds the report\n"
    )
    assert readme.read_text().count("# How we deliver") == 1


def test_an_existing_database_is_a_source() -> None:
    output_of("report", "--database", "kept.duckdb")
    assert (
        output_of("report", "kept.duckdb", "--called", "telemetry-data").splitlines()[2:]
        == output_of("report").splitlines()[2:]
    )
    assert refused("report", "kept.duckdb", "--database", "other.duckdb").startswith(
        "kept.duckdb is already a database"
    )


def test_services_toml_of_this_folder_says_what_a_service_is(tmp_path: Path) -> None:
    (tmp_path / "services.toml").write_text(
        '[services.shop]\nrepositories = ["octo-org/storefront", "octo-org/payments"]\n'
    )
    services = {
        repository["service"]
        for repository in json.loads(output_of("report", *MERGED, "--format", "json"))["repositories"]
    }
    assert services == {"shop", "octo-org/infrastructure", "octo-org/incidents"}


# the evidence


def test_each_number_names_the_records_behind_it() -> None:
    """As many are listed as the number counts, and each is there."""
    asked = ("--database", "kept.duckdb", "--service", "octo-org/infrastructure", "--format", "json")
    numbers = json.loads(output_of("report", *asked, "--by", "month"))["numbers"]
    counted = {number["period"]: number["items"] for number in numbers if number["measure"] == "deployment_frequency"}
    assert sum(counted.values()) > 3
    for period, items in counted.items():
        of = ("--evidence", "deployment_frequency", "--period", period)
        listed = json.loads(output_of("report", *asked, *of))["evidence"]
        assert len(listed) == items
        assert [item for item in listed if not (Path("telemetry-data") / item["path"]).is_file()] == []


def test_in_a_terminal_the_records_are_listed_with_what_they_say() -> None:
    text = output_of("report", *MERGED, "--evidence", "deployment_frequency", "--repository", "octo-org/infrastructure")
    lines = text.splitlines()
    assert re.fullmatch(r"production \(\d+\)", lines[1])
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d  1  \d+  statuses  octo-org/infrastructure/deployment-status/\S+", lines[2]
    )


def test_evidence_without_a_measure_lists_the_measures() -> None:
    known = {measure.name for measure in measures()}
    for words in (["--evidence"], ["--evidence", "--by", "week"], ["no/such/folder", "--evidence"]):
        assert {line.split()[0] for line in output_of("report", *words).splitlines()} == known


def test_the_list_of_measures_goes_to_the_output_file(tmp_path: Path) -> None:
    output = tmp_path / "measures.txt"
    assert output_of("report", "--evidence", "--output", str(output)) == f"written to {output}\n"
    assert output.read_text() == output_of("report", "--evidence")


@pytest.mark.parametrize(
    ("option", "field", "selected"),
    [
        (("--author-kind", "bot"), "author_kind", {"bot"}),
        (("--author-kind", "unknown"), "author_kind", {"unknown"}),
        (("--assisted", "yes"), "assisted", {True}),
        (("--assisted", "no"), "assisted", {False}),
        (("--assisted", "unknown"), "assisted", {None}),
        (("--certainty", "unknown"), "value", {None}),
        (("--certainty", "known"), "certainty", {"known"}),
    ],
)
def test_evidence_can_be_limited_to_a_cohort(option: tuple[str, str], field: str, selected: set[object]) -> None:
    of = ("report", *MERGED, "--evidence", "change_lead_time", "--format", "json")
    every = json.loads(output_of(*of))["evidence"]
    found = json.loads(output_of(*of, *option))["evidence"]
    assert {item[field] for item in found} == selected
    assert found == [item for item in every if item[field] in selected]


def test_a_cohort_is_named_above_its_items() -> None:
    words = ("--evidence", "change_lead_time", "--author-kind", "bot", "--assisted", "no")
    assert output_of("report", *MERGED, *words).startswith("Change lead time, written by bot, assisted: no: ")


def test_all_evidence_is_listed_by_measure() -> None:
    rows = list(csv.DictReader(io.StringIO(output_of("report", *MERGED, "--evidence", "all", "--format", "csv"))))
    as_json = output_of("report", *MERGED, "--evidence", "all", "--format", "json")
    assert (len(json.loads(as_json)["evidence"]), report_schema.problems("evidence", as_json)) == (len(rows), [])
    assert len({row["measure"] for row in rows}) > 8
    assert output_of("report", *MERGED, "--evidence", "ci_duration", "--format", "markdown").startswith("~~~~text\n")


# the dashboard


def test_the_dashboard_is_one_file_and_its_address_is_printed(tmp_path: Path) -> None:
    assert output_of("dashboard") == f"{(tmp_path / 'dashboard.html').as_uri()}\n"
    page = (tmp_path / "dashboard.html").read_text()
    assert "octo-org/payments" in page_data(page).text
    assert output_of("dashboard", *MERGED, "--output", "a b/c.html").endswith("/a%20b/c.html\n")


# what goes wrong


def test_a_store_with_nothing_in_it_says_what_to_do_next(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    text = output_of("report", "nothing")
    assert "There are no records yet in nothing." in text
    assert "`make demo`" in text
    assert output_of("dashboard", "nothing").startswith("file://")
    (tmp_path / "telemetry-data").unlink()
    assert "There are no records yet" in output_of("report")
    assert list((tmp_path / "nothing").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["report", "no/such/folder"], "no/such/folder: no such folder"),
        (["report", "none.duckdb"], "there is no none.duckdb yet: `telemetry merge --database none.duckdb` creates it"),
        (["report", "text.txt"], "text.txt cannot be used: "),
        (["report", "--services", "none.toml"], "none.toml: No such file or directory"),
        (["report", "--services", "text.txt"], "text.txt is no TOML: "),
        (
            ["report", *MERGED, "--service", "x"],
            "there is no service x; there is octo-org/incidents, octo-org/infrastructure, ",
        ),
        (["report", *MERGED, "--environment", "x"], "there is no environment x; there is "),
        (["report", *MERGED, "--evidence", "mttr"], "unknown measure 'mttr' (choose from change_lead_time, "),
        (["report", *MERGED, "--evidence", "all", "--period", "soon"], "soon is no period: "),
        (["report", "--period", "2026-11"], "--period requires --evidence"),
        (
            ["report", "--evidence", "--period", "2026-11"],
            "--period, --author-kind, --assisted and --certainty select the ",
        ),
        (["report", "--assisted", "no"], "--author-kind, --assisted and --certainty require --evidence"),
        (["report", "--into", "x.md", "--format", "csv"], "--into writes the report as Markdown"),
        (["report", *MERGED, "--into", "bytes.md"], "bytes.md: not UTF-8"),
        (["report", *MERGED, "--output", "text.txt/x"], "text.txt/x cannot be written: "),
        (["dashboard", *MERGED, "--output", "text.txt/x"], "text.txt/x cannot be written: "),
        (["dashboard", "--database", "text.txt"], "text.txt cannot be used: "),
    ],
    ids=lambda case: " ".join(case) if isinstance(case, list) else "",
)
def test_an_impossible_request_is_one_line(words: list[str], says: str, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("no database, no TOML\n")
    (tmp_path / "bytes.md").write_bytes(b"\xff")
    assert refused(*words).startswith(says)
    assert (tmp_path / "text.txt").read_text() == "no database, no TOML\n"


def test_broken_services_are_named_with_every_problem(tmp_path: Path) -> None:
    (tmp_path / "services.toml").write_text("[services.shop]\nrepositories = []\nteam = 'x'\n")
    text = refused("report")
    assert text.startswith("services.toml is wrong:\n")
    assert "services.shop.repositories" in text
    assert "services.shop.team" in text
