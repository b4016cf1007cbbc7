"""The numbers are computed once for each state of the models and each set of periods."""

import random
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from tests.unit.warehouse.database_cache import Files
from tests.unit.warehouse.scenarios import (
    HOUR,
    NOW,
    at,
    commit,
    file,
    merged_database,
    pull_request,
    success,
    suite,
)
from warehouse import model_state, views
from warehouse.database import open_database, open_read_only
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source
from warehouse.periods import recent
from warehouse.report.build import build
from warehouse.report.model import Report
from warehouse.report.numbers import numbers
from warehouse.services import DEFAULT_SERVICES
from warehouse.sql_files import statements

DEPLOYED = [success(1, at(2), "a", first=True), success(2, at(4), "b", commit("b", at(3)))]
DAY = 86_400_000


@dataclass
class Watched:
    """A connection that remembers the statements."""

    connection: DuckDBPyConnection
    statements: list[str] = field(default_factory=list)

    def execute(self, query: str, parameters: object = None) -> DuckDBPyConnection:
        self.statements.append(query)
        return self.connection.execute(query, parameters)

    def __getattr__(self, name: str) -> object:
        return getattr(self.connection, name)

    def computed(self) -> int:
        """Return how often the measures were computed; one statement computes all."""
        return sum("TEMP TABLE evidence" in statement for statement in self.statements)


def report(connection: DuckDBPyConnection, now: int = NOW) -> Report:
    return build(connection, services=DEFAULT_SERVICES, source="test", now=now)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with the models of the records and without numbers, which is only copied."""
    target = tmp_path_factory.mktemp("built") / "test.duckdb"
    with open_database(target) as connection:
        merge(connection, Source(Files(dict(map(file, DEPLOYED))), "test"), now=lambda: NOW)
        views.create(connection, DEFAULT_SERVICES)
    return target


Copies = Callable[[], AbstractContextManager[DuckDBPyConnection]]
"""Opens a copy of that database."""


@pytest.fixture
def copies(built: Path, tmp_path: Path) -> Copies:
    return lambda: open_database(shutil.copy(built, tmp_path / f"{len([*tmp_path.iterdir()])}.duckdb"))


def test_numbers_of_the_same_periods_are_read_again(copies: Copies) -> None:
    with copies() as connection:
        watched = Watched(connection)
        first = list(numbers(watched, recent(NOW), NOW))  # type: ignore[arg-type]
        computed = watched.computed()
        assert list(numbers(watched, recent(NOW), NOW)) == first != []  # type: ignore[arg-type]
        assert watched.computed() == computed == 1


@pytest.mark.parametrize("counts", [{"week": 4}, {"week": 26, "month": 12}, {"month": 12, "week": 26, "quarter": 8}])
def test_numbers_of_other_periods_are_computed(copies: Copies, counts: dict[str, int]) -> None:
    with copies() as connection, copies() as fresh:
        report(connection)
        periods = recent(NOW, counts)
        assert [*numbers(connection, periods, NOW)] == [*numbers(fresh, periods, NOW)]


@pytest.mark.parametrize("later", [DAY, 9 * DAY, 40 * DAY])
def test_stored_numbers_are_those_of_the_report_s_time(copies: Copies, later: int) -> None:
    with copies() as connection, copies() as fresh:
        report(connection)
        assert report(connection, NOW + later) == report(fresh, NOW + later)


def test_the_current_period_s_frequency_falls_from_day_to_day(copies: Copies) -> None:
    def frequency(now: int) -> list[float | None]:
        return [
            number.value
            for number in report(connection, now).numbers
            if (number.measure, number.period, number.repository) == ("deployment_frequency", "2026-11", "")
        ]

    with copies() as connection:
        assert (frequency(at(11)), frequency(at(21))) == ([2 / 10], [2 / 20])


def test_a_read_only_file_without_numbers_computes_them_once(built: Path, copies: Copies, tmp_path: Path) -> None:
    with copies() as connection:
        expected = report(connection)
    path = shutil.copy(built, tmp_path / "test.duckdb")
    with open_database(path) as connection:
        model_state.drop_models(connection)
    with open_read_only(path) as connection:
        watched = Watched(connection)
        assert report(watched) == expected  # type: ignore[arg-type]
        assert watched.computed() == 1


def test_numbers_survive_in_the_file(tmp_path: Path) -> None:
    with merged_database(DEPLOYED) as fresh:
        expected = report(fresh).numbers
    for _ in range(2):
        with open_database(tmp_path / "test.duckdb") as connection:
            merge(connection, Source(Files(dict(map(file, DEPLOYED))), "test"), now=lambda: NOW)
            assert report(connection).numbers == expected


Row = tuple[float | None, str]
"""Value and certainty of an item."""


def aggregated(*rows: Row) -> dict[str, float | None]:
    """Return the row that numbers.sql makes of the items of one period."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "CREATE TABLE catalog AS SELECT 'h' AS host, 'k' AS repository_key, 's' AS service, 'o/r' AS name"
        )
        connection.execute(
            "CREATE TABLE report_environments (host VARCHAR, repository_key VARCHAR, environment VARCHAR, service VARCHAR, "
            "name VARCHAR)"
        )
        connection.execute(
            "CREATE TABLE periods AS SELECT 0 AS position, 'week' AS kind, 'w' AS name, TIMESTAMP '2026-11-02' AS starts_at, "
            "TIMESTAMP '2026-11-09' AS ends_at"
        )
        connection.execute(
            "CREATE TABLE evidence (measure VARCHAR, host VARCHAR, repository_key VARCHAR, environment VARCHAR, "
            "happened_at TIMESTAMP, value DOUBLE, certainty VARCHAR)"
        )
        connection.executemany(
            "INSERT INTO evidence VALUES ('m', 'h', 'k', '', TIMESTAMP '2026-11-03', ?, ?)", [*map(list, rows)]
        )
        found = connection.execute(f"FROM ({dict(statements('.'))['numbers']}) WHERE repository = ''")
        [row] = found.fetchall()
        return dict(zip([name for name, *_ in found.description or ()], row, strict=True))


def test_inferred_values_are_in_the_number_and_counted_beside_it() -> None:
    row = aggregated((1.0, "known"), (2.0, "inferred"), (9.0, "inferred"), (None, "unknown"), (None, "known"))
    assert (row["known"], row["inferred"], row["items"], row["median"], row["total"]) == (1, 2, 5, 2.0, 12.0)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9, 10, 11, 19, 20, 21, 37, 100])
def test_percentiles_interpolate_linearly_and_need_enough_items(count: int) -> None:
    chance = random.Random(count)
    values = [float(chance.choice((0, 5, chance.randrange(10**9)))) for _ in range(count)]
    row = aggregated(*((value, chance.choice(("known", "inferred"))) for value in values), (None, "unknown"))
    hundredths = quantiles(values, n=100, method="inclusive") if count > 1 else []
    for name, hundredth, least in (("p75", 75, 4), ("p90", 90, 10), ("p95", 95, 20)):
        expected = hundredths[hundredth - 1] if count >= least else None
        assert row[name] == (None if expected is None else pytest.approx(expected, rel=1e-9)), name


def test_only_the_number_of_a_median_has_percentiles() -> None:
    opened = [pull_request(n, at(1), at(2) + n * HOUR, f"s{n}", [at(1)]) for n in range(1, 25)]
    suites = [suite(n, at(3), "success") for n in range(100, 125)]
    with merged_database(*opened, suites) as connection:
        found = [number for number in report(connection).numbers if number.kind == "month" and not number.repository]
    percentiles = {number.measure: (number.p75, number.p90, number.p95) for number in found}
    assert percentiles["pull_request_lifetime"] == tuple((25 + 23 * part / 100) * HOUR for part in (75, 90, 95))
    assert percentiles["ci_failure_rate"] == (None, None, None)


def test_a_service_has_the_items_of_all_its_repositories() -> None:
    chance = random.Random(7)
    catalog = [("h", "1", "one", "o/a"), ("g", "1", "one", "o/a"), ("h", "2", "two", "o/b"), ("h", "3", "two", "o/c")]
    expected: dict[tuple[str, ...], list[float]] = {}
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "CREATE TABLE catalog (host VARCHAR, repository_key VARCHAR, service VARCHAR, name VARCHAR); "
            "CREATE TABLE report_environments (host VARCHAR, repository_key VARCHAR, environment VARCHAR, service VARCHAR, "
            "name VARCHAR); "
            "INSERT INTO report_environments VALUES ('h', '3', 'live of part', 'part', 'live'); "
            "CREATE TABLE periods AS SELECT 3 AS position, 'week' AS kind, 'w' AS name, TIMESTAMP '2026-11-02' AS starts_at, "
            "TIMESTAMP '2026-11-09' AS ends_at; "
            "CREATE TABLE evidence (measure VARCHAR, host VARCHAR, repository_key VARCHAR, environment VARCHAR, "
            "happened_at TIMESTAMP, value DOUBLE, certainty VARCHAR)"
        )
        connection.executemany("INSERT INTO catalog VALUES (?, ?, ?, ?)", [*map(list, catalog)])
        for _ in range(200):
            (host, key, service, name), measure = chance.choice(catalog), chance.choice(("m", "n"))
            environment, value = chance.choice(("", "live", "live of part")), float(chance.randrange(100))
            connection.execute(
                "INSERT INTO evidence VALUES (?, ?, ?, ?, TIMESTAMP '2026-11-03', ?, 'known')",
                [measure, host, key, environment, value],
            )
            if (key, environment) == ("3", "live of part"):
                service, environment = "part", "live"
            for repository in ("", name):
                expected.setdefault((measure, service, repository, environment), []).append(value)
        rows = connection.execute(
            f"SELECT measure, service, repository, environment, median FROM ({dict(statements('.'))['numbers']})"
        ).fetchall()
    assert {tuple(key): value for *key, value in rows} == {key: median(values) for key, values in expected.items()}
    assert len(rows) == len(expected) > 20
