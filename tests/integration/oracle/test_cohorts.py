"""Section 10: the author kinds of the evidence against the oracle's cohorts, on random histories."""

import pytest

from tests.histories.random_histories import combined
from tests.integration.oracle.sql_comparison import comparable
from tests.integration.warehouse.answers import merged
from tests.oracle.cohorts import Cohort
from tests.oracle.measures import cohorts
from warehouse import catalog, views
from warehouse.evidence import evidence
from warehouse.report.model import Evidence
from warehouse.services import parsed

HISTORIES = comparable(40)
Found = dict[tuple[str, str, str], Evidence]


@pytest.fixture(scope="module")
def found() -> dict[str, Found]:
    together = combined(HISTORIES)
    with merged(together.records) as connection:
        catalog.create(connection, parsed(together.services))
        views.materialize(connection)
        return {
            name: {(row.service, row.environment, row.item): row for row in evidence(connection, name)}
            for name in ("deployment_frequency", "change_lead_time", "change_fail_rate", "ci_duration")
        }


@pytest.fixture(scope="module")
def expected() -> dict[tuple[str, str, str], Cohort]:
    answers = [cohorts(one.records, one.services) for one in HISTORIES]
    return {
        (service, environment.removesuffix(" ()"), item): cohort
        for answer in answers
        for (service, environment, item), cohort in answer.items()
    }


@pytest.mark.parametrize("measure", ["deployment_frequency", "change_lead_time"])
def test_each_item_has_the_oracle_s_cohort(
    found: dict[str, Found], expected: dict[tuple[str, str, str], Cohort], measure: str
) -> None:
    rows = {key: row for key, row in found[measure].items() if key in expected}
    answers = {key: Cohort(row.author_kind or "", row.assisted) for key, row in rows.items()}
    assert answers == {key: expected[key] for key in rows}
    assert {cohort.kind for cohort in answers.values()} >= {"person", "bot", "agent", "unknown"}


def test_a_deployment_links_its_commit_and_run(found: dict[str, Found]) -> None:
    rows = [row for row in found["deployment_frequency"].values() if row.environment]
    assert all(row.deployment == row.item and row.host == "github.com" for row in rows)
    assert all(row.sha for row in rows if not row.item.startswith(("v", "web-v")))  # releases of schema 1 name none
    assert sum(row.run is not None for row in rows) > len(rows) / 2


def test_a_change_links_its_pull_request_and_deployment(found: dict[str, Found]) -> None:
    deployments = set(found["deployment_frequency"])
    rows = [row for row in found["change_lead_time"].values() if row.environment]
    assert all((row.service, row.environment, row.deployment) in deployments for row in rows)
    numbers = [row.number for row in rows if "#" in row.item and not row.item.startswith("of ")]
    assert numbers
    assert None not in numbers


def test_an_item_of_a_whole_service_has_the_links_of_an_environment_s(found: dict[str, Found]) -> None:
    rows = [row for row in found["deployment_frequency"].values() if not row.environment]
    assert rows
    assert all(row.deployment for row in rows)


def test_an_item_of_no_dora_measure_has_no_cohort(found: dict[str, Found]) -> None:
    assert {row.author_kind for row in found["ci_duration"].values()} == {None}
