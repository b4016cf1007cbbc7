from pathlib import Path
from typing import Any

import pytest

from cli.comparisons import compare
from core.errors import Unavailable
from core.stores.directory import DirectoryStore
from tests.builders import NOW
from tests.github_history import DAY, add_deployment
from tests.unit.core.backfill.test_run import Harness
from warehouse.comparison_pairs import Pair


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    harness = Harness(tmp_path / "data")
    for number in range(1, 5):
        add_deployment(harness.repository, number, NOW - (5 - number) * DAY)
    return harness


def pairs(harness: Harness) -> list[Pair]:
    """Return pairs that skip a deployment."""
    shas = [deployment.sha for deployment in harness.repository.deployments]
    id = harness.repository.id
    return [Pair("github.com", "octo-org", "hello-world", id, *pair, NOW) for pair in zip(shas, shas[2:], strict=False)]


def test_each_pair_becomes_a_record_of_its_comparison(harness: Harness) -> None:
    assert compare(pairs(harness), harness.services()) == (2, 0, 0, ())
    records = list(harness.records().values())
    assert [record["metric_signature"] for record in records] == ["comparison"] * 2
    assert {(record["output"]["base"], record["output"]["head"]) for record in records} == {
        (pair.base, pair.head) for pair in pairs(harness)
    }
    first = records[0]
    assert (first["output"]["status"], len(first["output"]["changes"]["commits"])) == ("ahead", 2)
    assert (first["collected_by"], first["repository_id"]) == ("backfill", harness.repository.id)


def test_a_commit_that_is_gone_is_recorded_as_not_comparable(harness: Harness) -> None:
    gone = pairs(harness)[0]._replace(base="f" * 40)
    assert compare([gone], harness.services()) == (1, 0, 0, ())
    (record,) = harness.records().values()
    assert (record["output"]["status"], record["output"]["changes"]) == (None, None)


def test_a_repository_that_is_gone_is_lost_and_named(harness: Harness) -> None:
    gone = pairs(harness)[0]._replace(repo="nowhere")
    result = compare([gone, *pairs(harness)], harness.services())
    assert (result.stored, result.lost, result.left) == (2, 1, 0)
    assert ["404" in reason for reason in result.reasons] == [True]


def test_requests_for_live_events_and_time_are_reserved(harness: Harness) -> None:
    services = harness.services()

    class Used:
        def budget(self, _path: str) -> float:
            return 0.2

        def __getattr__(self, name: str) -> Any:
            return getattr(services.github, name)

    assert compare(pairs(harness), services._replace(github=Used())) == (0, 0, 2, ())
    assert compare(pairs(harness), services._replace(seconds_left=lambda: 1.0)) == (0, 0, 2, ())
    assert harness.records() == {}


def test_a_store_that_is_out_leaves_the_pairs(harness: Harness) -> None:
    class Out(DirectoryStore):
        def write(self, *_: Any) -> bool:
            raise Unavailable("the disk is full")

    harness.store = Out(str(harness.folder))
    result = compare(pairs(harness), harness.services())
    assert (result.stored, result.lost, result.left) == (0, 0, 2)
    assert result.reasons == ("the disk is full",)
    harness.store = DirectoryStore(str(harness.folder))
    assert compare(pairs(harness), harness.services()).stored == 2
