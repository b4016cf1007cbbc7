"""What the evidence of each measure leads to: on the demo's records, and where code and incidents are in other repositories."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.demo import timeline
from core.stores.folder_reader import FolderReader
from tests import demo_records
from tests.histories.build import at
from tests.integration.warehouse.answers import merged
from tests.integration.warehouse.test_code_repositories import DEPLOY, FIRST, OF_SERVICE, SHOP, deployed
from tests.integration.warehouse.test_code_repositories import merged as pull_request
from warehouse import catalog, views
from warehouse.database import open_database
from warehouse.evidence import evidence
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source
from warehouse.measures import measures
from warehouse.report.build import build
from warehouse.report.links import Links, links
from warehouse.report.model import Evidence, Report
from warehouse.services import load, parsed

RECORDS = "https://github.com/octo-org/telemetry-data/blob/main/"
SERVICES = Path(timeline.__file__).with_name("services.toml")
COMMIT, JOB = {"commit", "record"}, {"commit", "run", "record"}
PULL_REQUEST = {"commit", "pull_request", "record"}
WITHOUT_DEPLOYMENT = {
    "queue_time": JOB,
    "ci_duration": JOB,
    "ci_failure_rate": COMMIT,
    "flakiness": COMMIT,
    "release_cadence": {"release", "record"},
    "review_latency": PULL_REQUEST,
    "documentation_share": PULL_REQUEST,
    "pull_request_lifetime": PULL_REQUEST,
    "pull_request_size": PULL_REQUEST,
}
"""The links of every item of these measures."""
OTHERS = [measure.name for measure in measures() if measure.name not in (*WITHOUT_DEPLOYMENT, "possible_failures")]
Found = dict[str, list[Evidence]]


@pytest.fixture(scope="module")
def demo() -> Iterator[tuple[Report, Found]]:
    with open_database(":memory:") as connection:
        merge(connection, Source(FolderReader(demo_records.shared()), "demo", url=RECORDS))
        report = build(connection, services=load(SERVICES), source="demo", now=timeline.END)
        yield report, {measure.name: list(evidence(connection, measure.name)) for measure in measures()}


@pytest.fixture(scope="module")
def found(demo: tuple[Report, Found]) -> Found:
    return demo[1]


def names(item: Evidence) -> set[str]:
    """The names of its links."""
    return {name for name, url in links(item, RECORDS)._asdict().items() if url}


@pytest.mark.parametrize("measure", WITHOUT_DEPLOYMENT)
def test_each_item_of_a_measure_without_deployments_has_its_links(found: Found, measure: str) -> None:
    assert found[measure]
    assert [item for item in found[measure] if names(item) != WITHOUT_DEPLOYMENT[measure]] == []


@pytest.mark.parametrize("measure", OTHERS)
def test_an_item_of_a_deployment_leads_to_its_commit_and_record(found: Found, measure: str) -> None:
    assert found[measure]
    assert [item for item in found[measure] if not names(item) >= COMMIT] == []
    with_environment = [item for item in found[measure] if item.environment]
    assert [item for item in with_environment if "deployments" not in names(item)] == []


def test_a_job_s_page_is_that_of_its_own_run(found: Found) -> None:
    for item in found["queue_time"]:
        assert links(item).run == f"https://github.com/{item.repository}/actions/runs/{item.run}/job/{item.item}"


def test_a_deployment_that_failed_by_an_incident_leads_to_it(found: Found) -> None:
    failed = [item for item in found["change_fail_rate"] if item.why == "incident"]
    assert failed
    assert [item for item in failed if "issue" not in names(item)] == []
    assert {item.issue_repository for item in failed} >= {"octo-org/incidents"}
    numbers = {links(item).issue for item in failed if item.issue_repository == "octo-org/incidents"}
    assert all(url and url.startswith("https://github.com/octo-org/incidents/issues/") for url in numbers)


def test_a_record_s_address_ends_with_its_path(found: Found) -> None:
    assert {links(item, RECORDS).record for items in found.values() for item in items} == {
        f"{RECORDS}{item.path}" for items in found.values() for item in items
    }


def test_queue_times_are_grouped_by_the_labels_of_the_runner(found: Found) -> None:
    assert {item.group for item in found["queue_time"]} == {"ubuntu-latest"}
    assert {item.group for items in found.values() for item in items if item.measure != "queue_time"} == {None}


def test_a_report_knows_where_its_records_are(demo: tuple[Report, Found]) -> None:
    assert demo[0].records_url == RECORDS


def test_records_of_several_sources_have_no_address(tmp_path: Path) -> None:
    with open_database(":memory:") as connection:
        for name in ("one", "two"):
            merge(connection, Source(FolderReader(tmp_path), name, url=RECORDS))
        report = build(connection, services=load(SERVICES), source="demo", now=timeline.END)
    assert report.records_url == ""


def test_a_change_of_other_code_leads_to_its_own_repository() -> None:
    records = [FIRST, deployed(2, at(3, "09:00"), "b"), *pull_request(62, at(3, "08:00"))]
    with merged(records) as connection:
        catalog.create(connection, parsed(OF_SERVICE))
        views.materialize(connection)
        [change] = [item for item in evidence(connection, "change_lead_time") if item.value is not None]
        [stage] = [item for item in evidence(connection, "pull_request_lead_time") if item.number == 62]
    for item in (change, stage):
        assert (item.repository, item.code_repository, item.number) == (DEPLOY, SHOP, 62)
        assert links(item).pull_request == f"https://github.com/{SHOP}/pull/62"


def test_an_item_without_links_has_none() -> None:
    assert links(Evidence("m", "s", "o/r", "", None, "i", None, None, None, None)) == Links()
