"""Worlds of our own for sections 10 (cohorts), 11 (time) and 13 (trends), whose answers are the report's."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.histories.build import at, commit, status
from tests.histories.extend import Record
from tests.integration.warehouse.answers import merged
from tests.integration.warehouse.own_worlds.world import BASE, FREQUENCY, LEAD, own_item, owner_of, placed_records
from tests.oracle import cohorts
from warehouse.evidence import evidence
from warehouse.report.build import build
from warehouse.report.default_period import default_periods
from warehouse.report.model import Evidence, Report
from warehouse.report.trends import Series, trends
from warehouse.services import parsed

NOW = at(26, "12:00")


class Shown(NamedTuple):
    """A situation and what is shown of it."""

    section: str
    situation: str
    is_adversarial: bool
    records: list[Record]
    answer: Any
    services: dict[str, Any] = {}  # noqa: RUF012 (it is never changed)


def by(sha: str, minute: int, kind: str | None, *assistants: str) -> dict[str, Any]:
    return commit(sha, at(3, f"11:{minute}"), author_kind=kind, assistants=list(assistants))


def day(id: int, when: int, hours: float = 1, changes: int = 1) -> Record:
    """Return a deployment of changes that were written that long before it."""
    commits = [commit(f"c{id}-{nth}", when - round(hours * 3_600_000) - nth) for nth in range(changes)]
    return status(id, when, f"c{id}", *commits)


TUESDAYS = [at(17 - 7 * week, "12:00") for week in range(7)]
"""Of the last complete weeks, newest first."""
USUAL = [status(1, at(-40), "a", first=True), *(day(10 - n, when, 1, 5) for n, when in enumerate(TUESDAYS) if n)]
COHORTS = [
    Shown(
        "10",
        "Each deployment is of the kind of all its changes; a bot and a person are mixed; one of whom nothing is known is unknown.",
        False,
        [
            *BASE,
            status(3, at(3, "12:00"), "d", by("c", 10, "bot"), by("d", 20, "bot")),
            status(4, at(3, "12:10"), "f", by("e", 30, "bot"), by("f", 40, "person")),
            status(5, at(3, "12:20"), "h", by("g", 50, None), by("h", 55, "person")),
        ],
        {
            "1": ("unknown", None),
            "2": ("person", False),
            "b": ("person", False),
            "3": ("bot", False),
            "c": ("bot", False),
            "d": ("bot", False),
            "4": ("mixed", False),
            "e": ("bot", False),
            "f": ("person", False),
            "5": ("unknown", None),
            "g": ("unknown", False),
            "h": ("person", False),
        },
    ),
    Shown(
        "10",
        "An assistant helped a person: the change is a person's and assisted, so the kind does not change; an agent's is an agent's.",
        True,
        [
            *BASE,
            status(3, at(3, "12:00"), "d", by("c", 10, "person", "claude"), by("d", 20, "person")),
            status(4, at(3, "12:10"), "e", by("e", 30, "agent", "copilot")),
        ],
        {
            "1": ("unknown", None),
            "2": ("person", False),
            "b": ("person", False),
            "3": ("person", True),
            "c": ("person", True),
            "d": ("person", False),
            "4": ("agent", True),
            "e": ("agent", True),
        },
    ),
]
TIMES = [
    Shown(
        "11",
        "Sunday 11:30 in UTC is Monday in Auckland: the deployment is of the week that begins there.",
        False,
        [*BASE, day(3, at(8, "11:30"))],
        {"week": {"2026-W45": 2, "2026-W46": 1}, "month": {"2026-11": 3}},
        {"time_zone": "Pacific/Auckland"},
    ),
    Shown(
        "11",
        "New York sets its clocks back on 1 November: 03:30 in UTC was still October, and 04:30 of the next day is still Sunday.",
        True,
        [
            status(1, at(1, "03:30"), "a", first=True),
            day(2, at(1, "04:30")),
            day(3, at(2, "04:30")),
            day(4, at(2, "05:00")),
        ],
        {"week": {"2026-W44": 3, "2026-W45": 1}, "month": {"2026-10": 1, "2026-11": 3}},
        {"time_zone": "America/New_York"},
    ),
]
PERIODS = [
    Shown(
        "11",
        "The last two complete months have deployments, the last two quarters do not: the month is shown.",
        False,
        [status(1, at(-50), "a", first=True), day(2, at(-10)), day(3, at(20))],
        ("month", "2026-10", True),
    ),
    Shown(
        "11",
        "All deployments are of the running week: it is shown, marked as not over, not the empty week before.",
        True,
        [status(1, at(23), "a", first=True), day(2, at(24))],
        ("week", "2026-W48", False),
    ),
]
TRENDS = [
    Shown(
        "13",
        "Six weeks of one hour, then a complete week of ten hours: above.",
        False,
        [*USUAL, day(10, TUESDAYS[0], 10, 5)],
        "above",
    ),
    Shown(
        "13",
        "The week of ten hours has only four changes: a median needs five.",
        True,
        [*USUAL, day(10, TUESDAYS[0], 10, 4)],
        "too_few",
    ),
    Shown(
        "13",
        "The week of ten hours is not over: the complete ones are as usual.",
        True,
        [*USUAL, day(10, TUESDAYS[0], 1, 5), day(11, at(24, "12:00"), 10, 5)],
        "usual",
    ),
]
REPORT_WORLDS = [*COHORTS, *TIMES, *PERIODS, *TRENDS]


def situations(worlds: list[Shown]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("world", worlds, ids=[world.situation[:60] for world in worlds])


def report(world: Shown) -> Report:
    services = parsed(world.services)
    with merged(world.records) as connection:
        return build(connection, services=services, source="test", now=NOW)


TOGETHER = [*COHORTS, *TRENDS]


@pytest.fixture(scope="module")
def together() -> Iterator[tuple[Report, list[Evidence]]]:
    """Yield the report of the worlds without settings, and the items of two measures."""
    records = [record for place, world in enumerate(TOGETHER, 1) for record in placed_records(world.records, place)]
    with merged(records) as connection:
        found = build(connection, services=parsed({}), source="test", now=NOW)
        yield found, [row for name in (FREQUENCY, LEAD) for row in evidence(connection, name)]


@situations(COHORTS)
def test_the_cohorts_of_a_world_of_our_own(together: tuple[Report, list[Evidence]], world: Shown) -> None:
    place = TOGETHER.index(world) + 1
    found = {
        own_item(row.item, place): (row.author_kind, row.assisted)
        for row in together[1]
        if row.service == f"{owner_of(place)}/shop" and not row.item.startswith("of ")
    }
    assert found == world.answer
    assert {item: tuple(cohort) for (_, _, item), cohort in cohorts(world.records).items()} == world.answer


@situations(TIMES)
def test_the_periods_of_a_world_of_our_own(world: Shown) -> None:
    numbers = [number for number in report(world).numbers if number.measure == FREQUENCY and number.repository == ""]
    found = {
        kind: {number.period: number.items for number in numbers if number.kind == kind and number.items}
        for kind in world.answer
    }
    assert found == world.answer


@situations(PERIODS)
def test_the_default_period_of_a_world_of_our_own(world: Shown) -> None:
    shown = default_periods(report(world))
    assert shown.latest is not None
    assert (shown.kind, shown.latest.name, shown.is_over) == world.answer


@situations(TRENDS)
def test_the_trend_of_a_world_of_our_own(together: tuple[Report, list[Evidence]], world: Shown) -> None:
    service = f"{owner_of(TOGETHER.index(world) + 1)}/shop"
    assert trends(together[0])[Series(LEAD, service, "", "production", "week")].verdict == world.answer
