"""Build a report that exceeds a page of 2 MB, and any amount of evidence."""

import random
from collections.abc import Iterator

from tests.unit.warehouse.sample_report import MEASURES, NOW, ms, periods, report
from warehouse.report.model import Evidence, Number, Report, Repository


def huge(services: int = 60, repositories: int = 6) -> Report:
    """Return numbers of every measure and period for this many services and repositories; no two are alike."""
    values = random.Random(20)
    places = [(f"service-{index:04}", "") for index in range(services)]
    places += [(service, f"octo-org/{service}-{index}") for service, _ in places for index in range(repositories)]
    numbers = (
        Number(measure.name, service, name, "production", period.kind, period.name, values.random(), 7, 9)
        for period in periods()
        for measure in MEASURES
        for service, name in places
    )
    owned = (Repository("github.com", name, name, service, None, "statuses") for service, name in places if name)
    return report()._replace(numbers=tuple(numbers), repositories=tuple(owned))


def huge_evidence(items: int = 30_000) -> Iterator[Evidence]:
    """Yield evidence of the first service, a minute apart, newest first."""
    for index in range(items):
        at = ms(NOW) - index * 60_000
        measure = MEASURES[index % len(MEASURES)].name
        path = f"octo-org/service-0000-0/deployment-status/2026-11-{1 + index % 28:02}/{index}.json"
        yield Evidence(
            measure,
            "service-0000",
            "octo-org/service-0000-0",
            "production",
            at,
            f"deployment {index}",
            1.0,
            None,
            path,
            path,
        )
