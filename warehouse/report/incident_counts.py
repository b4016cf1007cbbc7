"""Count the incidents that no failure of a service can be about.

They name none of several services, or a label of `exempt_labels` takes them out of the numbers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from duckdb import DuckDBPyConnection

from warehouse.incident_scopes import services_listing
from warehouse.report import marts
from warehouse.report.model import IncidentCount, Period
from warehouse.services import Services


def incident_counts(
    connection: DuckDBPyConnection, services: Services, periods: Iterable[Period]
) -> Iterator[IncidentCount]:
    """Yield the counts of each service and period in which such an incident was opened. Requires the models.

    An incident that names no service is one of each service that lists its repository.
    """
    without_service: Counter[tuple[str, str, str]] = Counter()
    exempt: Counter[tuple[str, str, str]] = Counter()
    listed = list(periods)
    for name, service, is_exempt, opened_at, *_ in marts.rows(connection, "incidents_not_counted"):
        concerned = [service] if service is not None else services_listing(services, name)
        within = [period for period in listed if period.starts_at <= opened_at < period.ends_at]
        counts = exempt if is_exempt else without_service
        counts.update((of, period.kind, period.name) for of in concerned for period in within)
    for key in sorted({*without_service, *exempt}):
        yield IncidentCount(*key, without_service[key], exempt[key])
