import random
from collections.abc import Iterator
from itertools import count
from math import isclose
from statistics import median

import pytest

from core.metrics.tooling_usage import Output as ToolingUsage
from tests.unit.warehouse.scenarios import (
    HOUR,
    NOW,
    Files,
    Told,
    at,
    commit,
    documented,
    failure,
    file,
    incident,
    job,
    number,
    pull_request,
    report,
    requested,
    review,
    success,
    suite,
    tag,
    world,
)
from warehouse.evidence import evidence
from warehouse.ingest.merge import merge
from warehouse.ingest.source import Source
from warehouse.measures import measures
from warehouse.periods import days, named
from warehouse.report.build import REJECTS_SHOWN, build
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


def busy(seed: int) -> Iterator[Told]:
    """Two months of three repositories, of everything that is measured, with much that is not known."""
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


def _ended(chance: random.Random, id: int, when: int, sha: str, before: str, repository: dict[str, object]) -> Told:
    told = chance.random()
    env = chance.choice(("production", "production-eu", "staging"))
    if told < 0.1:
        return failure(id, when, sha, env=env, **repository)
    if told < 0.2:
        return success(id, when, before, back=True, env=env, **repository)
    if told < 0.3:
        return success(id, when, sha, unread=True, env=env, **repository)
    changes = (
        commit(sha, when - HOUR, number=id),
        commit(f"p{id}", chance.choice((None, when - 3 * HOUR, when + HOUR))),
    )
    return success(id, when, sha, *changes, env=env, truncated=told > 0.95, **repository)


def recomputed(found: Number, behind: list[Evidence], now: int) -> float | None:
    """The number that its evidence makes."""
    values = [each.value for each in behind if each.value is not None]
    statistic = next(measure.statistic for measure in measures() if measure.name == found.measure)
    if statistic == PER_DAY:
        return sum(values) / days(named(found.period), now)
    if not values:
        return None
    return median(values) if statistic == "median" else sum(values) / len(values)


def same(one: float | None, other: float | None) -> bool:
    """None is nothing but None; a sum may be added up in another order."""
    return one is other if one is None or other is None else isclose(one, other, rel_tol=1e-12)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_number_is_what_its_evidence_makes_and_counts_as_many_items(seed: int) -> None:
    with world(busy(seed)) as connection:
        told = build(connection, services=SERVICES, source="world", now=NOW)
        every: dict[tuple[str, ...], list[Evidence]] = {}
        for each in evidence(connection):
            every.setdefault((each.measure, each.service, each.environment), []).append(each)
        for found in told.numbers:
            period = named(found.period)
            behind = [
                each
                for each in every.get((found.measure, found.service, found.environment), ())
                if found.repository in ("", each.repository)
                and each.at is not None
                and period.starts_at <= each.at < period.ends_at
            ]
            assert (found.items, found.known) == (len(behind), sum(each.value is not None for each in behind)), found
            assert same(found.value, recomputed(found, behind, NOW)), found
        assert {each.measure for each in told.numbers} == {measure.name for measure in measures()}
        for found in random.Random(seed).sample(told.numbers, 20):
            of = {name: getattr(found, name) for name in ("service", "repository", "environment")}
            asked = list(evidence(connection, found.measure, period=named(found.period), **of))
            assert len(asked) == found.items
            assert same(found.value, recomputed(found, asked, NOW)), found
            assert {each.record_id for each in asked} == {
                each.record_id for each in asked if each.record_id and each.path
            }


def test_shares_are_from_0_to_1_and_coverage_never_exceeds_all() -> None:
    told = report(busy(3), services=SERVICES)
    shares = {measure.name for measure in told.measures if measure.unit == "share"}
    assert [
        each for each in told.numbers if each.measure in shares and each.value is not None and not 0 <= each.value <= 1
    ] == []
    assert [each for each in told.numbers if not 0 <= each.known <= each.items] == []
    durations = {measure.name for measure in told.measures if measure.unit == "duration"}
    assert [each for each in told.numbers if each.measure in durations and (each.value or 0) < 0] == []


def test_nobody_s_name_is_in_a_report() -> None:
    told = report(busy(1), services=SERVICES)
    assert [word for word in ("login", "author", "sender", "@") if word in str(told).lower()] == []


def test_an_empty_database_is_a_report_of_nothing() -> None:
    told = report()
    assert set(told.records.values()) == {0}
    assert (told.newest_at, told.repositories, told.numbers, told.ledger, told.rejects, told.rejected) == (
        None,
        (),
        (),
        (),
        (),
        0,
    )
    assert len(told.measures) == 15
    assert [measure.name for measure in told.measures if measure.is_dora] == [
        "change_lead_time",
        "deployment_frequency",
        "failed_deployment_recovery_time",
        "change_fail_rate",
        "deployment_rework_rate",
    ]


def test_a_report_tells_what_there_is_and_up_to_when() -> None:
    told = report(
        success(1, at(2), "a", first=True, received_at=at(2)),
        suite(1, at(3), "success")._replace(received_at=at(3, "01:00")),
    )
    assert (told.generated_at, told.source, told.newest_at) == (NOW, "world", at(3, "01:00"))
    assert {metric: facts for metric, facts in told.records.items() if facts} == {
        "deployment-status": 1,
        "check-suite": 1,
    }
    assert told.repositories == (Repository("github.com", "1", "octo-org/shop", "octo-org/shop", None, "statuses"),)


def test_repositories_are_told_with_their_service_and_what_their_deployments_are() -> None:
    told = report(tag("v1.0.0", at(2), **LIBRARY), success(1, at(2), "a", **SHOP), services=SERVICES)
    assert told.repositories == (
        Repository("github.com", "3", "octo-org/lib", "octo-org/lib", None, "releases"),
        Repository("github.com", "1", "octo-org/shop", "store", "many", "statuses"),
    )


def test_a_team_that_is_too_small_is_not_told() -> None:
    services = parsed(
        {"services": {"store": {"repositories": ["*/shop"], "team": "few"}}, "teams": {"few": {"size": 4}}}
    )
    [repository] = report(success(1, at(2), "a", first=True), services=services).repositories
    assert (repository.service, repository.team) == ("store", None)


def test_a_repository_some_of_whose_records_tell_no_id_is_told_once() -> None:
    nameless = Told("tooling-usage", "2026-11-02", ToolingUsage(None), repository_id=None)
    told = report(success(1, at(2), "a", first=True), nameless)
    assert [repository.key for repository in told.repositories] == ["1"]
    alone = report(nameless._replace(repo="octo-org/Lone"))
    assert [(each.key, each.name) for each in alone.repositories] == [("octo-org/lone", "octo-org/Lone")]


def test_periods_that_are_asked_for_are_those_that_are_told() -> None:
    with world(success(1, at(2, "09:00"), "a", first=True)) as connection:
        told = build(connection, source="world", now=NOW, periods=(named("2026-W45"),))
    assert told.periods == (named("2026-W45"),)
    assert {each.period for each in told.numbers} == {"2026-W45"}


def test_the_ledger_s_days_and_what_is_missing_are_told_the_oldest_first() -> None:
    with world() as connection:
        connection.execute("INSERT INTO ledger VALUES ('2026-11-03', '1', 'octo-org', 9, 1, 8, 8, 2, 0)")
        connection.execute("INSERT INTO ledger VALUES ('2026-11-02', 'app-5', 'octo-app', 3, 0, 3, 1, 0, 0)")
        connection.execute(
            "INSERT INTO ledger_missing VALUES "
            "('2026-11-02', 'app-5', 12, 'guid-2', 'check_suite', 500, 'not recovered yet'), "
            "('2026-11-02', 'app-5', 11, 'guid-1', 'deployment', 0, 'lost: too old')"
        )
        told = build(connection, source="world", now=NOW)
    missing = (Missing("guid-1", "deployment", "lost: too old"), Missing("guid-2", "check_suite", "not recovered yet"))
    assert told.ledger == (
        LedgerDay("2026-11-02", "octo-app (app-5)", 3, 3, 1, 0, missing),
        LedgerDay("2026-11-03", "octo-org (1)", 9, 8, 8, 2, ()),
    )


def test_the_first_rejects_are_told_and_all_are_counted() -> None:
    with world() as connection:
        connection.execute(
            "INSERT INTO rejects SELECT 'world', format('{:03}.json', i), 'not JSON', now()::TIMESTAMP FROM range(250) r(i)"
        )
        told = build(connection, source="world", now=NOW)
    assert (told.rejected, len(told.rejects), told.rejects[0]) == (250, REJECTS_SHOWN, Reject("000.json", "not JSON"))


def test_a_report_after_another_merge_tells_of_what_is_new() -> None:
    with world(success(1, at(2), "a", first=True)) as connection:
        before = build(connection, source="world", now=NOW)
        merge(
            connection,
            Source(Files(dict([file(success(2, at(3), "b", commit("b", at(2))))])), "more"),
            now=lambda: NOW,
        )
        after = build(connection, source="world", now=NOW)
    items = [number(told, "deployment_frequency", "2026-11") for told in (before, after)]
    assert [each and each.items for each in items] == [1, 2]


def test_the_newest_evidence_comes_first_and_no_more_than_is_asked_for() -> None:
    deployments = [success(day, at(day), f"s{day}", commit(f"s{day}", at(day - 1))) for day in range(2, 9)]
    with world(deployments, tag("v1.0.0", at(2), collected_by="backfill")) as connection:
        build(connection, source="world", now=NOW)
        found = [each.item for each in evidence(connection, "deployment_frequency", limit=3)]
        assert found == ["8", "7", "6"]
        assert [each.item for each in evidence(connection, "deployment_frequency", service="nobody's")] == []
        of_all = {each.measure for each in evidence(connection, limit=1)}
    assert of_all == {
        "change_lead_time",
        "deployment_frequency",
        "change_fail_rate",
        "deployment_rework_rate",
        "release_cadence",
    }


def test_an_unknown_measure_has_no_evidence() -> None:
    with world() as connection, pytest.raises(KeyError, match="velocity"):
        list(evidence(connection, "velocity"))
