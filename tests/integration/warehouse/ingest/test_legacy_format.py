from datetime import datetime
from itertools import combinations, permutations
from typing import Any

import pytest

from tests.builders import NOW
from tests.unit.warehouse.record_factory import (
    DAY,
    Files,
    database,
    dumped,
    files,
    merged,
    one,
    original,
    record,
    rejects,
)
from warehouse.database import open_database
from warehouse.ingest.legacy_format import METRICS
from warehouse.schema.metric_tables import tables

NINE = sorted(METRICS)
LATER = NOW + 60_000
OURS = [record(metric) for metric in NINE]
ORIGINALS = {path: text for stored in OURS for path, text in original(stored).items()}
PARTIAL = {"status": "networkError"}


def facts(connection: Any) -> dict[str, list[Any]]:
    """Return the content of the metric tables, without the unresolved records."""
    return {name: rows for name, rows in dumped(connection).items() if name.startswith("main.")}


def shown(connection: Any, metric: str) -> Any:
    return one(connection, f"SELECT collected_by, status FROM {tables()[metric].name}")


def test_original_records_are_merged_without_ids() -> None:
    with database(ORIGINALS) as connection:
        assert {metric: shown(connection, metric) for metric in NINE} == dict.fromkeys(NINE, ("original", "success"))
        assert rejects(connection) == {}


def test_a_record_of_the_originals_says_what_it_knows() -> None:
    with database(original(record("deployment"))) as connection:
        row = one(connection, "SELECT * EXCLUDE (duration, package_json) FROM deployment")
        assert set(row[19:]) == {None}  # fields that the original does not know
        assert row[:19] == (
            "github.com",
            "octo-org/hello-world",
            "original@octo-org/hello-world@2026-11-20 12:00:00@production",
            0,
            "octo-org/hello-world/deployment/1795500000000",
            "here",
            "octo-org/hello-world/deployment/1795500000000.json",
            "success",
            "octo-org",
            "hello-world",
            None,
            datetime(2026, 11, 24, 6),
            None,
            "original",
            [],
            0,
            "production",
            datetime(2026, 11, 20, 12),
            {"is_initial_deployment": False, "time_since_last_deploy": DAY},
        )


@pytest.mark.parametrize("ours_first", [True, False])
def test_a_current_record_replaces_the_original_one(ours_first: bool) -> None:  # noqa: FBT001 (a table)
    ways = [files(*OURS), ORIGINALS]
    with open_database(":memory:") as connection, database(files(*OURS)) as alone:
        for way in ways if ours_first else ways[::-1]:
            merged(connection, way)
            connection.execute("UPDATE sources SET cursor = NULL")
        assert facts(connection) == facts(alone)


def test_a_folder_may_hold_both() -> None:
    with database({**files(*OURS), **ORIGINALS}) as connection, database(files(*OURS)) as alone:
        assert facts(connection) == facts(alone)


def test_several_of_one_fact_are_one_and_the_newest_stays() -> None:
    again = {path: text for event_record in OURS for path, text in original(event_record, created_at=LATER).items()}
    with database({**ORIGINALS, **again}) as connection, database(again) as alone:
        assert facts(connection) == facts(alone)


@pytest.mark.parametrize("metric", NINE)
@pytest.mark.parametrize("order", [1, -1])
def test_its_success_beats_our_network_error_until_ours_succeeds(metric: str, order: int) -> None:
    partial, good = record(metric, status="networkError", received_at=LATER), record(metric)
    with open_database(":memory:") as connection:
        for way in (files(partial), original(good))[::order]:
            merged(connection, way, name=str(len(way)) + str(order) + str(id(way)))
        assert shown(connection, metric) == ("original", "success")
        merged(connection, files(good), name="ours")
        assert shown(connection, metric) == ("webhook", "success")


@pytest.mark.parametrize("metric", NINE)
def test_of_two_network_errors_ours_stays(metric: str) -> None:
    contents = {**files(record(metric, **PARTIAL)), **original(record(metric, **PARTIAL), created_at=LATER)}
    with database(contents) as connection:
        assert shown(connection, metric) == ("webhook", "networkError")


@pytest.mark.parametrize("order", [1, -1])
def test_a_release_of_a_prefix_is_not_the_original_one_of_its_version(order: int) -> None:
    plain, prefixed = record("release-versions"), record("release-versions", ref="api/v1.2.3")
    with open_database(":memory:") as connection:
        for number, way in enumerate((original(plain), files(prefixed))[::order]):
            merged(connection, way, name=str(number))
        prefixes = connection.execute("SELECT prefix FROM release_versions ORDER BY prefix NULLS FIRST").fetchall()
        assert prefixes == [(None,), ("api/v",)]
        merged(connection, files(plain), name="ours")
        assert connection.execute("SELECT prefix FROM release_versions ORDER BY prefix").fetchall() == [
            ("",),
            ("api/v",),
        ]


def test_a_later_version_of_the_originals_is_later_than_ours() -> None:
    rerun = record("check-suite", check_suite__updated_at="2026-11-21T10:00:00Z")
    with database({**files(record("check-suite")), **original(rerun)}) as connection:
        assert shown(connection, "check-suite") == ("original", "success")


def test_a_repository_that_was_renamed_is_known_by_the_name_that_it_had() -> None:
    before, after = record("review"), record("review", repository__name="renamed", received_at=LATER, review__id=8)
    with database({**original(record("release-versions")), **files(before, after)}) as connection:
        assert one(connection, "SELECT repository_key, repo FROM release_versions") == ("186853002", "hello-world")


def test_repository_names_are_learned_from_later_records() -> None:
    with database(ORIGINALS) as connection:
        keys = " UNION ".join(f"SELECT repository_key FROM {tables()[metric].name}" for metric in NINE)
        assert one(connection, keys) == ("octo-org/hello-world",)
        merged(connection, files(record("review")), name="ours")
        assert one(connection, keys) == ("186853002",)


def test_the_commits_of_a_pull_request_are_joined_to_it_by_its_identity() -> None:
    with database({**original(record("commits-per-pr")), **original(record("code-review-involvement"))}) as connection:
        joined = (
            "SELECT count(*) FROM commits_per_pr JOIN code_review_involvement USING (host, repository_key, identity)"
        )
        assert one(connection, joined) == (1,)


def test_two_deployments_are_two_and_two_environments_too() -> None:
    event_record = record("deployment")
    contents = {}
    for n, (env, time) in enumerate([("a", 1), ("a", 2), ("b", 1)]):
        output = {**event_record.event.output, "env": env, "deploy_time": time}
        contents |= original(event_record, output=output, created_at=NOW + n)
    with database(contents) as connection:
        assert one(connection, "SELECT count(*) FROM deployment") == (3,)


@pytest.mark.parametrize(
    ("metric", "output", "reason"),
    [
        ("review", {}, "no record: it has no id"),
        ("check-suite", {"id": None}, "no record: it has no output.id"),
        ("release-versions", {"release_version": None}, "no record: it has no output.release_version.version"),
        ("deployment", {"deploy_time": None}, "no record: it has no output.deploy_time"),
    ],
)
def test_one_that_does_not_say_which_fact_it_is_is_a_reject(metric: str, output: dict[str, Any], reason: str) -> None:
    event_record = record(metric)
    with database(original(event_record, output={**event_record.event.output, **output})) as connection:
        assert list(rejects(connection).values()) == [reason]


def test_a_time_in_text_is_not_what_the_original_wrote() -> None:
    with database(original(record("check-suite"), created_at="2026-11-24T06:00:00.000Z")) as connection:
        assert list(rejects(connection).values()) == ["created_at: expected a whole number"]


def test_its_negative_durations_are_null_and_say_so() -> None:
    event_record = record("workflow-job")
    with database(
        original(event_record, output={**event_record.event.output, "duration": -1_906_073_000})
    ) as connection:
        assert one(connection, "SELECT duration, anomalies FROM workflow_job") == (None, ["negative_duration"])


def orders(count: int) -> list[tuple[int, ...]]:
    """Return orders of so many sources that have any three of them in each of their six orders."""
    missing = set(permutations(range(count), 3))
    chosen = []
    while missing:
        best = max(permutations(range(count)), key=lambda order: len(missing & set(combinations(order, 3))))
        chosen.append(best)
        missing -= set(combinations(best, 3))
    return chosen


def test_the_order_of_sources_does_not_change_the_database() -> None:
    renamed = record("tooling-usage", repo="renamed")
    ways: list[dict[str, bytes]] = [
        original(record("deployment")),
        files(record("deployment", status="networkError")),
        {**original(renamed), **files(record("tooling-usage", **PARTIAL))},
        files(record("review", repository__name="renamed", received_at=LATER), record("check-suite")),
    ]
    seen = []
    for order in orders(len(ways)):
        with open_database(":memory:") as connection:
            for index in order:
                merged(connection, Files(ways[index]), name=str(index))
            seen.append(dumped(connection))
    assert all(item == seen[0] for item in seen)


def test_a_replaced_network_error_is_not_forgotten() -> None:
    named, failed = record("tooling-usage"), record("tooling-usage", repository_id=186853002, status="networkError")
    review = record("review")
    store = Files(files(named, review))
    with database(store) as connection, database(files(named, review, failed)) as expected:
        for event_record in (failed, named, failed):
            store.put(files(event_record))
            merged(connection, store)
            assert dumped(connection) == dumped(expected)
        assert len(dumped(connection)["aside.tooling_usage"]) == 2
