"""Mistakes planted into the SQL: the oracle, on random histories, catches each.

A planted mistake is caught if the SQL with it differs from the oracle where the SQL without it does not.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from duckdb import DuckDBPyConnection

from tests.histories.random_histories import combined
from tests.integration.oracle.sql_comparison import EQUAL, Difference, comparable, differences, oracle_answers
from tests.integration.warehouse.answers import items_of, merged
from tests.oracle.measures import Measures
from warehouse import measures, sql_files, views
from warehouse.report.model import Measure
from warehouse.services import parsed
from warehouse.sql_files import SqlFile
from warehouse.table_names import tables_read

HISTORIES = 40
RIGHT = {file.name: file.text for file in sql_files.ordered_files()}


class Mutation(NamedTuple):
    """A mistake in one SQL file."""

    rule: str
    """The rule of the definitions that it breaks."""
    file: str
    old: str
    new: str


MUTATIONS = (
    Mutation(
        "4: what came later is a rollback", "views/deployments", "first_number < replaced", "first_number > replaced"
    ),
    Mutation(
        "4: diverged is behind", "views/deployments", "comparison_status = 'behind'", "comparison_status = 'ahead'"
    ),
    Mutation(
        "4: the last one taken out failed",
        "views/rollback_targets",
        "PARTITION BY host, repository_key, environment, rollback_number ORDER BY deployment_number\n",
        "PARTITION BY host, repository_key, environment, rollback_number ORDER BY deployment_number DESC\n",
    ),
    Mutation("4: one of several is known", "views/rollback_targets", "THEN 'inferred'", "THEN 'known'"),
    Mutation(
        "3: a schedule puts the old commit back",
        "views/returns_after_failure",
        "AND NOT COALESCE(n.is_scheduled, FALSE)\n",
        "\n",
    ),
    Mutation(
        "3: a day is an hour", "views/returns_after_failure", "c.hotfix_hours * 3600000", "c.hotfix_hours * 150000"
    ),
    Mutation(
        "3: a cancelled attempt failed",
        "views/status_attempts",
        "succeeded = 0 AND NOT is_cancelled THEN",
        "succeeded = 0 THEN",
    ),
    Mutation("8: a second job of a run counts", "views/successes", "nth_of_run > 1", "nth_of_run > 2"),
    Mutation("8: a nightly run counts", "views/successes", "WHEN is_scheduled OR (", "WHEN ("),
    Mutation(
        "7: what arrived before counts again", "views/changes", "a.nth > a.arrived AND r.host", "a.nth > 0 AND r.host"
    ),
    Mutation(
        "7: a merge is a change",
        "views/brought_changes",
        "COALESCE(l.parents, 1) < 2",
        "COALESCE(l.parents, 1) < 3",
    ),
    Mutation(
        "7: a squash stands for itself",
        "views/brought_changes",
        "('direct', 'rebased', 'unlinked', 'unclear')",
        "('direct', 'rebased', 'unlinked', 'unclear', 'named')",
    ),
    Mutation("2: a rollback is a candidate", "views/candidates", "NOT COALESCE(d.is_rollback, FALSE) AND NOT", "NOT"),
    Mutation("2: a day is a week", "views/incident_causes", "c.hotfix_hours * 3600000", "c.hotfix_hours * 25200000"),
    Mutation(
        "2: a cause that came after the opening",
        "views/incident_causes",
        "a.deployment = d.deployment AND a.began_at < n.opened_at",
        "a.deployment = d.deployment AND a.began_at > n.opened_at",
    ),
    Mutation("2: a label takes nothing out", "views/incident_services", "NOT s.is_exempt AND", ""),
    Mutation(
        "6: an open incident is over",
        "dora/3_failed_deployment_recovery_time",
        "o.still_open > 0 OR",
        "FALSE OR",
    ),
    Mutation(
        "6: recovery is the first of an outage",
        "dora/3_failed_deployment_recovery_time",
        "CASE WHEN is_during THEN deployed_at END DESC NULLS LAST",
        "CASE WHEN is_during THEN deployed_at END NULLS LAST",
    ),
    Mutation(
        "6: an old change may be the fix", "views/incident_fixes", "t.oldest > i.opened_at", "t.oldest < i.opened_at"
    ),
    Mutation("6b: older riders do not matter", "views/rework", "x.sha IS NOT NULL OR u.deployment", "u.deployment"),
    Mutation(
        "0: an unknown failure is none",
        "dora/4_change_fail_rate",
        "WHEN f.deployment IS NULL THEN 0",
        "WHEN f.deployment IS NULL OR f.doubt = 2 THEN 0",
    ),
    Mutation("0: inferred is known", "dora/5_deployment_rework_rate", "COALESCE(r.certainty, 'known')", "'known'"),
    Mutation(
        "12: an approval is a queue", "delivery/queue_time", "created_at, started_at) - wait", "created_at, started_at)"
    ),
)


@pytest.fixture(scope="module")
def database() -> Iterator[DuckDBPyConnection]:
    together = combined(comparable(HISTORIES))
    with merged(together.records) as connection:
        views.create(connection, parsed(together.services))
        yield connection


@pytest.fixture(scope="module")
def expected() -> Measures:
    return oracle_answers(comparable(HISTORIES))


@pytest.fixture(scope="module")
def known(database: DuckDBPyConnection, expected: Measures) -> set[Difference]:
    return wrong(database, expected, measures.measures())


def wrong(database: DuckDBPyConnection, expected: Measures, chosen: Iterable[Measure]) -> set[Difference]:
    """Return what the SQL says otherwise than the oracle about these measures."""
    return {found for found in differences(expected, items_of(database, chosen)) if found.outcome != EQUAL}


def affected(files: Sequence[SqlFile], name: str) -> list[SqlFile]:
    """Return the file of this name and those that build on it, in order of dependency."""
    names = {name}
    for file in files:
        if tables_read(file.text) & names:
            names.add(file.name)
    return [file for file in files if file.name in names]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[mutation.rule for mutation in MUTATIONS])
def test_the_oracle_catches_a_planted_mistake(
    mutation: Mutation,
    database: DuckDBPyConnection,
    expected: Measures,
    known: set[Difference],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(str(sql_files.ROOT), tmp_path, dirs_exist_ok=True)
    file = tmp_path / f"{mutation.file}.sql"
    text = file.read_text()
    assert mutation.old in text, f"{mutation.file} has changed: plant the mistake elsewhere"
    file.write_text(text.replace(mutation.old, mutation.new))
    mistaken = tuple(measures.read_measures(tmp_path))
    monkeypatch.setattr(measures, "_with_files", lambda: mistaken)
    files = sql_files.ordered_files(tmp_path)
    mistaken_files = affected(files, next(one.name for one in files if one.text != RIGHT[one.name]))
    names = {one.name for one in mistaken_files}
    monkeypatch.setattr(views, "files_for", lambda _: mistaken_files)
    views.materialize(database)  # temporary tables: the right ones, of the same names, are there for the next mistake
    try:
        assert (
            wrong(database, expected, [one for one in measures.measures() if one.is_dora or one.name in names]) - known
        )
    finally:
        views.drop_materialized(database)


def test_there_are_twenty_mistakes_in_many_files() -> None:
    assert len(MUTATIONS) >= 20
    assert len({mutation.file for mutation in MUTATIONS}) >= 14
