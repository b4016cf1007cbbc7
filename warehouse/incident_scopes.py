"""Build the table `incident_scopes`: the services and environments that each incident concerns, and what its texts say."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from warehouse.environments import Repository, present_names
from warehouse.globs import matches_one
from warehouse.python_tables import fetched
from warehouse.schema.columns import BIGINT, BOOLEAN, VARCHAR, Column, SystemTable
from warehouse.services import Service, Services, assign

TABLE = SystemTable(
    "incident_scopes",
    "The services and environments that an incident concerns, by services.toml and its labels.",
    (
        Column("host", VARCHAR, "As in `catalog`."),
        Column("repository_key", VARCHAR, "The repository of the issue."),
        Column("incident", VARCHAR, "The id of the issue."),
        Column("service", VARCHAR, "A service that the incident concerns; null if it names none of several services."),
        Column("environment", VARCHAR, "The environment that a label names, in lower case; empty: any."),
        Column("cause_sha", VARCHAR, "The commit that the issue names as its cause."),
        Column("cause_number", BIGINT, "The pull request that the issue names as its cause."),
        Column("is_known", BOOLEAN, "False if the record is of schema 1, which has neither labels nor causes."),
        Column("is_exempt", BOOLEAN, "Whether a label of `exempt_labels` takes the incident out of the numbers."),
    ),
    ("host", "repository_key", "incident", "service", "environment"),
)
# BigQuery writes an unknown list as an empty one; without any label, `labels` is empty, too
_STATES = """
SELECT host, repository_key, id, COALESCE(NULLIF(all_labels, []), labels), is_exempt, cause_sha, cause_number, "schema" >= 2
FROM incident WHERE action <> 'transferred' AND id IS NOT NULL ORDER BY "at" NULLS FIRST, action = 'unlabeled'
"""


class _State(NamedTuple):
    """What the records of an issue say together."""

    labels: list[str]
    is_exempt: bool
    cause_sha: str | None
    cause_number: int | None
    is_known: bool


class _Places(NamedTuple):
    """Where incidents can be: services by name, and the environments of all deployments, in lower case."""

    services: Services
    environments: frozenset[str]
    present_names: dict[str, str]
    """The present name of each environment by its former one."""


def rows(
    connection: DuckDBPyConnection, repositories: Iterable[Repository], services: Services
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the table, for the repositories of the catalog."""
    names = {(item.host, item.key): item.name for item in repositories}
    found = connection.execute("SELECT name FROM environment_names").fetchall()
    present = {former: name.lower() for former, name in present_names(services).items()}
    places = _Places(services, frozenset(name for (name,) in found) | {*present.values()}, present)
    exempt = {label.lower() for label in services.exempt_labels}
    for (host, key, incident), state in _states(connection).items():
        is_out = state.is_exempt or not exempt.isdisjoint(state.labels)
        for service in _services(names[host, key], state, places):
            for environment in sorted(_environments(state.labels, places)) or [""]:
                yield (host, key, str(incident), service, environment, *state[2:], is_out)


def _states(connection: DuckDBPyConnection) -> dict[tuple[str, str, int], _State]:
    """Return the newest labels and the newest cause of each issue."""
    states: dict[tuple[str, str, int], _State] = {}
    for host, key, incident, labels, is_exempt, sha, number, is_known in fetched(connection.execute(_STATES)):
        lowered = [label.lower() for label in labels or ()]
        before = states.get((host, key, incident), _State([], False, None, None, False))
        states[host, key, incident] = _State(
            lowered, bool(is_exempt), sha or before.cause_sha, number or before.cause_number, bool(is_known)
        )
    return states


def _services(name: str, state: _State, places: _Places) -> list[str | None]:
    """Return the services whose `incidents` or `repositories` list a repository, as far as the labels do not narrow them."""
    services = places.services.services
    listing = services_listing(places.services, name)
    named: list[str | None] = [key for key in listing if {key.lower(), f"service:{key.lower()}"} & set(state.labels)]
    if named or any(f"service:{key.lower()}" in state.labels for key in services):
        return named or [None]
    return [*listing] if len(listing) == 1 or not state.is_known else [None]


def services_listing(services: Services, name: str) -> list[str]:
    """Return the services whose `incidents` or `repositories` list `owner/name`; by default that of the repository."""
    listing = [key for key, value in services.services.items() if _lists(value, name)]
    return listing or [assign(services, *name.split("/", 1)).service]


def _lists(service: Service, name: str) -> bool:
    return matches_one(name, (*service.repositories, *(service.incidents or ())))


def _environments(labels: list[str], places: _Places) -> set[str]:
    named = {label.removeprefix("env:") for label in labels if label.startswith("env:")}
    named |= places.environments & set(labels)
    return {places.present_names.get(label, label) for label in named}
