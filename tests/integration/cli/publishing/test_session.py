from pathlib import Path
from typing import Any

import duckdb
import pytest

from cli.commands.serve import _github_hint
from cli.publishing import formats, session
from cli.publishing.formats import Format
from cli.publishing.session import ReportRequest, _display_name, open_merged
from tests import demo_records
from tests.builders import settings
from tests.dashboard_data import page_data
from warehouse.database import DatabaseError
from warehouse.report.filters import Filter


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    demo_records.store(folder, weeks=1)
    return folder


def built(store: Path, database: Path) -> tuple[bytes | None, int]:
    """The live dashboard, and how many files were merged for it."""
    progress: list[int] = []
    build = session.dashboard_builder(settings(store_directory=str(store)), database)
    return build(lambda _, total: progress.append(total)), max(progress, default=0)


def test_an_empty_store_makes_no_dashboard_and_no_database(tmp_path: Path) -> None:
    assert built(tmp_path / "nothing", tmp_path / "x" / "live.duckdb") == (None, 0)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_records_has_no_dashboard(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert built(tmp_path / "empty", tmp_path / "live.duckdb") == (None, 0)


def test_the_live_dashboard_merges_each_record_once(records: Path, tmp_path: Path) -> None:
    first, files = built(records, tmp_path / "x" / "live.duckdb")
    assert files > 100
    assert "octo-org/payments" in page_data((first or b"").decode()).text
    again, files = built(records, tmp_path / "x" / "live.duckdb")
    assert (again is not None, files) == (True, 0)


def test_a_database_is_kept_only_if_it_is_named(records: Path, tmp_path: Path) -> None:
    for request in (ReportRequest(str(records)), ReportRequest(str(records), str(tmp_path / "kept.duckdb"))):
        with open_merged(request, settings()) as warehouse:
            assert sum(warehouse.report(1_795_194_000_000).records.values()) > 100
    assert [path.name for path in tmp_path.iterdir()] == ["kept.duckdb"]


def test_a_page_of_services_needs_no_numbers_of_repositories(records: Path) -> None:
    with open_merged(ReportRequest(str(records)), settings()) as warehouse:
        every = warehouse.report(1_795_194_000_000)
        services = warehouse.report(1_795_194_000_000, of_repositories=False)
    assert services == every._replace(numbers=tuple(number for number in every.numbers if not number.repository))
    assert len(services.numbers) < len(every.numbers)
    for format in (Format.TEXT, Format.MARKDOWN):
        assert formats.report(services, format, 80) == formats.report(every, format, 80)


def test_a_database_with_current_models_is_opened_once(
    records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "merged.duckdb"
    with open_merged(ReportRequest(str(records), str(path)), settings()) as warehouse:
        numbers = warehouse.report(1_795_194_000_000).numbers
    opened: list[bool] = []
    connect = duckdb.connect

    def recorded(*words: Any, read_only: bool, **options: Any) -> Any:
        opened.append(read_only)
        return connect(*words, read_only=read_only, **options)

    monkeypatch.setattr(duckdb, "connect", recorded)
    with open_merged(ReportRequest(str(path)), settings()) as warehouse:
        assert warehouse.report(1_795_194_000_000).numbers == numbers
    assert opened == [True]


def test_evidence_of_a_period_is_that_of_the_time_zone(records: Path, tmp_path: Path) -> None:
    services = tmp_path / "services.toml"
    services.write_text('time_zone = "Pacific/Kiritimati"')
    with open_merged(ReportRequest(str(records), services=str(services)), settings()) as warehouse:
        report = warehouse.report(1_795_194_000_000)
        week = next(period for period in report.periods if period.name == "2026-W47")
        listed = list(warehouse.evidence(period="2026-W47"))
        items = sum(number.items for number in report.numbers if number.period == week.name and not number.repository)
    assert len(listed) == items > 0
    assert all(week.starts_at <= (item.at or 0) < week.ends_at for item in listed)


def test_evidence_without_an_environment_is_listed_in_every_environment(records: Path) -> None:
    with open_merged(ReportRequest(str(records)), settings()) as warehouse:
        warehouse.report(1_795_194_000_000)
        items = list(warehouse.evidence(filters=Filter(environment="production")))
        others = list(warehouse.evidence(filters=Filter(environment="nowhere")))
    assert {item.environment for item in items} == {"", "production"}
    assert {item.environment for item in others} == {""}


def test_a_foreign_or_empty_database_is_rejected_as_a_source(tmp_path: Path) -> None:
    (tmp_path / "empty.duckdb").write_bytes(b"")
    (tmp_path / "text").write_text("x")
    for name in ("empty.duckdb", "text", "none.duckdb"):
        with pytest.raises(DatabaseError, match=name), open_merged(ReportRequest(str(tmp_path / name)), settings()):
            pass


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, "telemetry-data"),
        ({"store": "github", "repo_owner": "octo-org", "repo_name": "data"}, "octo-org/data"),
        ({"store": "s3", "store_bucket": "ours"}, "s3://ours"),
        ({"store": "gcs", "store_bucket": "ours"}, "gs://ours"),
    ],
)
def test_this_machines_store_is_called_as_one_would_name_it(options: dict[str, str], name: str) -> None:
    assert _display_name("", settings(**options)) == name
    assert _display_name("a/folder", settings(**options)) == "a/folder"


def test_the_front_page_names_the_command_for_a_data_repository() -> None:
    look = _github_hint(settings(store="github", repo_owner="octo-org", repo_name="data"))
    assert (look.page, look.building) == (None, False)
    assert "`telemetry dashboard octo-org/data --open`" in look.message
