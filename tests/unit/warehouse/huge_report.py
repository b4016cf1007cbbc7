"""A report that no page below 2 MB has room for, and as much evidence as one likes."""

from collections.abc import Iterator

from tests.unit.warehouse.sample_report import MEASURES, NOW, ms, periods, report
from warehouse.report.model import Evidence, Number, Report, Repository


def huge(services: int = 60, repositories: int = 6) -> Report:
    """Numbers of every measure and period, of so many services of so many repositories each."""
    places = [(f"service-{each:04}", "") for each in range(services)]
    places += [(service, f"octo-org/{service}-{each}") for service, _ in places for each in range(repositories)]
    numbers = (
        Number(measure.name, service, name, "production", period.kind, period.name, 0.123456 * (place + 1), 7, 9)
        for period in periods()
        for measure in MEASURES
        for place, (service, name) in enumerate(places)
    )
    owned = (Repository("github.com", name, name, service, None, "statuses") for service, name in places if name)
    return report()._replace(numbers=tuple(numbers), repositories=tuple(owned))


def huge_evidence(items: int = 30_000) -> Iterator[Evidence]:
    """Of the first service, a minute apart, the newest first."""
    for each in range(items):
        at = ms(NOW) - each * 60_000
        measure = MEASURES[each % len(MEASURES)].name
        path = f"octo-org/service-0000-0/deployment-status/2026-11-{1 + each % 28:02}/{each}.json"
        yield Evidence(
            measure,
            "service-0000",
            "octo-org/service-0000-0",
            "production",
            at,
            f"deployment {each}",
            1.0,
            None,
            path,
            path,
        )
