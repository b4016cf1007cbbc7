"""Say which environments are production and which are not, and what decided it."""

from collections import defaultdict
from collections.abc import Iterator

from warehouse.report.model import Report

_SHOWN = 20
"""Names of one side and reason; an environment of each pull request would fill pages."""
_SIDES = {True: "Production", False: "Not production"}


def lines(report: Report) -> Iterator[str]:
    """Yield a line for each side and each reason, with the names."""
    names: dict[tuple[bool, str], set[str]] = defaultdict(set)
    for environment in report.environments:
        names[environment.is_production, environment.reason].add(environment.name)
    for is_production, reason in sorted(names, key=lambda side: (not side[0], side[1])):
        listed = sorted(names[is_production, reason])
        more = f" and {len(listed) - _SHOWN:,} more" if len(listed) > _SHOWN else ""
        yield f"{_SIDES[is_production]}, by {reason}: {', '.join(listed[:_SHOWN])}{more}"
