"""Build the table `environments`: which environments of the deployments' records are production, and their present names."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from warehouse.production import Environment, production
from warehouse.schema.columns import BOOLEAN, VARCHAR, Column, SystemTable
from warehouse.services import Services
from warehouse.services.assignment import rule_of

TABLE = SystemTable(
    "environments",
    "The environments of deployments: which are production, by services.toml, GitHub's flags or the name.",
    (
        Column("host", VARCHAR, "As in `catalog`."),
        Column("repository_key", VARCHAR, "As in `catalog`."),
        Column("name", VARCHAR, "The environment, as the records name it."),
        Column("production_environment", BOOLEAN, "The flag of the records; null if they do not have it."),
        Column("transient_environment", BOOLEAN, "The flag of the records; null if they do not have it."),
        Column("environment", VARCHAR, "Its present name, by `environment_aliases`."),
        Column("is_production", BOOLEAN, "Whether deployments to it count."),
        Column(
            "reason",
            VARCHAR,
            "`services.toml`, `transient_environment`, `production_environment` or `name` decided it.",
        ),
    ),
    ("host", "repository_key", "name", "production_environment", "transient_environment"),
)
NAMES = SystemTable(
    "environment_names",
    "The names of all environments: a label of an incident may be one of them.",
    (Column("name", VARCHAR, "The environment, as the records of all repositories name it, in lower case."),),
    ("name",),
)


class Repository(NamedTuple):
    """A repository of the catalog."""

    host: str
    key: str
    name: str
    """`owner/repo`."""


class _Seen(NamedTuple):
    """An environment with the flags of some of its records, and those of the newest record that has them."""

    host: str
    repository_key: str
    name: str
    production_environment: bool | None
    transient_environment: bool | None
    newest_production_environment: bool | None
    newest_transient_environment: bool | None

    @property
    def environment(self) -> Environment:
        """The environment; a record that lacks a flag has that of the newest record which has it."""
        production, transient = self.production_environment, self.transient_environment
        return Environment(
            self.name,
            self.newest_production_environment if production is None else production,
            self.newest_transient_environment if transient is None else transient,
        )


_SEEN = """
WITH records AS (
  SELECT host, repository_key, env, production_environment, transient_environment,
    COALESCE(created_at, updated_at, deployment_created_at) AS happened_at, id
  FROM deployment_status
  UNION ALL
  SELECT host, repository_key, env, production_environment, transient_environment, deploy_time, id FROM deployment
),
newest AS (
  SELECT host, repository_key, env,
    ARG_MAX(production_environment, (happened_at, id)) FILTER (production_environment IS NOT NULL) AS production,
    ARG_MAX(transient_environment, (happened_at, id)) FILTER (transient_environment IS NOT NULL) AS transient
  FROM records GROUP BY ALL
)
SELECT DISTINCT host, repository_key, env, production_environment, transient_environment, production, transient
FROM records JOIN newest USING (host, repository_key, env) WHERE env IS NOT NULL
"""


def rows(
    connection: DuckDBPyConnection, repositories: Iterable[Repository], services: Services
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the table, for the repositories of the catalog."""
    by_repository: dict[tuple[str, str], list[_Seen]] = {}
    for seen in (_Seen(*row) for row in connection.execute(_SEEN).fetchall()):
        by_repository.setdefault((seen.host, seen.repository_key), []).append(seen)
    aliases = present_names(services)
    for host, key, name in repositories:
        found = by_repository.get((host, key), [])
        named = [seen.environment._replace(name=aliases.get(seen.name.lower(), seen.name)) for seen in found]
        decided = production(named, rule_of(services, name).production)
        for seen, environment in zip(found, named, strict=True):
            yield (*seen[:5], environment.name, *decided[environment])


def names(connection: DuckDBPyConnection) -> set[str]:
    """Return the names of all environments in lower case."""
    rows = connection.execute("SELECT DISTINCT LOWER(env) FROM deployment_status WHERE env IS NOT NULL")
    return {name for (name,) in rows.fetchall()}


def present_names(services: Services) -> dict[str, str]:
    """Return the present name of each environment by its former one in lower case: GitHub ignores the case of its name."""
    return {former.lower(): present for former, present in services.environment_aliases.items()}
