"""What the TypeScript original wrote: `owner/repo/metric/MILLISECONDS.json`, without ids.

Its facts are told apart, and found again among our own records, by what they say themselves. Where both are there, a
success beats a networkError, and then ours stays, as it says more.
https://github.com/deven-org/telemetry-functions
"""

from duckdb import DuckDBPyConnection

from warehouse.tables import Table, tables

COLLECTED_BY = "original"
NATURAL = {
    "check-suite": ("id",),
    "code-review-involvement": ("pr_id", "closed_at"),
    "commits-per-pr": ("pr_id",),  # merged once only
    "deployment": ("repository_key", "env", "deploy_time"),
    "documentation-updated": ("pr_id",),
    "release-versions": ("repository_key", "release_version.version"),
    "test-coverage": ("id",),
    "tooling-usage": ("repository_key", "CAST(received_at AS DATE)"),
    "workflow-job": ("id",),
}
"""The nine of the original, and what makes a fact of each unique (`id` of a job is new with each attempt)."""
_VERSION = {"check-suite": "updated_at", "workflow-job": "run_attempt"}


def version(metric: str) -> str:
    """The output's field that is its version, as it stands in JSON; empty if the original tells none."""
    return _VERSION.get(metric, "")


def settle(connection: DuckDBPyConnection) -> None:
    """Give the original's records the ids of their repositories, and leave each fact once."""
    if not any(_left(connection, tables()[name]) for name in NATURAL):
        return
    _name_repositories(connection)
    for name, natural in NATURAL.items():
        table = tables()[name]
        _identify(connection, table, natural)
        _leave_one(connection, table, natural)


def _left(connection: DuckDBPyConnection, table: Table) -> bool:
    return bool(connection.execute(f"SELECT 1 FROM {table.name} WHERE collected_by = '{COLLECTED_BY}' LIMIT 1").fetchall())


def _name_repositories(connection: DuckDBPyConnection) -> None:
    """Which repository had a name: the one that a record told of it last."""
    told = " UNION ALL ".join(
        f"SELECT host, lower(owner || '/' || repo) AS name, repository_key, received_at FROM {table.name} "
        "WHERE repository_id IS NOT NULL"
        for table in tables().values()
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE named AS SELECT host, name, "
        f"arg_max(repository_key, (received_at, repository_key)) AS key FROM ({told}) GROUP BY host, name"
    )


def _identify(connection: DuckDBPyConnection, table: Table, natural: tuple[str, ...]) -> None:
    """Several spellings of one fact may now be one: the success stays, then the latest."""
    parts = ", ".join(f"coalesce(CAST({part} AS VARCHAR), '')" for part in natural if part != "repository_key")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE told AS SELECT t.* REPLACE (coalesce(n.key, t.repository_key) AS repository_key, "
        f"concat_ws('-', '{COLLECTED_BY}', {parts}) AS identity) FROM {table.name} AS t LEFT JOIN named AS n "
        f"ON n.host = t.host AND n.name = lower(t.owner || '/' || t.repo) WHERE t.collected_by = '{COLLECTED_BY}' "
        f"QUALIFY row_number() OVER (PARTITION BY {_qualified(table)} "
        "ORDER BY t.status = 'success' DESC, version DESC, received_at DESC, path DESC) = 1"
    )
    connection.execute(f"DELETE FROM {table.name} WHERE collected_by = '{COLLECTED_BY}'")


def _qualified(table: Table) -> str:
    """The key's columns as they are after the REPLACE."""
    return "t.host, identity, coalesce(n.key, t.repository_key)" if table.metric.of_repository else "t.host, identity"


def _leave_one(connection: DuckDBPyConnection, table: Table, natural: tuple[str, ...]) -> None:
    same = " AND ".join(f"{_of('o', part)} IS NOT DISTINCT FROM {_of('t', part)}" for part in ("host", *natural))
    connection.execute(
        f"DELETE FROM {table.name} AS t WHERE t.status <> 'success' AND EXISTS "
        f"(SELECT 1 FROM told AS o WHERE o.status = 'success' AND {same})"
    )
    connection.execute(
        f"INSERT INTO {table.name} SELECT o.* FROM told AS o WHERE NOT EXISTS (SELECT 1 FROM {table.name} AS t WHERE {same})"
    )


def _of(alias: str, part: str) -> str:
    return f"CAST({alias}.received_at AS DATE)" if part.startswith("CAST") else f"{alias}.{part}"
