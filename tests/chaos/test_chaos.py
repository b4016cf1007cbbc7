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


def test_nothing_is_lost_that_is_not_explained_nothing_is_there_twice_and_all_of_it_is_right() -> None:
    told = run(7, 200)
    assert (told.unexplained, told.unrecovered, told.doubles, told.wrong) == ([], [], 0, [])
    assert told.stored + sum(told.explained.values()) == told.expected
    assert told.recovered > 0
    assert told.backfilled > 0
    assert told.killed > 0
    assert all(sum(each.values()) > 0 for each in told.faults.values())
    assert [(each.good, each.stored, each.killed > 0) for each in told.neighbours] == [
        (True, each.expected, True) for each in told.neighbours
    ]
    assert told.naive.stored < told.naive.facts / 2
    assert " 0 doubles, 0 of other content, " in summary(told)
    assert summary(told).startswith(f"{told.sent} sent, {told.expected} expected, {told.stored} stored, ")


def test_a_seed_tells_the_same_story_and_another_one_another() -> None:
    first, again, other = (story(seed, 100, NOW) for seed in (1, 1, 2))
    assert first.deliveries == again.deliveries
    assert first.deliveries != other.deliveries
    assert {each.day for each in first.deliveries} == set(range(DAYS)) > set(DOWN)


def test_the_faults_of_a_seed_are_the_same() -> None:
    drawn = [[Chaos("a", GITHUB, seed).next("PATCH") for _ in range(1)] for seed in (1, 1)]
    assert drawn[0] == drawn[1]
    one, two = (Chaos("a", GITHUB, 3) for _ in range(2))
    assert [one.next("PATCH") for _ in range(500)] == [two.next("PATCH") for _ in range(500)]
    assert {DELAY, DROP, LOST, "409", "422"} <= set(one.done)
    one.resting = True
    assert one.next("GET") is None


def test_what_is_missing_counts_as_explained_only_where_the_ledger_names_its_delivery() -> None:
    told = story(1, 100, NOW)
    each = random.Random(1).choice([each for each in told.deliveries if each.event == "check_suite"])
    missing = set(oracle.of_delivery(each, told))
    entry = {"missing": [{"guid": each.guid, "reason": "not taken (502)"}]}
    assert explained_by(missing, [entry], told) == dict.fromkeys(missing, "not taken (502)")
    assert explained_by(missing, [{"missing": []}], told) == {}
