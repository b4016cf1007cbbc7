"""Read the answers of small histories: a day's deployments 1 (of a) and 2 (of b), and what follows."""

from collections.abc import Iterable
from typing import Any

from tests.histories.build import SHOP, at, commit, status
from tests.histories.extend import Record
from tests.oracle import measures
from tests.oracle.items import HOUR, Item

RATE, RECOVERY, REWORK = "change_fail_rate", "failed_deployment_recovery_time", "deployment_rework_rate"
FREQUENCY, LEAD = "deployment_frequency", "change_lead_time"
BASE = [
    status(1, at(2, "09:00"), "a", first=True),
    status(2, at(3, "10:00"), "b", commit("b", at(3, "09:00"))),
]
"""The base of the small histories: "a was deployed the day before (1); b is written 09:00 and deployed 10:00 (2)"."""
Records = Record | Iterable[Record]


def flat(*records: Records) -> list[Record]:
    """Return single records and lists of them as one list."""
    return [entry for item in records for entry in ([item] if isinstance(item, dict) else item)]


def items(
    measure: str, *records: Records, services: dict[str, Any] | None = None, service: str = SHOP
) -> dict[str, Item]:
    """Return a measure's items by environment, of one service."""
    found = measures(flat(*records), services)[measure]
    return {item: value for (name, environment, item), value in found.items() if name == service and environment}


def values(measure: str, *records: Records, **options: Any) -> dict[str, float | None]:
    """Return the value of each item; of a duration in hours."""
    unit = HOUR if measure.endswith("time") else 1
    found = items(measure, *records, **options)
    return {item: None if value.value is None else value.value / unit for item, value in found.items()}


def failed(*records: Records, **options: Any) -> set[str]:
    """Return the deployments that failed; none of the others may be unknown."""
    found = values(RATE, *records, **options)
    assert None not in found.values(), found
    return {item for item, value in found.items() if value == 1}


def reworked(*records: Records, **options: Any) -> set[str]:
    """Return the deployments that are rework; none of the others may be unknown."""
    found = values(REWORK, *records, **options)
    assert None not in found.values(), found
    return {item for item, value in found.items() if value == 1}


def unknown(measure: str, *records: Records, **options: Any) -> set[str]:
    """Return the items that are unknown."""
    return {item for item, value in values(measure, *records, **options).items() if value is None}
