"""Worlds of our own with records of schema 1: each answer is right, unknown or inferred, never known and wrong."""

import random
from collections.abc import Iterator
from typing import Any

from tests.histories.degrade import NEW_METRICS, degraded
from tests.integration.warehouse.own_worlds.world import Answer, Inferred, Of, World, answers_of, rounded
from tests.integration.warehouse.test_own_worlds import PLACED, WORLDS, sql_answers_of
from tests.oracle import measures

Different = tuple[str, str]
"""The beginning of a situation, and a measure."""
ACCEPTED: dict[Different, str] = {
    ("The cause is a pull request of five days", "change_fail_rate"): (
        "of an incident that names nothing, only the candidates of failure_hours are unknown"
    ),
    ("A script wrote three commits in one second", "change_lead_time"): (
        "without fingerprints the third is one of the three: its time is right, its name is not"
    ),
    ("Production by flag and by name", "deployment_frequency"): "without flags the name decides",
    ("The deployment of b was created, waited", "deployment_rework_rate"): (
        "without its job a deployment begins when it was created"
    ),
}
"""What is known in schema 1 and not so in schema 2, with the definitions' reason. It may only shrink."""


def old(world: World) -> World:
    return world._replace(
        records=[degraded(entry) for entry in world.records if entry["metric_signature"] not in NEW_METRICS]
    )


OLD = [old(world) for world in PLACED]


def wrong(answer: dict[str | Of, dict[str, Answer]], found: dict[str | Of, dict[str, Answer]]) -> Iterator[str]:
    """Yield each measure with a known item that is another value in the answer, or no item of it, or unknown."""
    for key, items in answer.items():
        for item, value in found[key].items():
            right = items.get(item)
            right = right.value if isinstance(right, Inferred) else right
            if isinstance(value, int | float) and (right is None or abs(right - value) > 1e-5):
                yield key.measure if isinstance(key, Of) else key


def different(found: dict[int, Any]) -> set[Different]:
    return {
        (next((start for start, _ in ACCEPTED if world.situation.startswith(start)), world.situation), measure)
        for place, world in enumerate(WORLDS, 1)
        for measure in wrong(rounded(world.answer), answers_of(world, place, found[place]))
    }


def test_the_sql_knows_nothing_wrong_of_worlds_in_schema_1() -> None:
    assert different(sql_answers_of(OLD)) == set(ACCEPTED)


def test_the_oracle_knows_nothing_wrong_of_worlds_in_schema_1() -> None:
    found = {place: measures(world.records, world.services) for place, world in enumerate(OLD, 1)}
    assert different(found) == set(ACCEPTED)


def test_records_that_arrive_in_any_order_give_the_same_answers() -> None:
    chance = random.Random(1)
    found = sql_answers_of(
        [world._replace(records=chance.sample(world.records, len(world.records))) for world in PLACED]
    )
    for place, world in enumerate(WORLDS, 1):
        assert answers_of(world, place, found[place]) == rounded(world.answer), world.situation
