"""Worlds of our own: the SQL and the oracle give the answers that were worked out by hand from the definitions."""

from collections import Counter
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest

from tests.integration.warehouse import own_worlds
from tests.integration.warehouse.answers import sql_answers
from tests.integration.warehouse.own_worlds.world import World, answers_of, placed, rounded
from tests.integration.warehouse.test_own_worlds_report import REPORT_WORLDS
from tests.oracle import measures
from tests.oracle.measures import Measures

WORLDS: list[World] = [
    world
    for module in iter_modules(own_worlds.__path__)
    for world in getattr(import_module(f"{own_worlds.__name__}.{module.name}"), "WORLDS", [])
]
PLACED = [placed(world, place) for place, world in enumerate(WORLDS, 1)]
TABLES = {"services", "repositories", "environment_aliases"}
NAMES = [f"{world.section}: {world.situation[:60]}" for world in WORLDS]
each_world = pytest.mark.parametrize("place", range(1, len(WORLDS) + 1), ids=NAMES)


def sql_answers_of(worlds: list[World]) -> dict[int, Measures]:
    """Return the SQL's answers by place: one database for all worlds whose settings are of their own repositories."""
    together = [world for world in worlds if set(world.services) <= TABLES]
    document: dict[str, Any] = {table: {} for table in TABLES}
    for world in together:
        for table, content in world.services.items():
            document[table].update(content)
    answers = sql_answers([record for world in together for record in world.records], document)
    return {
        place: answers if set(world.services) <= TABLES else sql_answers(world.records, world.services)
        for place, world in enumerate(worlds, 1)
    }


@pytest.fixture(scope="module")
def found() -> dict[int, Measures]:
    return sql_answers_of(PLACED)


@each_world
def test_the_sql_answers_a_world_of_our_own(found: dict[int, Measures], place: int) -> None:
    world = WORLDS[place - 1]
    assert answers_of(world, place, found[place]) == rounded(world.answer), world.situation


@each_world
def test_the_oracle_answers_a_world_of_our_own(place: int) -> None:
    world, own = WORLDS[place - 1], PLACED[place - 1]
    assert answers_of(world, place, measures(own.records, own.services)) == rounded(world.answer), world.situation


def test_each_section_has_two_worlds_one_of_them_adversarial() -> None:
    worlds = [(world.section, world.is_adversarial) for world in WORLDS]
    worlds += [(world.section, world.is_adversarial) for world in REPORT_WORLDS]
    numbers = Counter(section for section, _ in worlds)
    assert set(numbers) == {*map(str, range(14)), "6b"}
    assert min(numbers.values()) >= 2
    assert {section for section, is_adversarial in worlds if is_adversarial} == set(numbers)
