"""Read the names that the globs of services.toml can match: environments, workflows, branches, paths … of each repository."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from warehouse import globs
from warehouse.schema.columns import quote_identifier
from warehouse.schema.json_types import JsonType
from warehouse.schema.metric_tables import Table, tables


class _Source(NamedTuple):
    """A field of a metric's output that holds names of a kind."""

    noun: str
    metric: str
    field: str
    """Dots lead into objects; a list is unfolded."""


_SOURCES = (
    _Source(globs.ENVIRONMENTS.noun, "deployment", "env"),
    _Source(globs.ENVIRONMENTS.noun, "deployment-status", "env"),
    _Source(globs.WORKFLOWS.noun, "workflow-job", "workflow_name"),
    _Source(globs.WORKFLOWS.noun, "workflow-run", "name"),
    _Source(globs.WORKFLOWS.noun, "deployment", "workflow_run.name"),
    _Source(globs.WORKFLOWS.noun, "deployment-status", "workflow_run.name"),
    _Source(globs.JOBS.noun, "workflow-job", "name"),
    _Source(globs.JOBS.noun, "deployment-status", "check_run.name"),
    _Source(globs.TASKS.noun, "deployment", "task"),
    _Source(globs.TASKS.noun, "deployment-status", "task"),
    _Source(globs.EVENTS.noun, "workflow-run", "event"),
    _Source(globs.EVENTS.noun, "workflow-job", "run_event"),
    _Source(globs.EVENTS.noun, "deployment-status", "workflow_run.event"),
    _Source(globs.CREATORS.noun, "deployment", "creator_kind"),
    _Source(globs.CREATORS.noun, "deployment-status", "creator_kind"),
    _Source(globs.PATHS.noun, "documentation-updated", "paths.names"),
    *(
        _Source(globs.BRANCHES.noun, metric, field)
        for metric, field in (
            ("workflow-job", "head_branch"),
            ("workflow-run", "head_branch"),
            ("code-review-involvement", "base_ref"),
            ("deployment", "ref"),
            ("deployment-status", "ref"),
            ("release-versions", "identity"),
        )
    ),
)
"""Fields that records do not have are skipped. The identity of a release is its tag."""


def names_seen(connection: DuckDBPyConnection, nouns: Collection[str]) -> dict[str, frozenset[tuple[str, str]]]:
    """Return for each kind of names, if records have it, the repositories (`owner/name`) with each name; reads `catalog`."""
    seen: dict[str, set[tuple[str, str]]] = {}
    if globs.REPOSITORIES.noun in nouns:
        rows = connection.execute("SELECT name FROM catalog").fetchall()
        seen[globs.REPOSITORIES.noun] = {(name, name) for (name,) in rows}
    for noun, table, name in _columns(nouns):
        seen.setdefault(noun, set()).update(_names(connection, table, name))
    return {noun: frozenset(names) for noun, names in seen.items()}


def _columns(nouns: Collection[str]) -> Iterator[tuple[str, Table, str]]:
    for source in _SOURCES:
        table = tables().get(source.metric)
        if source.noun in nouns and table is not None and (name := _expression(table, source.field)):
            yield source.noun, table, name


def _expression(table: Table, path: str) -> str | None:
    """Return the SQL of a field; None if the records have no such field."""
    if path == "identity":
        return path
    first, *inner = path.split(".")
    field = next((field for field in table.fields if field.name == first), None)
    if field is None:
        return None
    shape: JsonType | None = field.shape
    for name in inner:
        shape = dict(shape.fields).get(name) if shape else None
    if shape is None:
        return None
    sql = ".".join(quote_identifier(name) for name in (field.column, *inner))
    return f"unnest({sql})" if shape.item else sql


def _names(connection: DuckDBPyConnection, table: Table, name: str) -> set[tuple[str, str]]:
    rows = connection.execute(
        f"SELECT c.name, n.name FROM (SELECT DISTINCT host, repository_key, {name} AS name FROM {table.name}) AS n "
        "JOIN catalog AS c USING (host, repository_key) WHERE n.name IS NOT NULL AND n.name <> ''"
    )
    return {(repository, text) for repository, text in rows.fetchall()}
