"""Build the table `excluded_records`: the deployments that `exclude` of services.toml leaves out, or may leave out."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from warehouse.environments import Repository
from warehouse.globs import matches_any_case, matches_name, matches_ref
from warehouse.python_tables import fetched
from warehouse.schema.columns import BOOLEAN, VARCHAR, Column, SystemTable
from warehouse.services import Exclusion, Services
from warehouse.services.assignment import rule_of

TABLE = SystemTable(
    "excluded_records",
    "The records of deployments that `exclude` of services.toml leaves out.",
    (
        Column("host", VARCHAR, "As in `catalog`."),
        Column("repository_key", VARCHAR, "As in `catalog`."),
        Column("record_id", VARCHAR, "The record of a deployment status, job or release."),
        Column("is_excluded", BOOLEAN, "True, or null: the record lacks what `exclude` asks for."),
    ),
    ("host", "record_id"),
)


class Traits(NamedTuple):
    """What `exclude` asks for."""

    task: str | None
    ref: str | None
    workflow: str | None
    event: str | None
    creator: str | None
    job: str | None
    is_known: bool
    """Whether the record has all of these but `ref`: it is not of a time when they were not collected."""


_STATUSES = """
SELECT host, repository_key, record_id, task, ref, workflow_run.name, workflow_run.event, creator_kind, check_run.name,
  "schema" >= 2 OR task IS NOT NULL OR workflow_run IS NOT NULL OR check_run IS NOT NULL
FROM deployment_status
"""
_JOBS = """
SELECT j.host, j.repository_key, j.record_id, NULL, j.head_branch, j.workflow_name, coalesce(j.run_event, r.event), NULL,
  NULL, coalesce(j.run_event, r.event) IS NOT NULL
FROM workflow_job AS j
LEFT JOIN (SELECT host, id, max(event) AS event FROM workflow_run GROUP BY ALL) AS r ON r.host = j.host AND r.id = j.run_id
"""
_RELEASES = "SELECT host, repository_key, record_id, NULL, identity, NULL, NULL, NULL, NULL, true FROM release_versions"
_QUERIES = {"statuses": _STATUSES, "workflow": _JOBS, "releases": _RELEASES}
"""By the kind of deployments: merges have nothing to exclude by. A job of a run has no task, and no job or creator of a deployment."""


def rows(
    connection: DuckDBPyConnection, repositories: Iterable[Repository], services: Services
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the table, for the repositories of the catalog that exclude something."""
    tables = {(item.host, item.key): rule_of(services, item.name).table for item in repositories}
    for kind, query in _QUERIES.items():
        excluding = {key: tuple(table.exclude) for key, table in tables.items() if table.kind == kind and table.exclude}
        if excluding:
            yield from _of_kind(connection, query, excluding)


def _of_kind(
    connection: DuckDBPyConnection, query: str, excluding: dict[tuple[str, str], tuple[Exclusion, ...]]
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of the repositories that exclude deployments of a kind; many records have the same traits."""
    answers: dict[tuple[tuple[Exclusion, ...], Traits], bool | None] = {}
    keys = sorted({key for _, key in excluding})
    for host, key, record_id, *values in fetched(
        connection.execute(f"SELECT * FROM ({query}) WHERE repository_key IN (SELECT unnest(?))", [keys])
    ):
        if entries := excluding.get((host, key)):
            question = (entries, Traits(*values))
            if question not in answers:
                answers[question] = is_excluded(question[1], entries)
            if answers[question] is not False:
                yield host, key, record_id, answers[question]


def is_excluded(traits: Traits, entries: Iterable[Exclusion]) -> bool | None:
    """Return whether all keys of one entry match; None if that is not known."""
    answers = [_matches_all(traits, entry) for entry in entries]
    if True in answers:
        return True
    return None if None in answers else False


def _matches_all(traits: Traits, entry: Exclusion) -> bool | None:
    """Return whether all keys of an entry match; what a record of schema 2 does not name matches nothing."""
    answers = {
        _matches(traits.ref, entry.ref, is_known=True, ignores_case=False, is_ref=True),
        *(
            _matches(value, glob, is_known=traits.is_known or value is not None, ignores_case=False)
            for value, glob in (
                (traits.task, entry.task),
                (traits.workflow, entry.workflow),
                (traits.event, entry.event),
                (traits.job, entry.job),
            )
        ),
        _matches(traits.creator, entry.creator, is_known=traits.is_known, ignores_case=True),
    }
    if False in answers:
        return False
    return None if None in answers else any(glob is not None for _, glob in entry)


def _matches(
    value: str | None, glob: str | None, *, is_known: bool, ignores_case: bool, is_ref: bool = False
) -> bool | None:
    if glob is None:
        return True
    if value is None:
        return False if is_known else None
    if is_ref:
        return matches_ref(value, glob)
    return matches_any_case(value, glob) if ignores_case else matches_name(value, glob)
