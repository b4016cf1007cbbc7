"""The numbers are computed once for each state of the models and each set of periods."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection

from tests.unit.warehouse.scenarios import NOW, Files, at, commit, file, merged_database, success
from warehouse import views
from warehouse.database import open_database
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source
from warehouse.periods import recent
from warehouse.report.build import build
from warehouse.report.model import Report
from warehouse.report.numbers import numbers
from warehouse.services import DEFAULT_SERVICES

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
        """Return how many measures were computed."""
        return sum("TEMP TABLE evidence" in statement for statement in self.statements)


def report(connection: DuckDBPyConnection, now: int = NOW) -> Report:
    return build(connection, services=DEFAULT_SERVICES, source="test", now=now)


def test_numbers_of_the_same_periods_are_read_again() -> None:
    with merged_database(DEPLOYED) as connection:
        views.create(connection, DEFAULT_SERVICES)
        watched = Watched(connection)
        first = list(numbers(watched, recent(NOW), NOW))  # type: ignore[arg-type]
        computed = watched.computed()
        assert list(numbers(watched, recent(NOW), NOW)) == first != []  # type: ignore[arg-type]
        assert watched.computed() == computed > 10


@pytest.mark.parametrize("counts", [{"week": 4}, {"week": 26, "month": 12}, {"month": 12, "week": 26, "quarter": 8}])
def test_numbers_of_other_periods_are_computed(counts: dict[str, int]) -> None:
    with merged_database(DEPLOYED) as connection, merged_database(DEPLOYED) as fresh:
        report(connection)
        for database in (connection, fresh):
            views.create(database, DEFAULT_SERVICES)
        periods = recent(NOW, counts)
        assert [*numbers(connection, periods, NOW)] == [*numbers(fresh, periods, NOW)]


@pytest.mark.parametrize("later", [DAY, 9 * DAY, 40 * DAY])
def test_stored_numbers_are_those_of_the_report_s_time(later: int) -> None:
    with merged_database(DEPLOYED) as connection, merged_database(DEPLOYED) as fresh:
        report(connection)
        assert report(connection, NOW + later) == report(fresh, NOW + later)


def test_the_current_period_s_frequency_falls_from_day_to_day() -> None:
    def frequency(now: int) -> list[float | None]:
        return [
            number.value
            for number in report(connection, now).numbers
            if (number.measure, number.period, number.repository) == ("deployment_frequency", "2026-11", "")
        ]

    with merged_database(DEPLOYED) as connection:
        assert (frequency(at(11)), frequency(at(21))) == ([2 / 10], [2 / 20])


def test_numbers_survive_in_the_file(tmp_path: Path) -> None:
    with merged_database(DEPLOYED) as fresh:
        expected = report(fresh).numbers
    for _ in range(2):
        with open_database(tmp_path / "test.duckdb") as connection:
            merge(connection, Source(Files(dict(map(file, DEPLOYED))), "test"), now=lambda: NOW)
            assert report(connection).numbers == expected
