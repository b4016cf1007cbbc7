"""A small run of `make chaos`, among the tests."""

import random

import pytest

from tests.builders import NOW
from tests.chaos import oracle
from tests.chaos.__main__ import summary
from tests.chaos.accounting import explained_by
from tests.chaos.director import run
from tests.chaos.proxy import DELAY, DROP, GITHUB, LOST, Chaos
from tests.chaos.story import DAYS, DOWN, story

pytestmark = pytest.mark.emulator


def test_every_event_is_stored_once_and_correctly_or_its_loss_explained() -> None:
    result = run(7, 200)
    assert (result.unexplained, result.unrecovered, result.doubles, result.wrong) == ([], [], 0, [])
    assert result.stored + sum(result.explained.values()) == result.expected
    assert result.recovered > 0
    assert result.backfilled > 0
    assert result.killed > 0
    assert all(sum(counts.values()) > 0 for counts in result.faults.values())
    assert [(neighbour.good, neighbour.stored, neighbour.killed > 0) for neighbour in result.neighbours] == [
        (True, neighbour.expected, True) for neighbour in result.neighbours
    ]
    assert result.naive.stored < result.naive.facts / 2
    assert " 0 doubles, 0 of other content, " in summary(result)
    assert summary(result).startswith(f"{result.sent} sent, {result.expected} expected, {result.stored} stored, ")


def test_a_seed_reproduces_its_run_and_another_seed_differs() -> None:
    first, again, other = (story(seed, 100, NOW) for seed in (1, 1, 2))
    assert first.deliveries == again.deliveries
    assert first.deliveries != other.deliveries
    assert {delivery.day for delivery in first.deliveries} == set(range(DAYS)) > set(DOWN)


def test_the_faults_of_a_seed_are_the_same() -> None:
    drawn = [[Chaos("a", GITHUB, seed).next("PATCH") for _ in range(1)] for seed in (1, 1)]
    assert drawn[0] == drawn[1]
    one, two = (Chaos("a", GITHUB, 3) for _ in range(2))
    assert [one.next("PATCH") for _ in range(500)] == [two.next("PATCH") for _ in range(500)]
    assert {DELAY, DROP, LOST, "409", "422"} <= set(one.done)
    one.resting = True
    assert one.next("GET") is None


def test_a_missing_event_is_explained_only_by_its_line_in_the_ledger() -> None:
    scenario = story(1, 100, NOW)
    suite = random.Random(1).choice([delivery for delivery in scenario.deliveries if delivery.event == "check_suite"])
    missing = set(oracle.of_delivery(suite, scenario))
    entry = {"missing": [{"guid": suite.guid, "reason": "not taken (502)"}]}
    assert explained_by(missing, [entry], scenario) == dict.fromkeys(missing, "not taken (502)")
    assert explained_by(missing, [{"missing": []}], scenario) == {}
