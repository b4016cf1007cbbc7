"""A world: the records of a situation and its answer; several worlds are placed into one database."""

import copy
import re
from typing import Any, NamedTuple

from tests.histories.build import SHOP, at, commit, repository_id, status
from tests.histories.extend import Record
from tests.oracle.items import HOUR, INFERRED, KNOWN, UNKNOWN
from tests.oracle.measures import Measures

RATE, RECOVERY, REWORK = "change_fail_rate", "failed_deployment_recovery_time", "deployment_rework_rate"
FREQUENCY, LEAD = "deployment_frequency", "change_lead_time"
IDS = ("id", "deployment_id", "pr_id", "run_id", "transferred_from", "transferred_to")
STEP = 10_000_000
"""GitHub's ids are global: those of each world are this far from the next one's."""
DURATIONS = ("time", "duration", "last")
BASE = [status(1, at(2, "09:00"), "a", first=True), status(2, at(3, "10:00"), "b", commit("b", at(3, "09:00")))]
"""a was deployed the day before; b was written at 09:00 and deployed at 10:00."""


class Of(NamedTuple):
    """A measure of one service, of its environments or of the whole."""

    measure: str
    service: str = SHOP
    is_whole: bool = False


class Inferred(NamedTuple):
    """A value that counts, but is not known."""

    value: float


Answer = float | Inferred | None
"""The value of an item, in hours if it is a duration; None: unknown."""


class World(NamedTuple):
    """A situation and its right answer."""

    section: str
    """The section of the definitions that it is about."""
    situation: str
    """What happened, and why the answer is so."""
    is_adversarial: bool
    """Whether a plausible reading of the records gives another answer."""
    records: list[Record]
    answer: dict[str | Of, dict[str, Answer]]
    """All items of each measure that it names."""
    services: dict[str, Any] = {}  # noqa: RUF012 (it is never changed)


def placed(world: World, place: int) -> World:
    """Return the world with an owner and ids of its own."""
    return world._replace(
        records=placed_records(world.records, place), services=renamed(world.services, owner_of(place))
    )


def placed_records(listed: list[Record], place: int) -> list[Record]:
    """Return the records of an owner of their own, with ids of their own."""
    owner = owner_of(place)
    records = copy.deepcopy(listed)
    for record in records:
        record["owner"] = owner
        record["repository_id"] = repository_id(f"{owner}/{record['repo']}")
        _move_ids(record["output"], place * STEP)
        *_, repository, metric, key = record["id"].split("/")
        record["id"] = "/".join([owner, repository, metric, _moved_key(key, metric, place * STEP)])
    return records


def answers_of(world: World, place: int, found: Measures) -> dict[str | Of, dict[str, Answer]]:
    """Return what was found of each measure that the world's answer names."""
    result: dict[str | Of, dict[str, Answer]] = {}
    for key in world.answer:
        of = key if isinstance(key, Of) else Of(key)
        service = of.service.replace("octo-org/", f"{owner_of(place)}/")
        is_duration = of.measure.rsplit("_", 1)[-1] in DURATIONS or of.measure.startswith("pull_request_lead_time")
        unit = HOUR if is_duration else 1
        has_environments = of.measure not in ("ci_duration", "queue_time")
        result[key] = {
            own_item(item, place): _answer(value.value, value.certainty, unit)
            for (name, environment, item), value in found[of.measure].items()
            if name == service and (environment == "") == (of.is_whole or not has_environments)
        }
    return result


def _answer(value: float | None, certainty: str, unit: int) -> Answer:
    if value is None or certainty == UNKNOWN:
        return None
    rounded = round(value / unit, 6)
    assert certainty in (KNOWN, INFERRED)
    return rounded if certainty == KNOWN else Inferred(rounded)


def rounded(answer: dict[str | Of, dict[str, Answer]]) -> dict[str | Of, dict[str, Answer]]:
    """Return an answer as it can be compared."""
    return {
        key: {
            item: value
            if value is None
            else Inferred(round(value.value, 6))
            if isinstance(value, Inferred)
            else round(value, 6)
            for item, value in items.items()
        }
        for key, items in answer.items()
    }


def owner_of(place: int) -> str:
    """Return the owner of a world's repositories."""
    return f"octo-{place}"


def _move_ids(value: Any, distance: int) -> None:
    if isinstance(value, list):
        for entry in value:
            _move_ids(entry, distance)
    elif isinstance(value, dict):
        for key, entry in value.items():
            if key in IDS and isinstance(entry, int):
                value[key] = entry + distance
            else:
                _move_ids(entry, distance)


def _moved_key(key: str, metric: str, distance: int) -> str:
    """Return a record's key with the world's own ids: the second part is one of a status only."""
    parts = key.split("-")
    for part in range(2 if metric == "deployment-status" else 1):
        if parts[part].isdigit():
            parts[part] = str(int(parts[part]) + distance)
    return "-".join(parts)


def renamed(value: Any, owner: str) -> Any:
    if isinstance(value, dict):
        return {renamed(key, owner): renamed(entry, owner) for key, entry in value.items()}
    if isinstance(value, list):
        return [renamed(entry, owner) for entry in value]
    return value.replace("octo-org/", f"{owner}/") if isinstance(value, str) else value


def own_item(item: str, place: int) -> str:
    """Return an item's name with the world's own ids."""

    def own(match: re.Match[str]) -> str:
        number = int(match[0])
        return str(number - place * STEP) if place * STEP <= number < (place + 1) * STEP else match[0]

    return re.sub(r"(?<![\w.])\d+(?![\w.])", own, item)
