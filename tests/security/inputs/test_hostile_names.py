"""No name in a record, a file or a database steers a terminal, runs in a spreadsheet or becomes markup, in any output."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import console
from cli.app import app
from core.record_file import LEDGER
from tests.dashboard_data import page_data
from tests.rendered_markdown import Rendered
from tests.security.inputs import hostile_names
from tests.unit.warehouse.sample_report import MEASURES
from warehouse.measures import measures

RAW = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ud800-\udfff]"
)
"""Controls, bidirectional controls and invisible characters; joiners, selectors and tags are looked at in context."""
_EMOJI = "[\u2600-\u27bf\U0001f000-\U0001faff]"
OUT_OF_PLACE = re.compile(
    f"(?<!{_EMOJI})(?<![\ufe0f\u0645\u0020-\u003f])\ufe0f|(?<![\u0600-\u06ff])\u200c|\u200c(?![\u0600-\u06ff])|"
    f"(?<!{_EMOJI})(?<!\ufe0f)\u200d|\u200d(?!{_EMOJI})|(?<![\U0001f3f4\U000e0020-\U000e007e])[\U000e0020-\U000e007f]|[\U000e0100-\U000e01ef]"
)
QUERIES = (
    "SELECT * FROM rejects",
    "SELECT * FROM deployment_status",
    "SELECT * FROM workflow_job",
    "SELECT * FROM release_versions",
    "SELECT * FROM incident",
    'SELECT owner, repo, count(*) AS "=1+1", 1 AS "\x1b[2J" FROM deployment_status GROUP BY ALL',
    "SELECT [owner, repo] AS l, {'a': repo} AS s, -5 AS n, -1.5::DECIMAL(9, 2) AS d FROM deployment_status",
)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    hostile_names.store(folder / "records")
    ran("merge", str(folder / "records"), "--database", str(folder / "hostile.duckdb"))
    return folder


@pytest.fixture(autouse=True)
def here(records: Path, tmp_path: Path) -> Iterator[None]:
    (tmp_path / "records").symlink_to(records / "records")
    (tmp_path / "telemetry.duckdb").write_bytes((records / "hostile.duckdb").read_bytes())
    return iter(())


def ran(*words: str) -> str:
    """What a command prints, on both streams; nothing of it may steer a terminal."""
    result = CliRunner().invoke(app, list(words), catch_exceptions=False, env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    check_text(result.output.replace("\r\n", "\n"))
    return str(result.stdout)


def check_text(text: str) -> None:
    raw = RAW.search(text) or OUT_OF_PLACE.search(text)
    assert raw is None, ascii(text[max(0, raw.start() - 40) : raw.end() + 40])


def check_csv(text: str) -> list[list[str]]:
    """No cell that is no number can be a formula; the rows."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len({len(row) for row in rows}) == 1
    for cell in (cell for row in rows for cell in row):
        sign = unicodedata.normalize("NFKC", cell.lstrip("\"'` \ufffd"))[:1]
        assert sign not in tuple("=+-@\u2212") or cell.startswith("'") or re.fullmatch(r"-?[\d.]+(e-?\d+)?", cell), cell
    return rows


def check_markdown(
    text: str, elements: str = "h1 h2 h3 p table thead tbody tr th td strong em code pre ul li a"
) -> None:
    """Nothing but our own elements, and no link but to where our definitions stand."""
    check_text(text)
    page = Rendered(text)
    assert set(page.elements) <= set(elements.split())
    links = {value for name, value in page.attributes if name == "href"}
    assert links <= {measure.source.split(",")[0].split(" ")[0] for measure in (*MEASURES, *measures())}
    assert {name for name, _ in page.attributes} <= {"href", "lang"}
    assert page.linked() == []


class Page(HTMLParser):
    """The elements of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)


def check_page(html: str) -> None:
    """As many elements as an empty page has, and data in which nothing is hidden."""
    empty = Page(Path("empty.html").read_text("utf-8"))
    assert Page(html).elements == empty.elements
    for line in page_data(html).text.split("\n"):
        check_text(line.replace("\t", " "))


def test_a_merge_and_its_rejects() -> None:
    said = ran("merge", "records", "--database", "other.duckdb")
    assert f"{len(hostile_names.FILES)} are no records" in said


@pytest.mark.parametrize(
    "words", [[], ["--by", "week"], ["--repository", "octo-org/a5"], ["--service", "octo-org/a11"]]
)
def test_the_report_as_text(words: list[str]) -> None:
    text = ran("report", "telemetry.duckdb", *words)
    assert "DORA" in text


def test_the_report_as_markdown() -> None:
    check_markdown(ran("report", "telemetry.duckdb", "--format", "markdown"))


def test_the_report_in_a_readme() -> None:
    Path("README.md").write_text("# Ours\n\nText.\n")
    ran("report", "telemetry.duckdb", "--into", "README.md")
    text = Path("README.md").read_text("utf-8")
    check_markdown(re.sub(r"<!-- /?telemetry report.*?-->\n", "", text))


def test_the_report_as_csv() -> None:
    rows = check_csv(ran("report", "telemetry.duckdb", "--format", "csv"))
    assert len(rows) > 100


def test_the_report_as_json_is_what_the_records_say() -> None:
    report = json.loads(ran("report", "telemetry.duckdb", "--format", "json"))
    assert {repository["name"] for repository in report["repositories"]} >= {
        f"{owner}/{name}" for owner, name in hostile_names.OWNERS
    }


@pytest.mark.parametrize("measure", ["all", "deployment_frequency"])
def test_the_evidence_in_each_format(measure: str) -> None:
    words = ("report", "telemetry.duckdb", "--evidence", measure)
    text = ran(*words)
    assert "octo-org/a5" in text
    check_markdown(ran(*words, "--format", "markdown"))
    assert len(check_csv(ran(*words, "--format", "csv"))) > 10
    assert len(json.loads(ran(*words, "--format", "json"))["evidence"]) > 10


@pytest.mark.parametrize("query", QUERIES)
def test_an_answer_in_each_format(query: str) -> None:
    assert len(ran("sql", query, "--format", "table").splitlines()) > 3
    assert len(check_csv(ran("sql", query, "--format", "csv"))) > 3
    assert all(json.loads(line) for line in ran("sql", query, "--format", "json").splitlines())


def test_a_negative_number_of_an_answer_stays_one() -> None:
    assert ran("sql", "SELECT -5 AS a, -1.50::DECIMAL(9, 2) AS b, -0.5::DOUBLE AS c, '-5' AS d", "--format", "csv") == (
        "a,b,c,d\n-5,-1.50,-0.5,'-5\n"
    )


def test_the_pages_that_are_written(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    ran("dashboard", "nothing", "--output", "empty.html")
    ran("dashboard", "telemetry.duckdb", "--output", "page.html")
    check_page(Path("page.html").read_text("utf-8"))
    ran("publish", "telemetry.duckdb", "published")
    check_page(Path("published/dashboard.html").read_text("utf-8"))
    check_markdown(Path("published/report.md").read_text("utf-8"))
    check_csv(Path("published/report.csv").read_text("utf-8"))
    check_text(Path("published/report.json").read_text("utf-8"))


def test_an_export_of_hostile_names() -> None:
    assert ran("export", "parquet")
    assert {path.name for path in Path("parquet").rglob("*.parquet")} == {"facts0.parquet"}


def test_what_makes_sense_survives_everywhere() -> None:
    environments = "SELECT DISTINCT env FROM deployment_status"
    outputs = [ran("sql", environments, "--format", format) for format in ("table", "csv", "json")]
    outputs += [
        ran("report", "telemetry.duckdb", "--evidence", "all", "--format", format) for format in ("csv", "json")
    ]
    ran("dashboard", "telemetry.duckdb", "--output", "page.html")
    outputs.append(page_data(Path("page.html").read_text("utf-8")).text)
    for output in outputs:
        decoded = (
            json.dumps([json.loads(line) for line in output.splitlines()], ensure_ascii=False)
            if output[:1] == "{" and "\n{" in output
            else output
        )
        assert [name for name in hostile_names.SURVIVORS if name not in decoded] == []


def test_the_ledger_of_a_store_that_others_write() -> None:
    day = {"day": "2026-11-28", "owner": "\x1b[2J\u202e=1", "hook": 1} | dict.fromkeys(
        ("sent", "ignored", "accepted", "stored", "recovered", "failed"), 1
    )
    missing = [
        {"guid": "\x9b1m", "event": "[link=http://evil.example]x[/link]", "status_code": 0, "reason": "\x1b]0;x\x07"}
    ]
    path = Path("telemetry-data", LEDGER, "2026-11-28", "1.json")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({**day, "missing": missing}))
    for words in (["ledger", "--days", "3650"], ["ledger", "--days", "3650", "--missing"]):
        said = CliRunner().invoke(app, words).output
        check_text(said)
        assert "�[2J�=1" in said
    assert "[link=http://evil.example]x[/link]" in said


@pytest.mark.parametrize(
    "words",
    [
        ["merge", "no\x1b[2J\u202esuch"],
        ["report", "telemetry.duckdb", "--service", "\x1b]0;x\x07"],
        ["report", "telemetry.duckdb", "--evidence", "\x9b2J"],
        ["sql", "SELECT '\x1b[2J'::INT"],
        ["sql", 'FROM "\x1b[2J\u202e"'],
        ["sql", "SELECT 1", "--database", "\x1b[2J"],
        ["publish", "telemetry.duckdb", "ftp://\x1b[2J"],
        ["export", "telemetry.duckdb/\x1b[2J"],
        ["report", "telemetry.duckdb", "--output", "telemetry.duckdb/\x1b[2J"],
    ],
)
def test_a_message_that_quotes_input(words: list[str]) -> None:
    result = CliRunner().invoke(app, words)
    assert result.exit_code in (1, 2)
    assert isinstance(result.exception, SystemExit)
    check_text(result.output)


def test_a_hostile_file_of_services_is_harmless() -> None:
    Path("services.toml").write_text(
        '[services."\\u001b[2J=1 @octocat"]\nrepositories = ["octo-org/a1"]\nteam = "\\u202e"\n[teams."\\u202e"]\nsize = 9\n'
    )
    for format in ("text", "markdown", "csv", "json"):
        ran("report", "telemetry.duckdb", "--format", format)
    check_markdown(ran("report", "telemetry.duckdb", "--format", "markdown"))


def test_a_table_on_a_terminal_holds_no_markup_and_no_control(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.table import Table

    table = Table("\x1b[2J", "[red]x[/red]")
    table.add_row("[link=http://evil.example]x[/link]", ":tada: \u202e")
    console.console().print(table)
    said = capsys.readouterr().out
    check_text(said)
    assert all(text in said for text in ("[red]x[/red]", "[link=http://evil.example]x[/link]", ":tada: �"))
