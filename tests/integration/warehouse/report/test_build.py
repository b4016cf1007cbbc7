import random
from collections.abc import Iterator
from itertools import count
from math import isclose
from statistics import median

import pytest

from core.metrics.tooling_usage import Output as ToolingUsage
from tests.unit.warehouse.database_cache import Files
from tests.unit.warehouse.scenarios import (
    HOUR,
    NOW,
    RecordSpec,
    at,
    commit,
    documented,
    failure,
    file,
    incident,
    job,
    merged_database,
    number,
    pull_request,
    report,
    requested,
    review,
    success,
    suite,
    tag,
)
from warehouse.evidence import evidence
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source
from warehouse.measures import measures
from warehouse.periods import days, named
from warehouse.report import as_markdown, as_text
from warehouse.report.build import build
from warehouse.report.model import PER_DAY, Evidence, LedgerDay, Missing, Number, Reject, Repository
from warehouse.services import parsed

SHOP, CART, LIBRARY = (
    {"repo": f"octo-org/{name}", "repository_id": id} for id, name in enumerate(("shop", "cart", "lib"), 1)
)
SERVICES = parsed(
    {
        "services": {"store": {"repositories": ["octo-org/shop", "octo-org/cart"], "team": "many"}},
        "teams": {"many": {"size": 9}},
        "repositories": {"octo-org/lib": {"deployments": "releases", "branch": "main"}},
    }
)


def busy(seed: int) -> Iterator[RecordSpec]:
    """Yield two months of records of three repositories for all measures, with many unknown values."""
    chance, ids = random.Random(seed), count(1)
    for repository in (SHOP, CART, LIBRARY):
        shas = ["start"]
        for day in range(-30, 26):
            for _ in range(chance.randrange(3)):
                when, id = at(day) + chance.randrange(20) * HOUR, next(ids)
                sha, before = f"s{id}", shas[-1]
                yield from pull_request(
                    id,
                    when - chance.randrange(1, 60) * HOUR,
                    when - HOUR,
                    sha,
                    chance.choice((None, [when - 50 * HOUR, when - 9 * HOUR], [when - 2 * HOUR])),
                    lines=chance.choice((None, 0, 7, 500)),
                    revert=chance.random() < 0.1,
                    **repository,
                )
                if repository is SHOP:
                    yield review(id, id, when - chance.randrange(1, 30) * HOUR, bot=chance.random() < 0.3)
                    yield documented(id, when - HOUR, chance.choice((None, 0, 3)))
                    yield requested(id, when, chance.choice((None, 5 * HOUR)))
                    yield suite(id, when, chance.choice(("success", "failure", "cancelled")))
                yield from (
                    job(
                        next(ids),
                        when,
                        chance.choice(("success", "failure", "skipped", None)),
                        run=id,
                        sha=sha,
                        **repository,
                    )
                    for _ in range(2)
                )
                yield _ended(chance, id, when, sha, before, repository)
                shas.append(sha)
                if chance.random() < 0.2:
                    opened = when + chance.randrange(100) * HOUR // 4
                    yield from incident(id, opened, chance.choice((None, opened + HOUR)), **repository)
            if repository is LIBRARY and chance.random() < 0.2:
                yield tag(f"v1.{day + 40}.0", at(day, "12:00"), **repository)
    cancelled = job(next(ids), at(20), "cancelled", run=next(ids), sha="cut")
    yield failure(id := next(ids), at(20), "cut")
    yield cancelled._replace(output=cancelled.output._replace(deployment_id=id))
    yield failure(next(ids), at(21, "10:00"), "bad")
    yield success(next(ids), at(21, "12:00"), "good", commit("good", at(21, "11:00")))


def _ended(
    chance: random.Random, id: int, when: int, sha: str, before: str, repository: dict[str, object]
) -> RecordSpec:
    draw = chance.random()
    env = chance.choice(("production", "production-eu", "staging"))
    if draw < 0.1:
        return failure(id, when, sha, env=env, **repository)
    if draw < 0.2:
        return success(id, when, before, back=True, env=env, **repository)
    if draw < 0.3:
        return success(id, when, sha, unread=True, env=env, **repository)
    changes = (
        commit(sha, when - HOUR, number=id),
        commit(f"p{id}", chance.choice((None, when - 3 * HOUR, when + HOUR))),
    )
    return success(id, when, sha, *changes, env=env, truncated=draw > 0.95, **repository)


def recomputed(number: Number, behind: list[Evidence], now: int) -> float | None:
    """Compute the number from its evidence."""
    values = [item.value for item in behind if item.value is not None]
    statistic = next(measure.statistic for measure in measures() if measure.name == number.measure)
    if statistic == PER_DAY:
        return sum(values) / days(named(number.period), now)
    if not values:
        return None
    if statistic == "sum":
        return sum(values)
    return median(values) if statistic == "median" else sum(values) / len(values)


def same(one: float | None, other: float | None) -> bool:
    """Compare two values; None equals only None, and sums may differ by rounding."""
    return one is other if one is None or other is None else isclose(one, other, rel_tol=1e-12)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_number_is_what_its_evidence_makes_and_counts_as_many_items(seed: int) -> None:
    with merged_database(busy(seed)) as connection:
        result = build(connection, services=SERVICES, source="test", now=NOW)
        every: dict[tuple[str, ...], list[Evidence]] = {}
        for entry in evidence(connection):
            every.setdefault((entry.measure, entry.service, entry.environment), []).append(entry)
        for computed in result.numbers:
            period = named(computed.period)
            behind = [
                item
                for item in every.get((computed.measure, computed.service, computed.environment), ())
                if computed.repository in ("", item.repository)
                and item.at is not None
                and period.starts_at <= item.at < period.ends_at
            ]
            assert (computed.items, computed.known, computed.inferred) == (
                len(behind),
                sum(item.certainty == "known" for item in behind),
                sum(item.certainty == "inferred" for item in behind),
            ), computed
            assert same(computed.value, recomputed(computed, behind, NOW)), computed
        assert {number.measure for number in result.numbers} == {measure.name for measure in measures()}
        for computed in random.Random(seed).sample(result.numbers, 20):
            of = {name: getattr(computed, name) for name in ("service", "repository", "environment")}
            listed = list(evidence(connection, computed.measure, period=named(computed.period), **of))
            assert len(listed) == computed.items
            assert same(computed.value, recomputed(computed, listed, NOW)), computed
            assert {item.record_id for item in listed} == {
                item.record_id for item in listed if item.record_id and item.path
            }


def test_shares_are_from_0_to_1_and_coverage_never_exceeds_all() -> None:
    result = report(busy(3), services=SERVICES)
    shares = {measure.name for measure in result.measures if measure.unit == "share"}
    assert [
        number
        for number in result.numbers
        if number.measure in shares and number.value is not None and not 0 <= number.value <= 1
    ] == []
    assert [number for number in result.numbers if not 0 <= number.known <= number.items] == []
    durations = {measure.name for measure in result.measures if measure.unit == "duration"}
    assert [number for number in result.numbers if number.measure in durations and (number.value or 0) < 0] == []


def test_a_report_names_no_person() -> None:
    result = report(busy(1), services=SERVICES)
    text = str(result).lower().replace("lead_time_from='authored'", "")  # which date, not whose
    assert [word for word in ("login", "author", "sender", "@") if word in text] == []


def test_an_empty_database_is_a_report_of_nothing() -> None:
    result = report()
    assert set(result.records.values()) == {0}
    assert (result.newest_at, result.repositories, result.numbers, result.ledger, result.rejects, result.rejected) == (
        None,
        (),
        (),
        (),
        (),
        0,
    )
    assert result.measures == measures() != ()
    assert [measure.name for measure in result.measures if measure.is_dora] == [
        "change_lead_time",
        "deployment_frequency",
        "failed_deployment_recovery_time",
        "change_fail_rate",
        "deployment_rework_rate",
    ]


def test_a_report_has_record_counts_and_the_newest_time() -> None:
    result = report(
        success(1, at(2), "a", first=True, received_at=at(2)),
        suite(1, at(3), "success")._replace(received_at=at(3, "01:00")),
    )
    assert (result.generated_at, result.source, result.newest_at) == (NOW, "test", at(3, "01:00"))
    assert {metric: facts for metric, facts in result.records.items() if facts} == {
        "deployment-status": 1,
        "check-suite": 1,
    }
    assert result.repositories == (Repository("github.com", "1", "octo-org/shop", "octo-org/shop", None, "statuses"),)


def test_repositories_have_their_service_and_deployment_kind() -> None:
    result = report(tag("v1.0.0", at(2), **LIBRARY), success(1, at(2), "a", **SHOP), services=SERVICES)
    assert result.repositories == (
        Repository("github.com", "3", "octo-org/lib", "octo-org/lib", None, "releases"),
        Repository("github.com", "1", "octo-org/shop", "store", "many", "statuses"),
    )


def test_a_team_that_is_too_small_is_hidden() -> None:
    services = parsed(
        {"services": {"store": {"repositories": ["*/shop"], "team": "few"}}, "teams": {"few": {"size": 4}}}
    )
    [repository] = report(success(1, at(2), "a", first=True), services=services).repositories
    assert (repository.service, repository.team) == ("store", None)


def test_a_repository_with_and_without_id_is_listed_once() -> None:
    nameless = RecordSpec("tooling-usage", "2026-11-02", ToolingUsage(None), repository_id=None)
    result = report(success(1, at(2), "a", first=True), nameless)
    assert [repository.key for repository in result.repositories] == ["1"]
    alone = report(nameless._replace(repo="octo-org/Lone"))
    assert [(repository.key, repository.name) for repository in alone.repositories] == [
        ("octo-org/lone", "octo-org/Lone")
    ]


def test_requested_periods_are_those_reported() -> None:
    with merged_database(success(1, at(2, "09:00"), "a", first=True)) as connection:
        result = build(connection, source="test", now=NOW, periods=(named("2026-W45"),))
    assert result.periods == (named("2026-W45"),)
    assert {number.period for number in result.numbers} == {"2026-W45"}


def test_ledger_days_and_missing_deliveries_are_oldest_first() -> None:
    with merged_database() as connection:
        connection.execute("INSERT INTO ledger VALUES ('2026-11-03', '1', 'octo-org', 9, 1, 8, 8, 2, 0)")
        connection.execute("INSERT INTO ledger VALUES ('2026-11-02', 'app-5', 'octo-app', 3, 0, 3, 1, 0, 0)")
        connection.execute(
            "INSERT INTO ledger_missing VALUES "
            "('2026-11-02', 'app-5', 12, 'guid-2', 'check_suite', 500, 'not recovered yet'), "
            "('2026-11-02', 'app-5', 11, 'guid-1', 'deployment', 0, 'lost: too old')"
        )
        result = build(connection, source="test", now=NOW)
    missing = (Missing("guid-1", "deployment", "lost: too old"), Missing("guid-2", "check_suite", "not recovered yet"))
    assert result.ledger == (
        LedgerDay("2026-11-02", "octo-app (app-5)", 3, 3, 1, 0, missing),
        LedgerDay("2026-11-03", "octo-org (1)", 9, 8, 8, 2, ()),
    )


def test_the_first_rejects_are_listed_and_all_are_counted() -> None:
    with merged_database() as connection:
        connection.execute(
            "INSERT INTO rejects SELECT 'test', format('{:03}.json', i), 'not JSON', now()::TIMESTAMP FROM range(250) r(i)"
        )
        result = build(connection, source="test", now=NOW)
    assert (result.rejected, len(result.rejects), result.rejects[0]) == (
        250,
        100,
        Reject("000.json", "not JSON"),
    )


def test_a_report_after_another_merge_includes_new_records() -> None:
    with merged_database(success(1, at(2), "a", first=True)) as connection:
        before = build(connection, source="test", now=NOW)
        merge(
            connection,
            Source(Files(dict([file(success(2, at(3), "b", commit("b", at(2))))])), "more"),
            now=lambda: NOW,
        )
        after = build(connection, source="test", now=NOW)
    items = [number(result, "deployment_frequency", "2026-11") for result in (before, after)]
    assert [item and item.items for item in items] == [1, 2]


def test_evidence_is_newest_first_and_limited() -> None:
    deployments = [success(day, at(day), f"s{day}", commit(f"s{day}", at(day - 1))) for day in range(2, 9)]
    with merged_database(deployments, tag("v1.0.0", at(2), collected_by="backfill")) as connection:
        build(connection, source="test", now=NOW)
        results = [item.item for item in evidence(connection, "deployment_frequency", limit=3)]
        assert results == ["8", "7", "6"]
        assert [item.item for item in evidence(connection, "deployment_frequency", service="nobody's")] == []
        of_all = {item.measure for item in evidence(connection, limit=1)}
    assert of_all == {
        "change_lead_time",
        "deployment_frequency",
        "change_fail_rate",
        "deployment_rework_rate",
        "release_cadence",
    }


def test_an_unknown_measure_has_no_evidence() -> None:
    with merged_database() as connection, pytest.raises(KeyError, match="velocity"):
        list(evidence(connection, "velocity"))


def test_settings_without_an_effect_are_noted() -> None:
    services = parsed(
        {
            "services": {"a": {"repositories": ["octo-org/shop", "octo-org/shpo"]}},
            "repositories": {
                "octo-org/shop": {"deployments": {"kind": "workflow", "workflow": "CD", "branches": ["main"]}}
            },
        }
    )
    assert report(success(1, at(2), "a", first=True), services=services).notes == (
        (
            'services.a.repositories: "octo-org/shpo" matches none of the 1 repositories in the records; '
            'the nearest is "octo-org/shop"'
        ),
        'repositories.octo-org/shop.deployments.workflow: "CD" matches nothing; the records name no workflows there',
    )
    assert report(success(1, at(2), "a", first=True)).notes == ()
    assert report(services=services).notes == ()


@pytest.mark.parametrize(
    ("start", "title"), [("authored", "Change lead time"), ("merged", "Change lead time (from merged)")]
)
def test_the_start_of_the_lead_time_is_shown_beside_it(start: str, title: str) -> None:
    services = parsed({"lead_time_from": start})
    with merged_database(success(1, at(2), "a", first=True), success(2, at(3), "b", commit("b", at(2)))) as connection:
        of_start = build(connection, services=services, source="test", now=NOW)
    assert {repository.lead_time_from for repository in of_start.repositories} == {start}
    assert f"\n{title} " in as_text.render(of_start, 200)
    assert f"| {title} |" in as_markdown.render(of_start)
