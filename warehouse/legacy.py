"""What the TypeScript original wrote, `owner/repo/metric/MILLISECONDS.json` without ids, found again among our records.

Where the original tells GitHub's id of the fact, its record has the same key as ours. Where it does not (`ASIDE`), its
records are kept aside, in tables of their own, and after each merge those that no record of ours covers are shown: so it
does not matter which came first. https://github.com/deven-org/telemetry-functions, src/interfaces.ts
"""

from duckdb import DuckDBPyConnection

from warehouse.columns import created
from warehouse.tables import Table, tables
from warehouse.upsert import best, upsert

SCHEMA = "original"
"""Of the tables aside."""
COLLECTED_BY = "original"
HOST = "github.com"
"""The original knows no other."""
ASIDE_KEY = ("host", "repository_key", "identity")
_DIRECT = {
    "check-suite": ("o.id", "o.updated_at"),
    "code-review-involvement": ("concat_ws('-', o.pr_id, o.closed_at)", "0"),
    "test-coverage": ("o.id", "0"),
    "workflow-job": ("o.id", "o.run_attempt"),
}
"""Identity and version, as our keys have them; the id of a job is another one with each attempt."""
ASIDE = {
    "commits-per-pr": ("pr_id",),  # which is merged once only
    "deployment": ("repository_key", "deploy_time", "env"),
    "documentation-updated": ("pr_id",),
    "release-versions": ("repository_key", "release_version.version"),
    "tooling-usage": ("repository_key", "CAST(received_at AS DATE)"),
}
"""The columns that tell a fact from others, in our records and in the original's."""
NATURAL = frozenset({*_DIRECT, *ASIDE})
NEEDED = {
    "check-suite": ("id",),
    "code-review-involvement": ("pr_id",),
    "commits-per-pr": ("pr_id",),
    "deployment": ("env", "deploy_time"),
    "documentation-updated": ("pr_id",),
    "release-versions": ("release_version.version",),
    "test-coverage": ("id",),
    "workflow-job": ("id",),
}
"""Fields of the output without which it is not known which fact it is."""


def aside(table: Table) -> str:
    """The table aside of a metric."""
    return f"{SCHEMA}.{table.name}"


def make(connection: DuckDBPyConnection) -> None:
    """The tables aside, empty."""
    connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")
    for name in ASIDE:
        table = tables()[name]
        connection.execute(created(aside(table), table.columns))


def columns(table: Table) -> dict[str, str]:
    """How each column that the two kinds of records differ in is made, for the original's."""
    name = "lower(concat(owner, '/', repo))"
    identity, version = _DIRECT.get(table.metric.name) or (_told(ASIDE[table.metric.name]), "0")
    return {
        "host": f"'{HOST}'",
        "repository_key": name,
        "identity": f"CAST({identity} AS VARCHAR)",
        "version": f"coalesce({version}, 0)",
        "record_id": "regexp_replace(path, '\\.json$', '')",
        "collected_by": f"'{COLLECTED_BY}'",
    }


def _told(natural: tuple[str, ...]) -> str:
    """What tells facts of one repository apart, of what is staged."""
    staged = {"CAST(received_at AS DATE)": "CAST(make_timestamp_ms(created_at) AS DATE)"}
    parts = (staged.get(part, f"o.{part}") for part in natural if part != "repository_key")
    return f"concat_ws('@', {', '.join(parts)})"


def settle(connection: DuckDBPyConnection) -> None:
    """Show those of the original's records that none of ours covers, under the ids of their repositories."""
    if not _any(connection):
        return
    _name_repositories(connection)
    for name in sorted(_DIRECT):
        _name_repository_of(connection, tables()[name])
    for name, natural in sorted(ASIDE.items()):
        _show(connection, tables()[name], natural)


def _show(connection: DuckDBPyConnection, table: Table, natural: tuple[str, ...]) -> None:
    """Where one of ours says less (networkError), it goes aside in place of the original's."""
    upsert(connection, table.name, table.key, f"(FROM {aside(table)} WHERE delivery_id IS NOT NULL)")
    connection.execute(f"DELETE FROM {aside(table)} WHERE delivery_id IS NOT NULL")
    connection.execute(f"DELETE FROM {table.name} WHERE delivery_id IS NULL")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE told AS {_named_best(table, natural)}")
    same = " AND ".join(f"{_of('o', part)} = {_of('t', part)}" for part in ("host", *natural))
    better = f"t.status <> 'success' AND EXISTS (FROM told AS o WHERE o.status = 'success' AND {same})"
    connection.execute(f"INSERT INTO {aside(table)} FROM {table.name} AS t WHERE {better}")
    connection.execute(f"DELETE FROM {table.name} AS t WHERE {better}")
    connection.execute(
        f"INSERT INTO {table.name} FROM told AS o WHERE NOT EXISTS (FROM {table.name} AS t WHERE {same})"
    )


def _named_best(table: Table, natural: tuple[str, ...]) -> str:
    """The best of the original's records of each fact, with the keys that they have among ours."""
    named = (
        f"SELECT a.* REPLACE (coalesce(n.key, a.repository_key) AS repository_key) FROM {aside(table)} AS a "
        "LEFT JOIN named AS n ON n.host = a.host AND n.name = a.repository_key"
    )
    told = f"concat_ws('@', '{COLLECTED_BY}', {', '.join(natural)})"
    if natural == ("pr_id",):
        closed = tables()["code-review-involvement"].name
        told = f"coalesce((SELECT max(c.identity) FROM {closed} AS c WHERE c.merged AND c.host = b.host AND c.pr_id = b.pr_id), {told})"
    return f"SELECT b.* REPLACE ({told} AS identity) FROM ({best(f'({named})', ('host', *natural))}) AS b"


def _of(alias: str, part: str) -> str:
    """A column, or a CAST of one, of one of two tables."""
    return part.replace("CAST(", f"CAST({alias}.") if part.startswith("CAST(") else f"{alias}.{part}"


def _any(connection: DuckDBPyConnection) -> bool:
    places = [*(tables()[name].name for name in _DIRECT), *(aside(tables()[name]) for name in ASIDE)]
    found = " UNION ALL ".join(f"(SELECT 1 FROM {place} WHERE delivery_id IS NULL LIMIT 1)" for place in places)
    return bool(connection.execute(found).fetchall())


def _name_repositories(connection: DuckDBPyConnection) -> None:
    """Which repository had a name: the one that a record told of it last."""
    told = " UNION ALL ".join(
        f"SELECT host, lower(concat(owner, '/', repo)) AS name, repository_key, received_at FROM {table.name} "
        "WHERE repository_id IS NOT NULL"
        for table in tables().values()
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE named AS SELECT host, name, "
        f"arg_max(repository_key, (received_at, repository_key)) AS key FROM ({told}) GROUP BY host, name"
    )


def _name_repository_of(connection: DuckDBPyConnection, table: Table) -> None:
    connection.execute(
        f"UPDATE {table.name} AS t SET repository_key = r.key FROM (SELECT o.host, o.identity, "
        "coalesce(n.key, lower(concat(o.owner, '/', o.repo))) AS key "
        f"FROM {table.name} AS o LEFT JOIN named AS n ON n.host = o.host AND n.name = lower(concat(o.owner, '/', o.repo)) "
        "WHERE o.delivery_id IS NULL) AS r "
        "WHERE t.host = r.host AND t.identity = r.identity AND t.repository_key <> r.key"
    )
