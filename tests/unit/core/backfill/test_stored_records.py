import json
from pathlib import Path
from typing import Any

import pytest

from core.backfill.stored_records import Groups, Settled, StoredRecord, groups_to_read, read_records, schema_of
from core.stores.directory import DirectoryStore
from tests.builders import NOW

DAY = 86_400_000
SINCE = NOW - 2 * DAY
FACTS = (
    "workflow-job/2026-11-24/1-1",
    "workflow-job/2026-11-23/2-1",
    "deployment/2026-11-23/3",
    "workflow-job/2026-11-21/4-1",
    "check-suite/2026-11-24/5-1",
    "release-versions/v1.2.3",
    "workflow-job/undated/6-1",
    "comparison/a-b",
    "_odd",
)


def all_settled(groups: Groups) -> dict[str, Settled]:
    return {group: Settled(len(facts), SINCE) for group, facts in groups.facts.items()}


def test_days_since_the_start_are_read_with_what_has_no_day() -> None:
    groups = groups_to_read(FACTS, {}, SINCE)
    assert groups.left == 0
    assert {group.partition("/")[0]: list(facts) for group, facts in groups.facts.items()} == {
        "2026-11-24": ["workflow-job/2026-11-24/1-1"],
        "2026-11-23": ["deployment/2026-11-23/3", "workflow-job/2026-11-23/2-1"],
        "release-versions": ["release-versions/v1.2.3"],
        "workflow-job": ["workflow-job/undated/6-1"],
        "comparison": ["comparison/a-b"],
    }
    assert list(groups.facts)[:2] == ["2026-11-24", "2026-11-23"]


def test_a_new_release_does_not_make_all_releases_to_be_read_again() -> None:
    facts = [f"release-versions/v1.{n}.0" for n in range(6000)]
    first = groups_to_read(facts, {}, SINCE, most=1000)
    assert 1000 <= 6000 - first.left < 1200
    settled = all_settled(groups_to_read(facts, {}, SINCE))
    again = groups_to_read([*facts, "release-versions/v2.0.0"], settled, SINCE)
    assert (len(again.facts), again.left) == (1, 0)
    assert sum(map(len, again.facts.values())) < 200


def test_a_settled_day_is_read_again_for_more_records_or_days() -> None:
    settled = all_settled(groups_to_read(FACTS, {}, SINCE))
    assert groups_to_read(FACTS, settled, SINCE).facts == {}
    assert groups_to_read(FACTS, settled, SINCE + DAY).facts == {}
    assert "2026-11-24" in groups_to_read(FACTS, settled, SINCE - 1).facts
    assert list(groups_to_read((*FACTS, "deployment/2026-11-24/9"), settled, SINCE).facts) == ["2026-11-24"]
    assert settled["2026-11-23"] == Settled(2, SINCE)


def test_the_newest_days_are_read_first_and_the_rest_is_left() -> None:
    facts = [f"workflow-job/2026-11-{day}/{day}-{n}" for day in (22, 23, 24) for n in range(3)]
    groups = groups_to_read(facts, {}, SINCE, most=4)
    assert (list(groups.facts), groups.left) == (["2026-11-24", "2026-11-23"], 3)


def test_a_day_of_many_records_has_parts_that_are_settled_alone() -> None:
    facts = [f"workflow-job/2026-11-24/{n}-1" for n in range(5_000)]
    first = groups_to_read(facts, {}, SINCE, most=1)
    assert (len(first.names), len(first.facts)) == (8, 1)
    assert 400 < 5_000 - first.left < 1_000
    settled, read = dict[str, Settled](), 0
    while groups := groups_to_read(facts, settled, SINCE, most=1).facts:
        settled |= {group: Settled(len(listed), SINCE) for group, listed in groups.items()}
        read += sum(map(len, groups.values()))
    assert (read, len(settled)) == (5_000, 8)


def test_a_group_is_read_again_when_github_answers_what_it_refused() -> None:
    settled = {"2026-11-24": Settled(1, SINCE, {"numbers": 7}), "2026-11-23": Settled(2, SINCE, {"timelines": 8})}
    asked: list[Any] = []
    groups = groups_to_read(
        FACTS, settled, SINCE, is_granted=lambda refused: asked.append(refused) or "numbers" in refused
    )
    assert "2026-11-24" in groups.facts
    assert "2026-11-23" not in groups.facts
    assert asked == [{"numbers": 7}, {"timelines": 8}]


@pytest.mark.parametrize(
    ("metric", "schema", "is_older"),
    [
        ("deployment", 1, True),
        ("deployment", 2, False),
        ("review", 1, False),
        ("deployment", "1", False),
        ("deployment", 3, False),
    ],
)
def test_a_record_of_an_earlier_schema_lacks_the_fields_of_its_metric(metric: str, schema: Any, is_older: bool) -> None:  # noqa: FBT001
    record = StoredRecord(f"{metric}/2026-11-24/1", "path", {"id": "x", "schema": schema, "output": {}})
    assert record.is_older is is_older


def test_records_are_read_with_their_facts(tmp_path: Path) -> None:
    store = DirectoryStore(str(tmp_path))
    record = {"id": "x", "schema": 1, "output": {}}
    store.write({"o/r/deployment/2026-11-24/1.json": json.dumps(record).encode()}, "")
    paths = {"deployment/2026-11-24/1": "o/r/deployment/2026-11-24/1.json", "deployment/2026-11-24/2": "gone.json"}
    (stored,) = read_records(store, paths)
    assert (stored.fact, stored.path, stored.metric, schema_of(stored.record)) == (
        *next(iter(paths.items())),
        "deployment",
        1,
    )
