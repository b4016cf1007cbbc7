"""Read the targets and annotations of services.toml for a report."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from warehouse.periods import time_zone
from warehouse.report.settings_model import Annotation, Target
from warehouse.services import Services
from warehouse.services.targets import is_by_month, target_value


def targets_of(services: Services) -> Iterator[Target]:
    """Yield the targets of all services, then those of single ones."""
    tables = {"": services.targets, **{name: service.targets for name, service in services.services.items()}}
    for service, targets in tables.items():
        for measure, text in targets.items():
            yield Target(service, measure, target_value(measure, text), text, is_by_month(text))


def annotations_of(services: Services) -> list[Annotation]:
    """Return the annotations, oldest first."""
    zone = time_zone(services.time_zone)
    found = (
        Annotation(note.service or "", note.date, _begins_at(note.date, zone), note.text)
        for note in services.annotations
    )
    return sorted(found, key=lambda note: (note.at, note.service, note.text))


def _begins_at(day: str, zone: tzinfo) -> int:
    return round(datetime.fromisoformat(day).replace(tzinfo=zone).timestamp() * 1000)
